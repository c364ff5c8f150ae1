//! Pictures in the editor, from a file and from the clipboard; files too large; the ground of a mail, light or dark; and
//! the same editor where a letter begins a conversation.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::letters::{answers_by, press, typed};
use crate::axe;
use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// Eight by eight, all of one red.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mO44KCAFTEMLQkA3ntMAenV39QAAAAASUVORK5CYII=";
/// How many pictures the editor shows, all of them arrived.
const SHOWN: &str = "return [...document.querySelectorAll('.editor img')].filter((one) => one.complete && one.naturalWidth === 8).length";
const PASTE: &str = "const canvas = document.createElement('canvas'); canvas.width = 8; canvas.height = 8; canvas.toBlob((blob) => { \
    const data = new DataTransfer(); data.items.add(new File([blob], 'pasted.png', { type: 'image/png' })); \
    document.querySelector('.editor').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })";
/// The page in the newest mail's frame: its class, how it looks, and how many of its pictures have arrived. Nothing while
/// one page goes and the next is not there yet.
const FRAME: &str = "const page = [...document.querySelectorAll('iframe.sheet')].at(-1).contentDocument; \
    if (!page?.documentElement || !page.body) return []; \
    return [page.documentElement.className, getComputedStyle(page.body).filter, [...page.images].filter((one) => one.naturalWidth === 8).length]";

fn shows(browser: &Browser, pictures: u64) {
    browser.wait("the pictures", || (browser.script(SHOWN, json!([])) == json!(pictures)).then_some(()));
}

fn puts_in(browser: &Browser, path: &Path) {
    browser.find("details:has(#letter-picture) > summary").click();
    browser.find("#letter-picture").write(path.to_str().unwrap());
}

fn frame_is(browser: &Browser, what: &str, fits: impl Fn(&Value) -> bool) {
    browser.wait(what, || fits(&browser.script(FRAME, json!([]))).then_some(()));
}

/// An open conversation of the demo whose newest message is a customer's mail.
fn mail(desk: &Served) -> i64 {
    let connection = transom::store::readers::open(&desk.db).unwrap();
    let query = "SELECT m.conversation_id FROM message m JOIN conversation v ON v.id = m.conversation_id
        JOIN channel h ON h.id = v.channel_id WHERE m.html IS NOT NULL AND m.kind = 'inbound' AND v.status = 'open'
        AND NOT EXISTS (SELECT 1 FROM message n WHERE n.conversation_id = v.id AND n.id > m.id AND n.kind IN ('inbound', 'outbound'))
        ORDER BY m.id DESC LIMIT 1";
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

fn turns_dark_and_light(browser: &Browser) {
    // S174: the ground of the mail that came.
    frame_is(browser, "the mail", |page| page[1] == "none");
    browser.find("li.mail details[open] .to-dark").click();
    frame_is(browser, "a dark ground", |page| page[1].as_str().is_some_and(|how| how.contains("invert")));
    browser.screenshot("mail-dark");
    browser.find("li.mail details[open] .to-light").click();
    frame_is(browser, "a light ground", |page| page[1] == "none");
}

fn puts_pictures_in(browser: &Browser, small: &Path, large: &Path) -> Vec<String> {
    // A picture from a file, one from the clipboard, and one that is too large.
    press(browser, "mode:reply");
    answers_by(browser, "reply");
    browser.find("#reply-form .editor").click();
    browser.type_keys("Look: ");
    puts_in(browser, small);
    shows(browser, 1);
    browser.find("#reply-form .editor").click();
    browser.script(PASTE, json!([]));
    shows(browser, 2);
    assert!(typed(browser).contains("![lamp \\[red\\]](picture:"), "{}", typed(browser));
    assert!(typed(browser).contains("![pasted](picture:"), "{}", typed(browser));
    puts_in(browser, large);
    browser.wait("what is against it", || {
        browser.find("#too-long").text().contains("may be 15 kB at most").then_some(())
    });
    shows(browser, 2);
    let wrong = axe::inspect(browser, "letter-pictures");
    browser.screenshot("letter-pictures");
    wrong
}

fn is_told_of_too_large_files(browser: &Browser, film: &Path) {
    // S172: thirty megabytes are told before anything is sent, and nothing is lost.
    browser.find("#reply-form input[name='file']").write(film.to_str().unwrap());
    browser.wait("what is too large", || {
        let told = browser.find("#too-long").text().contains("too large together");
        (told && browser.find("#reply-form button.main").attribute("disabled").is_some()).then_some(())
    });
    browser.screenshot("letter-too-large");
    browser.script(
        "const input = document.querySelector('#reply-form input[name=file]'); input.value = ''; \
         input.dispatchEvent(new Event('change', { bubbles: true }))",
        json!([]),
    );
    browser.wait("Send", || {
        browser.find("#reply-form button.main").attribute("disabled").is_none().then_some(())
    });
}

fn begins_with_a_picture(agent: &Agent<'_>, small: &Path) -> Vec<String> {
    let browser = agent.browser;
    // The same editor begins a conversation.
    agent.go("/conversations/new?kind=email");
    browser.find("input[name='to']").fill("new.guest@example.org");
    browser.find("input[name='subject']").fill("A lamp for you");
    browser.find(".editor").click();
    browser.find("[data-do='bold']").click();
    browser.type_keys("Dear guest");
    browser.find("[data-do='bold']").click();
    puts_in(browser, small);
    shows(browser, 1);
    let wrong = axe::inspect(browser, "letter-first");
    browser.screenshot("letter-first");
    browser.resize(320, 700);
    let wide = browser.script("return document.documentElement.scrollWidth", json!([]));
    assert_eq!(wide, 320, "nothing scrolls sideways");
    browser.resize(1280, 900);
    browser.find("form.letter button.main").click();
    browser.wait("the conversation", || (!browser.url().contains("/new")).then_some(()));
    frame_is(browser, "our first mail", |page| page[2] == 1);
    assert!(browser.text_with_frames("#messages").contains("Dear guest"));
    wrong
}

#[test]
fn s53_s55_s172_s174_pictures_are_put_in_and_pasted_files_are_bounded_and_mails_turn_dark() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let desk = Served::demo();
    let agent = Agent { browser: &browser, desk: &desk };
    agent.sign_in("petra@lumiere.example", desk.password());
    agent.go("/settings/writing");
    browser.find("input[name='inline_pictures']").click();
    browser.find("form:has(input[name='inline_pictures']) button[type='submit']").click();
    browser.wait("saved", || browser.url().contains("done=saved").then_some(()));
    let (small, large, film) = (
        folder.path().join("lamp [red].png"),
        folder.path().join("large.png"),
        folder.path().join("film.mp4"),
    );
    let bytes = STANDARD.decode(PNG).unwrap();
    std::fs::write(&small, &bytes).unwrap();
    std::fs::write(&large, [bytes, vec![0; 16_000]].concat()).unwrap();
    std::fs::write(&film, vec![0; 30_000_000]).unwrap();
    agent.go(&format!("/conversations/{}", mail(&desk)));
    turns_dark_and_light(&browser);
    let mut wrong = puts_pictures_in(&browser, &small, &large);
    is_told_of_too_large_files(&browser, &film);
    browser.find("#reply-form button.main").click();
    frame_is(&browser, "both pictures in our mail", |page| page[2] == 2);
    wrong.extend(begins_with_a_picture(&agent, &small));
    assert_eq!(wrong, Vec::<String>::new());
    let complaints = browser.complaints();
    assert!(complaints.iter().all(|complaint| complaint.contains("422")), "{complaints:?}");
}
