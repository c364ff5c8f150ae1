//! Mails of people who mean ill, in a real browser: nothing leaves for another host, nothing runs, nothing lies over the
//! page, and the mail is as high as what it holds.

use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::json;
use transom::actions::{self, agent, receive};
use transom::channels;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::inbound::{Event, Incoming, Party};
use transom::domain::mail::{Envelope, Mailbox};
use transom::domain::message::Extra;
use transom::net::Client;
use transom::store;

use crate::axe;
use crate::desk::{Agent, EMAIL, PASSWORD};
use crate::driver::{Browser, ENGLISH};
use crate::process::Served;

/// Each asks for HOST, opens a window, or climbs out of its frame, if it can.
const HOSTILE: [&str; 8] = [
    "<img src='//HOST/a'><img srcset='http://HOST/b 1x'><input type=image src='http://HOST/c'><video src='http://HOST/d' autoplay></video>",
    "<style>@import 'http://HOST/e';body{background:url(http://HOST/f)}</style><link rel=stylesheet href='http://HOST/g'><link rel=prefetch href='http://HOST/h'>",
    "<div style=\"background:url(http://HOST/i)\"><table background='http://HOST/j'><tr><td>x</table></div><body background='http://HOST/k'>",
    "<script>alert(1)</script><img src=x onerror=\"parent.alert(2)\"><svg onload=alert(3)><iframe srcdoc='<script>parent.alert(4)</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=http://HOST/l'><base href='http://HOST/'><form action='http://HOST/m'><button autofocus>x</button></form><a href='n'>x</a>",
    "<div style=\"position:fixed;inset:0;width:3000px;height:3000px;z-index:9999;background:red;margin:-500px\">over everything</div>",
    "<img src='http://HOST/o' width=1 height=1><object data='http://HOST/p'></object><embed src='http://HOST/q'><audio src='http://HOST/r' autoplay></audio>",
    "<noscript><p title='</noscript><img src=http://HOST/s onerror=alert(5)>'></noscript><math><mtext><table><mglyph><style><img src=http://HOST/t onerror=alert(6)></style></table>",
];

/// A desk with one conversation of these mails.
fn prepare(db: &Path, mails: Vec<String>) {
    let desk = Desk::open(db, Clock::system(), Client::default(), Options::default()).unwrap();
    let now = desk.clock.now();
    let hash = transom::password::hash(PASSWORD).unwrap();
    let mut channel =
        channels::draft(Kind::Email, "Post".into(), "k".into(), std::collections::BTreeMap::new(), now);
    let done: actions::Result<()> = desk.writer.write(move |tx| {
        let new =
            agent::New { email: EMAIL.into(), name: "Ana".into(), role: Role::Admin, password_hash: hash };
        agent::add(tx, &Viewer::console(), &new, now)?;
        channel.id = store::channel::insert(tx, &channel)?;
        for (number, html) in mails.into_iter().enumerate() {
            let from = Mailbox { name: "Mallory".into(), address: "mallory@example.org".into() };
            let head = Envelope {
                identifier: format!("{number}@example.org"),
                from: Some(from),
                ..Envelope::default()
            };
            let incoming = Incoming {
                from: Party {
                    kind: AddressKind::Email,
                    value: "mallory@example.org".into(),
                    name: None,
                    also: Vec::new(),
                },
                provider_id: number.to_string(),
                at: now,
                body: "Hello".into(),
                subject: None,
                thread: String::new(),
                reply_to: None,
                extra: Extra {
                    pictured: transom::domain::mail::has_remote_pictures(&html),
                    mail: Some(Box::new(head)),
                    ..Extra::default()
                },
                html: Some(html),
                files: Vec::new(),
                opener: None,
                letter: None,
            };
            receive::receive(tx, &channel, &Event::Message(incoming), now)?;
        }
        Ok(())
    });
    done.unwrap();
}

#[test]
fn s148_hostile_mails_reach_no_other_host_run_nothing_and_stay_in_their_frame() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let (host, asked) = crate::host::unasked();
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let tall = format!("<p>first</p>{}<p>last</p>", "<p>line</p>".repeat(40));
    let wide = "<table width=900><tr><td>a wide letter</td></tr></table>".to_owned();
    let hostile = HOSTILE.iter().map(|mail| mail.replace("HOST", &host));
    prepare(&db, hostile.chain([wide, tall]).collect());
    let desk = Served::with(&db, &["serve"], "Transom serves");
    let agent = Agent { browser: &browser, desk: &desk };
    agent.sign_in(EMAIL, PASSWORD);
    agent.go("/conversations/1");
    browser.find("li.mail details[open] iframe.sheet");
    browser.script("document.querySelectorAll('li.mail > details').forEach((mail) => { mail.open = true; mail.querySelector('iframe').loading = 'eager'; })", json!([]));
    let ready = "return [...document.querySelectorAll('iframe.sheet')].filter((f) => f.contentDocument && f.contentDocument.readyState === 'complete' && f.contentDocument.body.textContent.trim() !== '' | f.contentDocument.URL.endsWith('/mail')).length";
    browser
        .wait("every frame", || (browser.script(ready, json!([])) == json!(HOSTILE.len() + 2)).then_some(()));
    let fits = "const f = [...document.querySelectorAll('iframe.sheet')].at(-1); return f.contentDocument.documentElement.scrollHeight <= f.clientHeight + 1";
    browser.wait("a frame that fits its mail", || {
        (browser.script(fits, json!([])) == json!(true)).then_some(())
    });
    let inside = "const box = (e) => e.getBoundingClientRect(); return [...document.querySelectorAll('iframe.sheet')].every((f) => { const a = box(f), b = box(f.closest('li')); return a.left >= b.left && a.right <= b.right && a.bottom <= b.bottom; })";
    assert_eq!(browser.script(inside, json!([])), json!(true), "a frame lies over its neighbours");
    let top = "return document.elementFromPoint(innerWidth / 2, 20).tagName !== 'IFRAME'";
    assert_eq!(browser.script(top, json!([])), json!(true), "a mail lies over the page");
    assert!(browser.call("GET", "/alert/text", None).is_err(), "a dialog opened");
    let strays = "return performance.getEntriesByType('resource').concat([...document.querySelectorAll('iframe.sheet')].flatMap((f) => f.contentWindow.performance.getEntriesByType('resource'))).map((r) => new URL(r.name).host).filter((host) => host !== location.host)";
    assert_eq!(browser.script(strays, json!([])), json!([]));
    assert_eq!(asked.load(Ordering::SeqCst), 0, "somebody asked another host");
    assert!(browser.url().starts_with(&desk.url), "a mail led us away");
    let mut wrong = axe::inspect(&browser, "mails");
    agent.go("/conversations/1/original");
    browser.find("iframe.sheet");
    wrong.extend(axe::inspect(&browser, "mail-original"));
    assert_eq!(wrong, Vec::<String>::new());
}
