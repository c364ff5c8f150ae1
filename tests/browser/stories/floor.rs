//! Three people at once where work is offered: one misses it, one takes it, hands it on, and brings the other in.

use serde_json::json;

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// Sends one form as a page of the desk does.
pub(super) fn post(browser: &Browser, path: &str, fields: &[(&str, &str)]) {
    let script = "const [path, fields] = arguments; const form = new URLSearchParams(fields);\
         form.set('csrf', document.querySelector('[name=csrf]').value);\
         const asked = new XMLHttpRequest(); asked.open('POST', path, false); asked.send(form); return asked.status;";
    assert_eq!(browser.script(script, json!([path, fields])), json!(200), "{path}");
}

pub(super) fn click(browser: &Browser, css: &str) {
    browser
        .wait(css, || browser.all(css).into_iter().find(|found| found.is_shown()).map(|found| found.click()));
}

/// Waits until the bottom right of the page says this.
fn told(browser: &Browser, words: &str) {
    browser.wait(words, || browser.all(".offers").first()?.text().contains(words).then_some(()));
}

/// A queue of two people that offers what the phone of channel `sms` writes, made on the pages.
pub(super) fn opens(boss: &Agent<'_>) {
    let browser = boss.browser;
    boss.go("/settings/queues");
    post(browser, "/settings/queues", &[("name", "Floor")]);
    boss.go("/settings/queues");
    let link = browser.all("main td a").into_iter().find(|link| link.text() == "Floor").unwrap();
    let at = link.attribute("href").unwrap();
    link.click();
    for name in ["Luis", "Amina"] {
        let labels = browser.all("main label.check");
        labels.into_iter().find(|label| label.text().contains(name)).unwrap().click();
    }
    browser.find("main form.stack button[type='submit']").click();
    browser.wait("the list", || browser.url().ends_with("done=saved").then_some(()));
    let rules = [
        ("mode", "offer"),
        ("spread", "least_busy"),
        ("offer_for", "15"),
        ("gone_after", "2"),
        ("purpose", ""),
        ("priority", "0"),
        ("language", ""),
    ];
    post(browser, &format!("{at}/rules"), &rules);
    let many = [("name", "Many"), ("blend", "blended"), ("chat", "50"), ("social", "50"), ("email", "50")];
    boss.go("/settings/profiles");
    post(browser, "/settings/profiles", &many);
    post(browser, "/settings/profiles/team", &[("profile", "1")]);
    let queue = at.rsplit('/').next().unwrap();
    boss.go("/settings/channels");
    let sms =
        browser.all("main a[href^='/settings/channels/']").into_iter().find(|link| link.text() == "SMS");
    sms.unwrap().click();
    let choose = "const all = document.querySelector('select[name=queue]'); all.value = arguments[0]; all.form.requestSubmit();";
    browser.find("select[name='queue']");
    browser.script(choose, json!([queue]));
    browser.wait("the channel", || browser.url().contains("done=").then_some(()));
}

/// Says that one takes work, and waits in the inbox.
fn ready(agent: &Agent<'_>) {
    agent.go("/offers");
    agent.browser.find("main button[name='state'][value='available']").click();
    is_available(agent.browser);
    agent.go("/inbox");
    is_available(agent.browser);
}

fn is_available(browser: &Browser) {
    browser.wait("the state", || browser.all("#state").first()?.text().contains("Available").then_some(()));
}

/// Leaves RONA by its popover, on whatever page that is (S82).
fn back_to_work(agent: &Agent<'_>) {
    let browser = agent.browser;
    let here = browser.url();
    click(browser, "#rona button[value='available']");
    browser.wait("the state", || browser.all("#state").first()?.text().contains("Available").then_some(()));
    assert_eq!(browser.url(), here, "nobody is led away from where they work");
}

/// Asks the only colleague who is free, by the dialog over the conversation.
fn asks(browser: &Browser, link: &str) {
    click(browser, "#top details:has(a.asks) > summary");
    click(browser, link);
    click(browser, "dialog.handing .choices input:not([disabled])");
    click(browser, "dialog.handing form.stack button.main");
}

#[test]
fn s69_s81_s105_s106_s131_three_at_once_miss_take_hand_on_and_confer() {
    let (Some(first), Some(second), Some(third)) =
        (Browser::start(ENGLISH), Browser::start(ENGLISH), Browser::start(ENGLISH))
    else {
        return;
    };
    let desk = Served::demo();
    let password = desk.password();
    let [boss, luis, amina] = [&first, &second, &third].map(|browser| Agent { browser, desk: &desk });
    boss.sign_in("petra@lumiere.example", password);
    luis.sign_in("luis@lumiere.example", password);
    amina.sign_in("amina@lumiere.example", password);
    opens(&boss);
    ready(&luis);
    boss.go("/simulator");
    let says =
        [("state", ""), ("from", "+34612345671"), ("name", "Nora Lind"), ("text", "Is it on its way?")];
    let phone = first.find("form[action$='/say'][action*='/9/']").attribute("action").unwrap();
    post(&first, &phone, &says);

    told(&second, "34 612 34 56 71");
    // Nobody answers.
    told(&second, "You did not answer a request");
    boss.go("/board");
    first.wait_for_text("Not answered: 1");
    ready(&amina);
    told(&third, "Source number");
    click(&third, "#offers .offer button.main");
    third.wait_for_text("Is it on its way?");
    back_to_work(&luis);

    asks(&third, "a.asks[href$='/hand']");
    told(&second, "hands this over to you");
    click(&second, "#offers .offer form[action$='decline'] button");
    told(&third, "did not take it over");
    click(&third, "#asked form[action$='keep'] button");
    luis.go("/inbox");
    asks(&third, "a.asks[href$='/hand']");
    told(&second, "hands this over to you");
    // Dropped: it comes back to who asked, in one list, and the other is asked no more.
    told(&third, "did not answer");
    told(&second, "You did not answer a request");
    click(&third, "#asked form[action$='keep'] button");
    back_to_work(&luis);
    asks(&third, "a.asks[href$='?for=conference']");
    told(&second, "asks you to write along");
    click(&second, "#offers .offer button.main");
    second.wait_for_text("Leave the conference");
    third.wait("the conference", || third.find("#top").text().contains("Conference with Luis").then_some(()));
    click(&third, "#top form[action$='conference/end'] button");
    second.wait("its end", || (!second.find("#top").text().contains("Leave the conference")).then_some(()));
    for browser in [&first, &second, &third] {
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}
