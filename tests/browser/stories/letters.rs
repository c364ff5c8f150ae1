//! Answering mails as people do: in the editor, to all, with a second agent and a mail that comes in between, and asked
//! beside. And the composer in every way of answering, on a phone too.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use crate::axe;
use crate::desk::{Agent, EMAIL, PASSWORD};
use crate::driver::{Browser, ENGLISH, Looks};
use crate::process::{Served, complained, run, transom};

const MARC: &str = "marc@lumiere.example";

/// Kim writes a mail on the simulated mailbox.
fn mail_from_kim(agent: &Agent<'_>, words: &str) {
    agent.go("/simulator");
    agent.browser.find("form.write");
    if let Some(name) = agent.browser.all("form.write input[name='name']").first() {
        name.fill("Kim Lee");
        agent.browser.find("form.write input[name='from']").fill("kim.lee@example.com");
    }
    agent.browser.find("form.write textarea[name='text']").fill(words);
    agent.send_from_phone("form.write");
}

pub fn press(browser: &Browser, act: &str) {
    browser.find(&format!("#reply-form button[name='act'][value='{act}']:not(.hidden)")).click();
}

/// The way of answering that the form shows, once the page is there.
pub fn answers_by(browser: &Browser, mode: &str) {
    browser.wait(mode, || {
        let how = browser.all("#reply-form input[name='how']");
        (how.first()?.attribute("value").as_deref() == Some(mode)).then_some(())
    });
}

/// Types into the editor, or into the field where there are no scripts.
fn write(browser: &Browser, scripts: bool, words: &str) {
    if scripts {
        browser.find("#reply-form .editor").click();
        browser.type_keys(words);
    } else {
        browser.find("#reply-form textarea[name='body']").fill(words);
    }
}

pub fn typed(browser: &Browser) -> String {
    browser.find("#reply-form [name='body']").value()
}

fn send(browser: &Browser, words: &str) {
    browser.find("#reply-form button.main").click();
    browser.wait(words, || browser.text_with_frames("#messages").contains(words).then_some(()));
}

