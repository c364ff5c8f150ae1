//! Finding while one types, in each box that finds; and two people of one's choice who are merged, and parted again.

use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

fn told(browser: &Browser, words: &str) {
    let said = "return document.getElementById('told').textContent";
    browser.wait(words, || (browser.script(said, serde_json::json!([])) == words).then_some(()));
}

/// Types into the box of the list: rows, address and what is said aloud follow; the caret and the history stay.
fn inbox(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/inbox?view=all&status=open");
    let name = browser.find("#list li[id] b").text();
    let first = name.split_whitespace().next().unwrap_or_default().to_owned();
    let length = browser.script("return history.length", serde_json::json!([]));
    browser.find(".filter [name='q']").fill("zzqq");
    told(browser, "0 results");
    assert!(browser.all("#list li[id]").is_empty() && browser.url().contains("q=zzqq"), "{}", browser.url());
    browser.find(".filter [name='q']").fill(&first);
    browser.wait("its rows", || {
        let rows = browser.all("#list li[id] b");
        (!rows.is_empty() && rows.iter().any(|row| row.text() == name)).then_some(())
    });
    let typed = "const box = document.activeElement; return box.name === 'q' && box.selectionStart === box.value.length";
    assert_eq!(browser.script(typed, serde_json::json!([])), serde_json::json!(true), "the caret stays");
    assert_eq!(
        browser.script("return history.length", serde_json::json!([])),
        length,
        "no step of the history"
    );
    assert!(browser.url().contains("view=all"), "{}", browser.url());
    browser.screenshot("finding-inbox");
    browser.find("#list li[id] a").click();
    browser.find("#top");
    let open = browser.url();
    browser.find(".filter [name='q']").fill("zzqq");
    told(browser, "0 results");
    browser.find("#top");
    assert_eq!(browser.url().split('?').next(), open.split('?').next(), "the conversation stays open");
}

fn people(agent: &Agent<'_>) {
    let browser = agent.browser;
    for name in ["Mirabel Quist", "Severin Aalto"] {
        agent.go("/contacts/new");
        browser.find("main input[name='name']").fill(name);
        browser.find("main form.stack button.main").click();
        browser.wait(name, || (browser.find("h1").text() == name).then_some(()));
    }
    agent.go("/contacts");
    browser.find("main [name='q']").fill("mirab");
    told(browser, "1 result");
    assert!(
        browser.find("#found .people").text().contains("Mirabel Quist") && browser.url().contains("q=mirab")
    );
}

fn merged(agent: &Agent<'_>) {
    let browser = agent.browser;
    browser.find("#found .people a").click();
    browser.wait("her page", || (browser.find("h1").text() == "Mirabel Quist").then_some(()));
    browser.find("main a[href$='/merge']").click();
    browser.find("main [name='q']").fill("severin aal");
    let row = browser.wait("the other one", || browser.all("#found .people a").into_iter().next());
    browser.screenshot("finding-merge");
    let wrong = axe::inspect(browser, "merge-with");
    assert_eq!(wrong, Vec::<String>::new());
    row.click();
    browser.wait_for_text("Nothing here says that these two are one person.");
    browser.screenshot("finding-preview");
    browser.find("main form.stack button.main").click();
    browser.wait_for_text("Severin Aalto was merged into this contact");
    browser.find("form[action*='/part/'] button").click();
    browser.wait("him to be back", || (browser.find("h1").text() == "Severin Aalto").then_some(()));
}

#[test]
fn boxes_find_while_one_types_and_two_of_ones_choice_are_merged_and_parted() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::demo();
    let agent = Agent { browser: &browser, desk: &desk };
    agent.sign_in("petra@lumiere.example", desk.password());
    inbox(&agent);
    people(&agent);
    merged(&agent);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
