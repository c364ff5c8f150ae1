//! Reactions in both directions: a customer's on an answer, and an agent's on what the customer wrote.

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::{Served, complained, run};

#[test]
fn a_reaction_is_chosen_seen_and_taken_back() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let desk = Served::with(&folder.path().join("transom.db"), &["serve"], "Set it up here");
    let agent = Agent { browser: &browser, desk: &desk };
    agent.set_up();
    let db = desk.db.to_str().unwrap();
    let output =
        run(&["channel", "add", "simulator", "--name", "Shop", "--db", db, "--set", "speaks_as=telegram"]);
    assert!(output.status.success(), "{}", complained(&output));
    agent.go("/simulator");
    let form = "#phone-1 form.write";
    browser.find(&format!("{form} input[name='name']")).fill("Ana García");
    browser.find(&format!("{form} textarea")).fill("Is it ready?");
    agent.send_from_phone(form);
    agent.open_row("/inbox?view=unassigned", "Ana García");
    let shown = || browser.all("main.thread .reactions span").first().map(|mark| mark.text());
    browser.find("details.smiles > summary").click();
    browser.find("details.smiles button[value='👍']").click();
    browser.wait("the reaction in the thread", || shown().filter(|mark| mark == "👍"));
    browser.screenshot("reaction-of-ours");
    browser.find("details.smiles > summary").click();
    browser.find("details.smiles button[value='']").click();
    browser.wait("the reaction to be gone", || shown().is_none().then_some(()));
    assert!(browser.all(".trouble").is_empty());
}