/// A colleague with a sign-in of his own.
fn hires_marc(db: &str) {
    let words =
        ["user", "add", "--email", MARC, "--name", "Marc", "--role", "agent", "--password-stdin", "--db", db];
    let mut child = transom(&words).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The queue to which mails can be handed over, with Marc in it.
fn opens_repairs(agent: &Agent<'_>) {
    let browser = agent.browser;
    agent.go("/settings/queues");
    browser.find("form[action='/settings/queues'] input[name='name']").fill("Repairs");
    browser.find("form[action='/settings/queues'] button[type='submit']").click();
    browser.wait("its people", || {
        let people = browser.all("label.check:has(input[name='member'])");
        people.into_iter().find(|one| one.text().contains("Marc"))?.click();
        Some(())
    });
    browser.find("form:has(input[name='member']) button[type='submit']").click();
    browser.wait("saved", || browser.url().contains("/queues?done=").then_some(()));
}

fn asks_beside(browser: &Browser, name: &str) {
    // S163: somebody else is asked beside.
    press(browser, "mode:reply");
    answers_by(browser, "reply");
    press(browser, "mode:forward");
    answers_by(browser, "forward");
    assert!(typed(browser).contains("Please switch it off"), "the latest mail is loaded: {}", typed(browser));
    browser.find("#reply-form input[name='to']").fill("eve@works.example");
    browser.screenshot(&format!("{name}-forward"));
    browser.find("#reply-form button.main").click();
    browser.wait("the line", || {
        browser.all("#messages").first()?.text().contains("eve@works.example").then_some(())
    });
    assert!(browser.find("#person").text().contains("eve@works.example"), "and beside the person");
}

fn hands_to_a_queue((agent, other): (&Agent<'_>, &Agent<'_>), name: &str) {
    let (browser, second) = (agent.browser, other.browser);
    // S178: handed to a queue, where a colleague takes it and answers.
    browser.find("details:has(#transfer-to) > summary").click();
    assert!(browser.all("#transfer-to option[value^='agent:']").is_empty(), "to a queue only");
    browser.screenshot(&format!("{name}-transfer"));
    browser.find("form[action*='/transfer'] button[type='submit']").click();
    browser.wait("the line", || browser.all("#messages").first()?.text().contains("Repairs").then_some(()));
    other.open_row("/inbox?view=unassigned", "Kim Lee");
    second.find("#reply-form input[name='body']").fill("Marc here: a new bulb comes.");
    send(second, "Marc here: a new bulb comes.");
    agent.open_row("/inbox?view=all", "Kim Lee");
    browser.wait("the answer of the colleague", || {
        browser.text_with_frames("#messages").contains("a new bulb comes.").then_some(())
    });
    browser.resize(320, 700);
    let cut = "return [...document.querySelectorAll('.message.mail > details')].filter((one) => one.getBoundingClientRect().left < 0).length";
    assert_eq!(browser.script(cut, json!([])), 0, "no mail is cut off on a phone");
    browser.resize(1280, 900);
}

fn tell(looks: Looks, name: &str) {
    let (Some(browser), Some(second)) = (Browser::start(looks), Browser::start(looks)) else { return };
    let desk = Served::new();
    let (agent, other) = (Agent { browser: &browser, desk: &desk }, Agent { browser: &second, desk: &desk });
    agent.set_up();
    let db = desk.db.to_str().unwrap();
    let output =
        run(&["channel", "add", "simulator", "--name", "Post", "--set", "speaks_as=email", "--db", db]);
    assert!(output.status.success(), "{}", complained(&output));
    hires_marc(db);
    opens_repairs(&agent);
    mail_from_kim(&agent, "The lamp does not glow.");
    other.sign_in(MARC, PASSWORD);
    // Whose phone it is: the simulator is an administrator's.
    let Some(third) = Browser::start(looks) else { return };
    let phone = Agent { browser: &third, desk: &desk };
    phone.sign_in(EMAIL, PASSWORD);
    // S152, S153: the quick answer.
    agent.open_row("/inbox?view=all", "Kim Lee");
    browser.find("#reply-form input[name='body']").fill("Turn it round.");
    send(&browser, "Turn it round.");
    mail_from_kim(&agent, "I did. It smokes.");
    agent.open_row("/inbox?view=all", "Kim Lee");
    press(&browser, "mode:reply");
    answers_by(&browser, "reply");
    write(&browser, looks.scripts, "Please switch it off");
    press(&browser, "mode:reply_all");
    answers_by(&browser, "reply_all");
    assert!(typed(&browser).contains("Please switch it off"), "{}", typed(&browser));
    browser.screenshot(&format!("{name}-reply-all"));
    // S159, S160: a mail comes in between, and is not answered blindly.
    mail_from_kim(&phone, "It burns!");
    if looks.scripts {
        browser.wait("the banner", || browser.find("#newer").is_shown().then_some(()));
    }
    browser.find("#reply-form button.main").click();
    browser.wait("the refusal", || {
        let banner = browser.all("#newer");
        let told = browser.text_with_frames("#messages").contains("It burns!");
        (banner.first()?.is_shown() && told).then_some(())
    });
    assert!(typed(&browser).contains("Please switch it off"), "{}", typed(&browser));
    browser.screenshot(&format!("{name}-newer"));
    press(&browser, "latest");
    browser.wait("no banner", || (!browser.all("#newer").first()?.is_shown()).then_some(()));
    send(&browser, "Please switch it off");
    asks_beside(&browser, name);
    hands_to_a_queue((&agent, &other), name);
    if looks.scripts {
        // The refusal is told as what it is; nothing else went wrong.
        let complaints = browser.complaints();
        assert!(complaints.iter().all(|complaint| complaint.contains("409")), "{complaints:?}");
    }
}

#[test]
fn s152_s159_s160_s163_s178_mails_are_answered_to_all_passed_on_and_handed_over() {
    tell(ENGLISH, "letters");
}

#[test]
fn s152_s159_s160_s163_s178_the_same_in_spanish_without_scripts() {
    tell(Looks { language: "es", scripts: false }, "letters-spanish");
}

/// As plain text and back, on the full screen and back; what is wrong there.
fn turns_plain_and_wide(browser: &Browser, said: &str) -> Vec<String> {
    // As plain text with its marks, which can be changed there, and back.
    browser.find("[data-mode='plain']").click();
    let field = browser.find("#reply-form textarea[data-rich]");
    field.fill("**Warning** of the lamp");
    browser.find("[data-mode='plain']").click();
    let shown = browser.script("return document.querySelector('.editor').innerHTML", json!([]));
    assert_eq!(shown, "<p><b>Warning</b> of the lamp</p>");
    browser.find("[data-mode='plain']").click();
    browser.find("#reply-form textarea[data-rich]").fill(said);
    browser.find("[data-mode='plain']").click();
    // On the full screen and back by Escape.
    browser.find("[data-mode='wide']").click();
    let form = "const at = document.querySelector('#reply-form').getBoundingClientRect(); return [at.top, at.left, Math.round(at.width - document.documentElement.clientWidth)]";
    assert_eq!(browser.script(form, json!([])), json!([0, 0, 0]), "it fills the window");
    let wrong = axe::inspect(browser, "letter-wide");
    browser.type_keys("\u{e00c}");
    let pressed = "return document.querySelector('[data-mode=wide]').getAttribute('aria-pressed')";
    assert_eq!(browser.script(pressed, json!([])), "false");
    let attach = "return document.querySelector('#reply-form .attach').textContent";
    let told = browser.script(attach, json!([])).to_string();
    assert!(told.contains(" MB in all)"), "what fits is told before a file is chosen: {told}");
    wrong
}

#[test]
fn s171_s219_the_editor_writes_marks_shows_them_again_and_has_a_plain_and_a_wide_form() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::new();
    let agent = Agent { browser: &browser, desk: &desk };
    agent.set_up();
    let db = desk.db.to_str().unwrap();
    let output =
        run(&["channel", "add", "simulator", "--name", "Post", "--set", "speaks_as=email", "--db", db]);
    assert!(output.status.success(), "{}", complained(&output));
    mail_from_kim(&agent, "The lamp does not glow.");
    agent.open_row("/inbox?view=all", "Kim Lee");
    press(&browser, "mode:reply");
    answers_by(&browser, "reply");
    let mut wrong = axe::inspect(&browser, "letter-reply");
    browser.find("#reply-form .editor").click();
    browser.find("[data-do='bold']").click();
    browser.type_keys("Warning");
    browser.find("[data-do='bold']").click();
    browser.type_keys(": 2 * 3 <b> [x]");
    let said = typed(&browser);
    assert_eq!(said, "**Warning**: 2 \\* 3 \\<b> \\[x\\]");
    press(&browser, "mode:reply_all");
    answers_by(&browser, "reply_all");
    assert_eq!(typed(&browser), said, "nothing is lost on the way");
    let shown = browser.script("return document.querySelector('.editor').innerHTML", json!([]));
    assert_eq!(shown, "<p><b>Warning</b>: 2 * 3 &lt;b&gt; [x]</p>");
    wrong.extend(turns_plain_and_wide(&browser, &said));
    press(&browser, "copies");
    browser.find("#reply-form input[name='cc']").fill("nobody\u{e004}");
    browser.wait("what is wrong", || browser.find("#cc-error").text().contains("nobody").then_some(()));
    wrong.extend(axe::inspect(&browser, "letter-reply-all"));
    browser.find("#reply-form input[name='cc']").fill("new@example.net\u{e004}");
    browser
        .wait("the stranger", || browser.find(".strangers").text().contains("new@example.net").then_some(()));
    press(&browser, "mode:forward");
    answers_by(&browser, "forward");
    wrong.extend(axe::inspect(&browser, "letter-forward"));
    browser.resize(320, 700);
    let wide = browser.script("return document.documentElement.scrollWidth", json!([]));
    assert_eq!(wide, 320, "nothing scrolls sideways");
    browser.resize(1280, 900);
    press(&browser, "quick");
    browser.wait("the quick answer", || browser.all("#reply-form input[name='body']").pop());
    assert_eq!(typed(&browser), said, "and not on the way back");
    wrong.extend(axe::inspect(&browser, "letter-quick"));
    agent.go("/settings/writing");
    wrong.extend(axe::inspect(&browser, "writing"));
    assert_eq!(wrong, Vec::<String>::new());
}
