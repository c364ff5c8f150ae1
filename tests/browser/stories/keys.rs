//! By keyboard only: the list of all actions, keys that somebody chose, an announcement, and words that are not sent.

use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// Control is held until the end of what is typed.
const CONTROL: char = '\u{e009}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

/// Types to the page itself, as long as nothing has the focus.
fn press(browser: &Browser, keys: &str) {
    browser.find("body").write(keys);
}

/// Opens the list of all actions and types into its field.
fn asks(browser: &Browser, words: &str) {
    press(browser, &format!("{CONTROL}k"));
    browser.wait("the list of all actions", || {
        (!browser.all("dialog.palette [role='option']").is_empty()).then_some(())
    });
    browser.find("dialog.palette input").write(words);
}

fn chosen(browser: &Browser) -> String {
    browser.find("dialog.palette [aria-selected='true']").text()
}

/// From one place to the next, and to what the page itself offers.
fn palette(agent: &Agent<'_>) -> Vec<String> {
    let browser = agent.browser;
    agent.go("/inbox?view=all&status=open");
    asks(browser, "reply");
    assert!(chosen(browser).contains("Reply"), "{}", chosen(browser));
    assert!(browser.find("dialog.palette p").text().contains("Open a conversation first."));
    // What is closed does nothing, and the list stays.
    browser.find("dialog.palette input").write(&ENTER.to_string());
    browser.screenshot("keys-palette-closed");
    let mut wrong = axe::inspect(browser, "palette");
    browser.find("dialog.palette input").fill("restr").write(&ENTER.to_string());
    browser.wait("the page that was named", || browser.url().contains("/settings/restricted").then_some(()));
    wrong.extend(axe::inspect(browser, "restricted"));
    agent.go("/inbox?view=all&status=open");
    browser.find("#list li a").click();
    browser.find("#top");
    asks(browser, "snoo");
    browser.screenshot("keys-palette");
    browser.find("dialog.palette input").write(&ENTER.to_string());
    browser.wait("the menu of the button", || {
        (!browser.all(".top details[open] button[name='preset']").is_empty()).then_some(())
    });
    assert!(browser.all("dialog.palette").is_empty());
    browser.wait("its first entry to be ready for Enter", || {
        let ready = browser.script("return document.activeElement.value ?? ''", serde_json::json!([]));
        (ready == "hour").then_some(())
    });
    wrong
}

/// The overview comes when it is asked for, and goes by its button.
fn overview(agent: &Agent<'_>) -> Vec<String> {
    let browser = agent.browser;
    press(browser, "?");
    browser.wait("the keys", || (!browser.all("dialog#keys[open] kbd").is_empty()).then_some(()));
    browser.screenshot("keys-overview");
    let wrong = axe::inspect(browser, "keys-overview");
    browser.find("dialog#keys form button").click();
    browser.wait("the dialog to close", || browser.all("dialog#keys[open]").is_empty().then_some(()));
    wrong
}

/// The reply gets another key, typed as it is pressed.
fn remapped(agent: &Agent<'_>) -> Vec<String> {
    let browser = agent.browser;
    agent.go("/settings/keys");
    browser.find("input[name='reply']").write("q");
    assert_eq!(browser.find("input[name='reply']").value(), "q", "the key itself, not one more letter");
    let wrong = axe::inspect(browser, "keys");
    browser.screenshot("keys-chosen");
    browser.find("input[name='reply']").write(&ENTER.to_string());
    browser.wait_for_text("Saved");
    agent.go("/inbox?view=all&status=open");
    browser.find("#list li a").click();
    browser.find("#mode-note").click();
    press(browser, "q");
    browser.wait("the field of the reply", || {
        let field = browser.script(
            "return document.activeElement.closest('#reply, #reply-form') ? 1 : 0",
            serde_json::json!([]),
        );
        (field == 1).then_some(())
    });
    press(browser, &ESCAPE.to_string());
    wrong
}

/// What is announced stands above the work until it was read.
fn announced(agent: &Agent<'_>) -> Vec<String> {
    let browser = agent.browser;
    agent.go("/settings/announcements");
    let mut wrong = axe::inspect(browser, "announcements");
    browser.find("textarea[name='text']").fill("The phones are down until noon.");
    browser.find("main form.stack button.main").click();
    browser.wait_for_text("Read by 0 of");
    agent.go("/inbox?view=all&status=open");
    browser.wait_for_text("The phones are down until noon.");
    wrong.extend(axe::inspect(browser, "announced"));
    browser.screenshot("announced");
    browser.find("#announcements button").click();
    browser.wait("it to go", || browser.all("#announcements li").is_empty().then_some(()));
    wrong
}

#[test]
fn s214_s216_s217_by_keyboard_from_anywhere_to_anything() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::demo();
    let agent = Agent { browser: &browser, desk: &desk };
    agent.sign_in("petra@lumiere.example", desk.password());
    let mut wrong = overview(&agent);
    wrong.extend(palette(&agent));
    wrong.extend(remapped(&agent));
    wrong.extend(announced(&agent));
    // Of what is refused below the browser complains, as it should.
    assert_eq!(browser.complaints(), Vec::<String>::new());
    agent.go("/settings/restricted");
    browser.find("textarea[name='words']").fill("nonsense");
    browser.find("main form.stack button.main").click();
    browser.wait_for_text("nonsense");
    agent.go("/inbox?view=all&status=open");
    browser.find("#list li a").click();
    browser.find("#reply-form [name='body']:not([type='hidden'])").fill("This is nonsense");
    browser.find("#reply-form button.main").click();
    browser.wait_for_text("Your team does not send these words: nonsense.");
    browser.screenshot("restricted-refused");
    assert_eq!(wrong, Vec::<String>::new());
}
