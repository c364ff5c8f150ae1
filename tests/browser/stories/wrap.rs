//! The end of work, seen: the card that asks why, its countdown, and the reason that is taken when nobody says one.

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::{Served, complained, run};

/// Fills a form of the settings and sends it.
fn add(browser: &Browser, action: &str, name: &str) {
    browser.find(&format!("form[action='{action}'] [name='name']")).fill(name);
    browser.find(&format!("form[action='{action}'] button.main")).click();
    browser.wait("it to be added", || (!browser.url().ends_with(action)).then_some(()));
}

fn choose(browser: &Browser, select: &str, value: &str) {
    browser.find(&format!("{select} option[value='{value}']")).click();
}

/// Hands the conversation to a queue and comes back to it.
fn hand(browser: &Browser, at: &str, queue: &str) {
    browser.open(at);
    browser.script(
        "const form = document.querySelector('form[action*=\"/transfer\"]');
         form.elements.to.value = arguments[0]; form.requestSubmit();",
        serde_json::json!([format!("queue:{queue}")]),
    );
    browser.wait("it to be handed over", || (browser.url() != at).then_some(()));
}

/// Takes the conversation that is looked at.
fn takes(browser: &Browser) {
    const TAKE: &str = "form[action*='/assign'] button[aria-keyshortcuts='a']";
    browser.find(TAKE).click();
    browser.wait("it to be taken", || browser.all(TAKE).is_empty().then_some(()));
}

#[test]
fn wrap_up_with_countdown() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let desk = Served::with(&db, &["serve", "--movable-clock"], "Set it up here");
    let agent = Agent { browser: &browser, desk: &desk };
    agent.set_up();
    let output = run(&["channel", "add", "simulator", "--name", "Shop", "--db", db.to_str().unwrap()]);
    assert!(output.status.success(), "{}", complained(&output));
    for queue in ["Sales", "Billing"] {
        agent.go("/settings/queues");
        add(&browser, "/settings/queues", queue);
    }
    for reason in ["Advice", "Complaint", "Delivery", "Other", "Payment", "Sold"] {
        agent.go("/settings/reasons");
        add(&browser, "/settings/reasons", reason);
    }
    agent.go("/settings/queues/1");
    choose(&browser, "#endings [name='ask']", "required");
    choose(&browser, "#endings [name='default_reason']", "4");
    browser.find("#endings [name='countdown']").fill("3600");
    browser.find("#endings button.main").click();
    browser.wait("the rules to be kept", || browser.url().contains("done=").then_some(()));

    agent.go("/simulator");
    browser.find("form.write input[name='name']").fill("Carlos Vega");
    browser.find("form.write textarea[name='text']").fill("Is my bicycle ready?");
    agent.send_from_phone("form.write");
    agent.open_row("/inbox?view=unassigned", "Carlos Vega");
    let at = browser.url();
    hand(&browser, &at, "1");
    browser.open(&at);
    takes(&browser);
    hand(&browser, &at, "2");

    // The card counts, is searched, stopped and answered.
    let first = browser.find("#wrapups [data-until]").text();
    browser.wait("the countdown to run", || {
        (browser.find("#wrapups [data-until]").text() != first).then_some(())
    });
    browser.screenshot("wrap-card");
    browser.find("#wrapups form[action$='/stop'] button").click();
    browser
        .wait("the countdown to be gone", || browser.all("#wrapups [data-until]").is_empty().then_some(()));
    browser.find("#wrapups .find-reason").fill("sol");
    let shown = browser.all("#wrapups .check").iter().filter(|one| one.is_shown()).count();
    assert_eq!(shown, 1, "letters narrow the reasons");
    browser.find("#wrapups .find-reason").fill("sold\u{e007}");
    assert!(browser.all("#wrapups li").len() == 1, "Enter takes the reason and sends nothing yet");
    browser.find("#wrapups button.main").click();
    browser.wait("the card to be gone", || browser.all("#wrapups li").is_empty().then_some(()));

    // Left alone, it is answered by the countdown, and the card goes by itself.
    hand(&browser, &at, "1");
    browser.open(&at);
    takes(&browser);
    hand(&browser, &at, "2");
    browser.find("#wrapups [data-until]");
    agent.next_day();
    browser.open(&at);
    browser
        .wait("the default reason", || browser.text().contains("the default was taken: Other").then_some(()));
    browser.wait("the card to be gone", || browser.all("#wrapups li").is_empty().then_some(()));
}
