//! T5: texts of people who mean ill stand everywhere in the file, past every check of a form, and a real browser opens every
//! page: nothing runs, nothing becomes an element, nothing is asked of another host.

use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use transom::web::http::Method;
use transom::web::routes::{self, Guard};

use crate::desk::Agent;
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// Each runs, or asks HOST, if it gets out of its place. One a round, so that none hides another.
const TEXTS: [&str; 3] = [
    "\"><svg onload=alert(1)><img src=http://HOST/a onerror=alert(1)><style>@import 'http://HOST/b'</style>",
    "</title></textarea></script>'--><script src=http://HOST/c></script><iframe src=http://HOST/d></iframe>\" autofocus onfocus=alert(1) x=\"",
    "javascript:alert(1)//http://HOST/e\"onmouseover=\"alert(1) {{constructor.constructor('alert(1)')()}} \\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
];

/// What people typed and others sent, by table.
const COLUMNS: [(&str, &str); 23] = [
    ("agent", "name"),
    ("session", "user_agent"),
    ("queue", "name"),
    ("profile", "name"),
    ("idle_reason", "name"),
    ("channel", "name"),
    ("channel", "problem"),
    ("template", "name"),
    ("template", "category"),
    ("template", "body"),
    ("contact", "name"),
    ("contact", "about"),
    ("address", "value"),
    ("conversation", "subject"),
    ("conversation", "snippet"),
    ("tag", "name"),
    ("saved_view", "name"),
    ("wrapup_reason", "name"),
    ("message", "body"),
    ("attachment", "name"),
    ("segment", "name"),
    ("announcement", "text"),
    ("workflow", "name"),
];

/// Writes the text into each column; in how many it stands now.
fn spoil(db: &Path, text: &str) -> usize {
    let connection = rusqlite::Connection::open(db).unwrap();
    connection.busy_timeout(crate::process::PATIENCE).unwrap();
    // The number keeps names apart that must differ.
    let set = |(table, column): &(&str, &str)| {
        connection.execute(&format!("UPDATE {table} SET {column} = ?1 || rowid"), [text])
    };
    let changed = COLUMNS.iter().filter(|place| set(place).is_ok_and(|rows| rows > 0)).count();
    let team = "INSERT OR REPLACE INTO setting (key, value) VALUES ('team', ?1)";
    connection.execute(team, [text]).unwrap();
    changed
}

/// The addresses that people open, with something real in their gaps.
fn addresses(db: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(db).unwrap();
    let word =
        |query: &str| connection.query_row(query, [], |row| row.get::<_, String>(0)).unwrap_or_default();
    let (file, chat) = (
        word("SELECT key FROM attachment LIMIT 1"),
        word("SELECT key FROM channel WHERE kind = 'webchat' LIMIT 1"),
    );
    let mut all: Vec<String> = routes::all()
        .filter(|route| route.method == Method::Get && matches!(route.guard, Guard::Role(_) | Guard::Public))
        .map(|route| {
            let key = if route.path.starts_with("/chat") { &chat } else { &file };
            let gaps = [("{id}", "1"), ("{key}", key), ("{file}", "0"), ("{other}", "2"), ("{channel}", "1")];
            gaps.iter().fold(route.path.to_owned(), |path, (gap, value)| path.replace(gap, value))
        })
        .filter(|path| !path.contains('{'))
        .collect();
    all.extend((2..=6).flat_map(|id| [format!("/conversations/{id}"), format!("/contacts/{id}")]));
    all.extend(["/inbox?view=all", "/search?q=alert", "/contacts?q=alert"].map(str::to_owned));
    all.extend([format!("/chat/{chat}")]);
    all.sort();
    all.dedup();
    all
}

/// Those of them that are pages: no files, and nothing that waits for news.
fn pages(browser: &Browser, addresses: &[String]) -> Vec<String> {
    let script = format!(
        "const stop = AbortSignal.timeout(8000); Promise.all({}.map((path) => fetch(path, {{ signal: stop, redirect: 'manual' }})\
         .then((answer) => answer.ok && answer.headers.get('content-type').startsWith('text/html') ? path : '', () => '')))\
         .then((found) => arguments[arguments.length - 1](found.filter((path) => path)))",
        json!(addresses)
    );
    let found = browser.script_that_answers(&script);
    found.as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned()).collect()
}

/// What is wrong on the page that is open, and whether the text is on it.
const LOOK: &str = "const bad = [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on') \
    || (['href', 'src', 'action', 'formaction', 'data'].includes(a.name) && /^\\s*javascript:/i.test(a.value)))); \
    const foreign = performance.getEntriesByType('resource').map((r) => r.name).filter((name) => new URL(name).host !== location.host && !name.startsWith('data:')); \
    return [bad.map((e) => e.outerHTML.slice(0, 300)).concat(foreign), document.documentElement.textContent.includes('alert(1)')]";

#[test]
fn t5_no_text_of_the_file_runs_or_fetches_on_any_page_in_a_browser() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let (host, asked) = crate::host::unasked();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("demo.db");
    let desk = Served::with(&db, &["demo"], "Play the customers");
    let agent = Agent { browser: &browser, desk: &desk };
    let line = desk.said.iter().find(|line| line.starts_with("Sign in as")).unwrap();
    agent.sign_in(line.split(' ').nth(3).unwrap(), desk.password());
    let (mut shown, mut opened, mut all) = (0, 0, Vec::new());
    // Each page with each text, or, in the short form, with one of them.
    let step = if std::env::var_os("TRANSOM_LONG").is_some() { 1 } else { TEXTS.len() };
    for (number, text) in TEXTS.iter().enumerate() {
        let changed = spoil(&db, &text.replace("HOST", &host));
        assert!(changed >= 15, "the text stands in {changed} columns only");
        if all.is_empty() {
            agent.go("/settings/status");
            all = pages(&browser, &addresses(&db));
        }
        for path in all.iter().skip(number % step).step_by(step) {
            // A dialog that a script opened would make this or the next step fail.
            agent.go(path);
            let seen = browser.script(LOOK, json!([]));
            assert_eq!(seen[0], json!([]), "{path} with {text}");
            shown += usize::from(seen[1] == Value::Bool(true));
            opened += 1;
        }
        assert!(browser.call("GET", "/alert/text", None).is_err(), "a dialog opened");
    }
    let refused: Vec<String> =
        browser.complaints().into_iter().filter(|line| line.contains("Content Security Policy")).collect();
    assert_eq!(refused, Vec::<String>::new(), "the policy had to hold something back");
    assert_eq!(asked.load(Ordering::SeqCst), 0, "somebody asked another host");
    println!("{opened} pages opened, {shown} of them with the text, 0 scripts, 0 requests to the other host");
    assert!(shown > 60, "the texts were hardly shown: {shown} of {opened}");
    // What is looked for would be seen: the policy holds this back, and the look finds it.
    let planted = "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=alert(1)>')";
    browser.script(planted, json!([]));
    assert_ne!(browser.script(LOOK, json!([]))[0], json!([]), "the look is blind");
    let held = browser.complaints();
    assert!(held.iter().any(|line| line.contains("Content Security Policy")), "the log is blind: {held:?}");
}
