//! The main story: set up, connect, be written to, answer, close, find again, and reopen by writing.

use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH, Looks};
use crate::host::Website;
use crate::process::{Served, complained, run};

const VISITOR: &str = "Lucie Moreau";
const QUESTION: &str = "Do you have a table for two tonight?";
const ANSWER: &str = "Yes, at half past eight.";

/// A visitor opens the chat on a page of another origin and writes.
fn write_as_visitor(visitor: &Browser, website: &Website) {
    visitor.open(&website.origin);
    visitor.resize(1280, 900);
    // The button is inside a closed shadow root: found as a person finds it, in the corner.
    visitor.wait("the chat in its frame", || {
        visitor.click_at(1280 - 44, 900 - 44);
        (visitor.in_frame("!!document.querySelector('#text')") == true).then_some(())
    });
    visitor.type_in_frame("[name=name]", VISITOR);
    visitor.type_in_frame("#text", QUESTION);
    visitor.in_frame("document.querySelector('#write button[type=submit]').click()");
    visitor_sees(visitor, QUESTION);
}

fn visitor_sees(visitor: &Browser, words: &str) {
    visitor.wait(words, || {
        let said = visitor.in_frame("document.querySelector('#log').innerText");
        said.as_str()?.contains(words).then_some(())
    });
}

/// The whole story from the agent's side; the visitor always has scripts.
fn tell(looks: Looks, name: &str) {
    let (Some(browser), Some(visitor)) = (Browser::start(looks), Browser::start(ENGLISH)) else { return };
    let desk = Served::new();
    let agent = Agent { browser: &browser, desk: &desk };
    let website = Website::open();
    agent.set_up();
    let line = agent.connect_chat(&website);
    website.publish(&line);
    write_as_visitor(&visitor, &website);

    agent.open_row("/inbox?view=unassigned", VISITOR);
    assert_eq!(browser.find("html").attribute("lang").as_deref(), Some(looks.language));
    assert!(browser.text().contains(QUESTION), "{}", browser.text());
    agent.answer(ANSWER);
    visitor_sees(&visitor, ANSWER);
    visitor.screenshot(&format!("{name}-visitor"));
    browser.screenshot(&format!("{name}-answered"));
    agent.close();
    assert!(!agent.lists("/inbox?view=all", VISITOR), "a closed one is not among the open ones");

    // S5, S11: found under All / Closed by its name; S2, S20, S21: sending opens it and makes it mine.
    agent.search("/inbox?view=all&status=closed", "moreau", VISITOR);
    agent.answer("We kept the table for you.");
    visitor_sees(&visitor, "We kept the table for you.");
    assert!(agent.lists("/inbox?view=mine&status=open", VISITOR), "it is open and mine");
    found_by_phone(&agent);
    if looks.scripts {
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}

/// The same with a number, in another notation than the one in which it came (S8).
fn found_by_phone(agent: &Agent<'_>) {
    let db = agent.desk.db.to_str().unwrap();
    let output = run(&["channel", "add", "simulator", "--name", "Shop", "--db", db]);
    assert!(output.status.success(), "{}", complained(&output));
    agent.go("/simulator");
    let browser = agent.browser;
    browser.find("form.write input[name='name']").fill("Carlos Vega");
    browser.find("form.write input[name='from']").fill("+34 612 345 678");
    browser.find("form.write textarea[name='text']").fill("Is my bicycle ready?");
    agent.send_from_phone("form.write");
    agent.open_row("/inbox?view=unassigned", "Carlos Vega");
    agent.answer("It is.");
    agent.close();
    agent.search("/inbox?view=all&status=closed", "0034 612-345-678", "Carlos Vega");
    agent.answer("And the bell is new.");
    assert!(agent.lists("/inbox?view=mine&status=open", "Carlos Vega"), "it is open and mine");
}

#[test]
fn a_visitor_is_answered_and_a_closed_conversation_is_found_and_reopened() {
    tell(ENGLISH, "story");
}

#[test]
fn the_same_story_without_scripts() {
    tell(Looks { scripts: false, ..ENGLISH }, "story-without-scripts");
}

#[test]
fn the_same_story_in_spanish() {
    tell(Looks { language: "es", ..ENGLISH }, "story-spanish");
}

#[test]
fn the_pages_before_anybody_is_there() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::new();
    let agent = Agent { browser: &browser, desk: &desk };
    agent.go("/inbox");
    browser.find("main");
    let mut wrong = axe::inspect(&browser, "locked");
    browser.open(desk.setup.as_deref().unwrap());
    browser.find("form[action='/setup']");
    wrong.extend(axe::inspect(&browser, "setup"));
    assert_eq!(wrong, Vec::<String>::new());
}
