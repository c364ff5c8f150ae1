//! The window, seen: the composer changes when the clock of a simulated desk is moved.

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::{Served, complained, run};

#[test]
fn after_a_day_and_a_minute_only_a_template_is_left() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let desk = Served::with(&db, &["serve", "--movable-clock"], "Set it up here");
    let agent = Agent { browser: &browser, desk: &desk };
    agent.set_up();
    let output = run(&["channel", "add", "simulator", "--name", "Shop", "--db", db.to_str().unwrap()]);
    assert!(output.status.success(), "{}", complained(&output));
    agent.go("/simulator");
    browser.find("form.write input[name='name']").fill("Carlos Vega");
    browser.find("form.write textarea[name='text']").fill("Is my bicycle ready?");
    agent.send_from_phone("form.write");
    agent.open_row("/inbox?view=unassigned", "Carlos Vega");
    assert_eq!(browser.find("#reply").attribute("data-state").as_deref(), Some("open"));
    browser.screenshot("window-open");

    let conversation = browser.url();
    agent.next_day();
    browser.open(&conversation);
    assert_eq!(browser.find("#reply").attribute("data-state").as_deref(), Some("template_only"));
    assert!(browser.all("#reply-form textarea").is_empty(), "no free text after 24 hours (S220)");
    browser.screenshot("window-template-only");
}
