//! The virtual assistant: set up and tried, met by a visitor of a website, and left for a person who answers.

use super::chat::connected;
use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

const ANSWER: &str = "We are open from 9 to 18.";

/// Writes down one answer, tries it, and lets it work.
fn set_up(boss: &Agent<'_>, channel: i64) -> Vec<String> {
    let browser = boss.browser;
    boss.go(&format!("/settings/channels/{channel}/assistant"));
    browser.find("input[name='works']").click();
    browser.find("input[name='words_0']").fill("hours, open");
    browser.find("textarea[name='text_0']").fill(ANSWER);
    browser.find("input[name='try']").fill("What are your hours?");
    browser.find("button[name='look']").click();
    browser.wait("what it would say", || {
        let said = browser.all("#try [role='status']");
        said.first().is_some_and(|said| said.text().contains(ANSWER)).then_some(())
    });
    assert!(browser.url().ends_with("#try"), "what it would say is in sight");
    let wrong = axe::inspect(browser, "assistant-tried");
    browser.screenshot("assistant-tried");
    browser.find("main form.stack button.main").click();
    browser.wait_for_text("Saved");
    wrong
}

fn says(visitor: &Browser, words: &str, answer: &str) {
    visitor.find("#text").write(words);
    visitor.find("#write button[type=submit]").click();
    visitor.wait_for_text(answer);
}

#[test]
fn s80_s89_s229_a_visitor_meets_the_assistant_and_then_a_person() {
    let (Some(first), Some(second), Some(visitor)) =
        (Browser::start(ENGLISH), Browser::start(ENGLISH), Browser::start(ENGLISH))
    else {
        return;
    };
    let desk = Served::demo();
    let password = desk.password();
    let (channel, key) = connected(&desk);
    let [boss, luis] = [&first, &second].map(|browser| Agent { browser, desk: &desk });
    boss.sign_in("petra@lumiere.example", password);
    let mut wrong = set_up(&boss, channel);

    visitor.open(&format!("{}/chat/{key}", desk.url));
    visitor.find("[name=name]").write("Zoe Visitor");
    says(&visitor, "Good morning", "Hello! I am a virtual assistant.");
    visitor.wait_for_text("Virtual assistant");
    says(&visitor, "What are your hours?", ANSWER);
    wrong.extend(axe::inspect(&visitor, "assistant-chat"));

    // Meanwhile the team sees who speaks.
    luis.sign_in("luis@lumiere.example", password);
    luis.open_row("/inbox?view=all", "Zoe Visitor");
    second.wait_for_text("Virtual assistant is talking with the customer.");
    wrong.extend(axe::inspect(&second, "assistant-speaks"));
    second.screenshot("assistant-speaks");

    says(&visitor, "I want to talk to a person", "One of us will answer you here shortly.");
    second.wait_for_text("Virtual assistant handed over to the team: the customer asked for a person");
    luis.answer("This is Luis. How can I help?");
    visitor.wait_for_text("This is Luis. How can I help?");
    // From here on the assistant is silent, whatever word of its list is said.
    let times = |words: &str| visitor.text().matches(words).count();
    let before = times(ANSWER);
    says(&visitor, "And your hours at Easter?", "And your hours at Easter?");
    second.wait_for_text("And your hours at Easter?");
    luis.answer("The same as always.");
    visitor.wait_for_text("The same as always.");
    assert_eq!(times(ANSWER), before);
    second.screenshot("assistant-handed");
    wrong.extend(axe::inspect(&second, "assistant-handed"));
    assert_eq!(wrong, Vec::<String>::new());
}
