//! The website chat on somebody else's page: it works there, is found again, and listens to nobody else.

use serde_json::{Value, json};

use crate::axe;
use crate::driver::{Browser, ENGLISH, Looks};
use crate::process::{Served, run};

/// Connects a website chat and gives its key.
fn chat(desk: &Served) -> String {
    connected(desk).1
}

/// Connects a website chat and gives its number and its key.
pub(super) fn connected(desk: &Served) -> (i64, String) {
    let db = desk.db.to_str().unwrap();
    let made =
        run(&["channel", "add", "webchat", "--name", "Shop", "--db", db, "--json", "--set", "ask_name=yes"]);
    let channel: Value = serde_json::from_str(&String::from_utf8_lossy(&made.stdout)).unwrap();
    (channel["id"].as_i64().unwrap(), channel["key"].as_str().unwrap().to_owned())
}

/// A page of another origin with the chat in a frame; it notes down what the frame says to it.
fn site(desk: &Served, key: &str) -> String {
    crate::host::serve(&format!(
        "<iframe id=chat src=\"{0}/chat/{key}\" width=400 height=500 title=Chat></iframe>\
         <script>said = []; onmessage = event => {{ if (event.origin === '{0}') said.push(event.data); }};\
         hello = () => chat.contentWindow.postMessage({{ transom: 'hello' }}, '{0}');\
         show = () => chat.contentWindow.postMessage({{ transom: 'shown', n: 1 }}, '{0}');</script>",
        desk.url
    ))
}

#[test]
fn a_visitor_on_another_site_writes_and_is_known_again_after_a_reload() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::new();
    browser.open(&site(&desk, &chat(&desk)));
    let hello = || {
        browser.enter_frame("#chat");
        browser.find("#text");
        browser.leave_frames();
        browser.script("hello(); show()", json!([]));
        browser.enter_frame("#chat");
    };
    hello();
    browser.find("[name=name]").write("Ana");
    browser.find("#text").write("Do you repair wheels?");
    browser.find("#write button[type=submit]").click();
    browser.wait_for_text("Sent");
    browser.leave_frames();
    browser.reload();
    hello();
    browser.wait_for_text("Do you repair wheels?");
    assert!(browser.all("[name=name]").is_empty(), "nobody is asked twice");
    browser.leave_frames();
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// A15: the frame answers the page around it, at that page's own origin, and takes nothing from anybody else.
#[test]
fn the_chat_listens_to_the_page_around_it_alone() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::new();
    browser.open(&site(&desk, &chat(&desk)));
    browser.enter_frame("#chat");
    // A window that is not the page around the frame, here the frame itself, is not listened to.
    browser.script("window.postMessage({ transom: 'hello' }, '*')", json!([]));
    browser.script(
        "window.postMessage(JSON.parse('{\"__proto__\": {\"transom\": \"hello\"}}'), '*')",
        json!([]),
    );
    assert!(!browser.find("#hide").is_shown());
    browser.leave_frames();
    let told = || browser.script("return said.length", json!([])).as_u64().unwrap();
    assert_eq!(told(), 0);
    browser.script("hello()", json!([]));
    browser.enter_frame("#chat");
    browser.wait("the close button", || browser.find("#hide").is_shown().then_some(()));
    browser.find("#hide").click();
    browser.leave_frames();
    browser.wait("the word to the page around", || (told() > 0).then_some(()));
    assert_eq!(browser.script("return said[0].transom", json!([])), json!("hide"));
}

#[test]
fn a_visitor_without_scripts_chats_by_the_form_alone() {
    let Some(browser) = Browser::start(Looks { scripts: false, ..ENGLISH }) else { return };
    let desk = Served::new();
    browser.open(&format!("{}/chat/{}", desk.url, chat(&desk)));
    browser.find("#text").write("No scripts here");
    browser.find("#write button[type=submit]").click();
    browser.wait_for_text("No scripts here");
    assert_eq!(browser.find("#text").value(), "");
}

#[test]
fn the_chat_page_is_accessible_and_never_scrolls_sideways() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::new();
    browser.open(&format!("{}/chat/{}", desk.url, chat(&desk)));
    browser
        .find("#text")
        .write("https://example.org/one-very-long-word-that-has-no-place-to-break-anywhere-at-all");
    browser.find("#write button[type=submit]").click();
    browser.wait_for_text("Sent");
    assert_eq!(axe::inspect(&browser, "chat"), Vec::<String>::new());
}
