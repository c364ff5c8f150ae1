//! Reading mails: what the thread shows of them, the frame of each, the original, and who may see all that.

use transom::domain::Id;
use transom::domain::agent::{Role, Theme};
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::inbound::{Event, File, FileContent, Incoming, Party};
use transom::domain::mail::{Envelope, Evidence, Mailbox};
use transom::domain::message::{Extra, Message};
use transom::net::Client;
use transom::store;
use transom::web::desk::picture;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use crate::support::story::KIM;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

fn head() -> Envelope {
    let mailbox = |name: &str, address: &str| Mailbox { name: name.into(), address: address.into() };
    Envelope {
        identifier: "1@example.com".into(),
        from: Some(mailbox("Kim Lee", "kim.lee@example.com")),
        to: vec![mailbox("Help", "help@shop.example")],
        cc: vec![mailbox("", "boss@example.com")],
        subject: "The <b>lamp</b>".into(),
        evidence: Some(Evidence { by: "reference".into(), found: "0@shop.example".into() }),
        inline: vec![("lamp@example.com".into(), 0)],
        ..Envelope::default()
    }
}

/// Kim's mail, and the conversation that it lies in.
fn writes(
    desk: &TestDesk,
    channel: &Channel,
    html: Option<&str>,
    body: &str,
    head: Envelope,
) -> (Id<Message>, Id<Conversation>) {
    let incoming = Incoming {
        from: Party {
            kind: KIM.kind,
            value: KIM.value.into(),
            name: Some(KIM.name.into()),
            also: Vec::new(),
        },
        provider_id: transom::random::key(),
        body: body.into(),
        html: html.map(str::to_owned),
        subject: Some(head.subject.clone()),
        extra: Extra {
            pictured: html.is_some_and(transom::domain::mail::has_remote_pictures),
            mail: Some(Box::new(head)),
            ..Extra::default()
        },
        files: vec![
            File {
                name: "lamp.png".into(),
                media_type: "image/png".into(),
                content: FileContent::Here(PNG.into()),
            },
            File {
                name: "bill.pdf.exe".into(),
                media_type: "application/pdf".into(),
                content: FileContent::Here(b"MZ".into()),
            },
        ],
        ..crate::support::cast::text(channel, KIM.value, "x", desk.now())
    };
    desk.happens(channel, Event::Message(incoming), desk.now());
    let place = channel.id;
    desk.read(|c| {
        Ok(c.query_row(
            "SELECT m.id, m.conversation_id FROM message m WHERE m.channel_id = ?1 ORDER BY m.id DESC LIMIT 1",
            [place],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    })
}

fn start() -> (TestDesk, Person, Channel) {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let mail = desk.connects(Kind::Email, "Post");
    (desk, ada, mail)
}

fn sheet(desk: &TestDesk, who: &Person, mail: Id<Message>, query: &str) -> Page {
    desk.get(who, &format!("/messages/{mail}/mail{query}"))
}

const HTML: &str = "<h1>Hello</h1><table><tr><td>Lamp</td><td><a href='https://shop.example/lamp'>here</a></td></tr></table>\
    <img src='cid:lamp@example.com' alt='The lamp'><img src='http://127.0.0.1:9/track.png' alt='Logo'>\
    <script>alert(1)</script><div class=gmail_quote>On 3 Mar wrote:<blockquote>Which lamp?</blockquote></div>";

#[test]
fn s148_tables_links_and_inline_pictures_are_shown_in_a_frame_of_their_own() {
    let (desk, ada, channel) = start();
    let (mail, conversation) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let thread = desk.get(&ada, &format!("/conversations/{conversation}")).body;
    assert!(thread.contains(&format!("src=\"/messages/{mail}/mail\"")), "{thread}");
    assert!(thread.contains("sandbox=\"allow-same-origin allow-popups allow-popups-to-escape-sandbox\""));
    assert!(!thread.contains("<h1>Hello"), "the mail stands only in its frame");
    let page = sheet(&desk, &ada, mail, "");
    assert!(page.body.contains("<td>Lamp</td>") && page.body.contains("href=\"https://shop.example/lamp\""));
    assert!(page.body.contains("rel=\"noopener noreferrer nofollow\"") && !page.body.contains("alert(1)"));
    let key: String = desk.read(|c| {
        Ok(c.query_row("SELECT key FROM attachment WHERE name = 'lamp.png'", [], |row| row.get(0))?)
    });
    assert!(page.body.contains(&format!("<img src=\"/attachments/{key}\"")), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; img-src 'self' data:;"), "{policy}");
    assert!(policy.contains("; sandbox allow-same-origin") && !policy.contains("script"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn s148_pictures_from_elsewhere_wait_until_somebody_says_so_once_or_for_a_sender() {
    let (desk, ada, channel) = start();
    let (mail, conversation) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let proxied = format!("<img src=\"/messages/{mail}/pictures/0\"");
    let hidden = sheet(&desk, &ada, mail, "").body;
    assert!(
        !hidden.contains("127.0.0.1")
            && !hidden.contains(&proxied)
            && hidden.contains("class=\"unshown\">Logo")
    );
    assert!(sheet(&desk, &ada, mail, "?pictures=1").body.contains(&proxied));
    assert!(!sheet(&desk, &ada, mail, "").body.contains(&proxied), "once is once");
    let place = format!("/messages/{mail}/pictures");
    assert_eq!(desk.post(&ada, &place, &[("show", "always")]).status, 303);
    assert!(sheet(&desk, &ada, mail, "").body.contains(&proxied));
    let (next, _) = writes(
        &desk,
        &channel,
        Some(HTML),
        "Again",
        Envelope { identifier: "2@example.com".into(), ..head() },
    );
    assert!(sheet(&desk, &ada, next, "").body.contains(&format!("/messages/{next}/pictures/0")));
    assert!(
        desk.get(&ada, &format!("/conversations/{conversation}"))
            .body
            .contains("No pictures from this sender")
    );
    assert_eq!(desk.post(&ada, &place, &[("show", "never")]).status, 303);
    assert!(!sheet(&desk, &ada, mail, "").body.contains(&proxied));
    assert_eq!(
        desk.get(&ada, &format!("/messages/{mail}/pictures/1")).status,
        404,
        "only what stands in the mail"
    );
}

#[test]
fn s148_a_picture_is_fetched_past_the_guard_and_only_if_it_is_one() {
    let serve = |answer: &'static [u8]| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            use std::io::{Read, Write};
            for stream in listener.incoming().take(2) {
                let mut stream = stream.unwrap();
                let mut seen = [0; 4096];
                let _ = stream.read(&mut seen);
                let _ = stream.write_all(answer);
            }
        });
        format!("http://{place}/a.png")
    };
    let open = Client { allow_private: true, ..Client::default() };
    let png = serve(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 33\r\nConnection: close\r\n\r\n\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89");
    let found = picture::fetch(&open, &png).unwrap();
    assert_eq!((found.0.as_slice(), found.1.as_str()), (PNG, "image/png"), "what it is, not what was said");
    let page = serve(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 24\r\nConnection: close\r\n\r\n<svg onload=\"alert(1)\"/>");
    assert_eq!(picture::fetch(&open, &page), None, "an SVG is no picture here");
    let file = serve(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(picture::fetch(&open, &file), None);
    let around =
        serve(b"HTTP/1.1 302 Found\r\nLocation: /a.png\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(picture::fetch(&open, &around), None, "it ends");
    for inward in [
        png.as_str(),
        "http://169.254.169.254/latest",
        "http://localhost/",
        "http://[::1]/",
        "ftp://example.com/a",
    ] {
        assert_eq!(
            picture::fetch(&Client { allow_private: false, ..Client::default() }, inward),
            None,
            "{inward}"
        );
    }
}

#[test]
fn s151_the_head_of_a_mail_names_everybody_its_subject_time_and_state() {
    let (desk, ada, channel) = start();
    let (_, conversation) =
        writes(&desk, &channel, Some(HTML), "Hello", Envelope { automatic: Some("reply".into()), ..head() });
    let thread = desk.get(&ada, &format!("/conversations/{conversation}")).body;
    for said in [
        "<dt>From</dt><dd dir=\"auto\">Kim Lee &lt;kim.lee@example.com&gt;</dd>",
        "<dt>To</dt><dd dir=\"auto\">Help &lt;help@shop.example&gt;</dd>",
        "<dt>Cc</dt><dd dir=\"auto\">boss@example.com</dd>",
        "<dt>Subject</dt><dd dir=\"auto\">The &lt;b&gt;lamp&lt;/b&gt;</dd>",
        "Automatic reply",
        "Why is this here?",
        "It answers a mail of this conversation:</",
        "bill.pdf.exe",
        "This kind of file can run programs.",
    ] {
        let plain = said.trim_end_matches("</");
        assert!(thread.contains(plain), "{said} is not in {thread}");
    }
    assert!(thread.contains("<code>0@shop.example</code>"));
}

#[test]
fn s174_a_mail_is_light_on_dark_where_the_desk_is_and_either_way_on_demand() {
    let (desk, ada, channel) = start();
    let (mail, _) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let ground = |query: &str| {
        let page = sheet(&desk, &ada, mail, query).body;
        page.split_once("class=\"").unwrap().1.split('"').next().unwrap().to_owned()
    };
    assert_eq!(ground(""), "system");
    assert_eq!(
        (ground("?ground=dark"), ground("?ground=light"), ground("?ground=%3Cb")),
        ("dark".into(), "light".into(), "system".into())
    );
    let id = ada.id;
    desk.write(move |tx| {
        let mut agent = store::agent::get(tx, id)?.unwrap();
        agent.theme = Theme::Dark;
        store::agent::update(tx, &agent)
    });
    assert_eq!(ground(""), "dark");
}

#[test]
fn s175_the_first_mail_of_the_customer_is_one_link_away_with_its_full_head() {
    let (desk, ada, channel) = start();
    let (first, conversation) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let (next, _) =
        writes(&desk, &channel, None, "And again", Envelope { identifier: "2@example.com".into(), ..head() });
    let place = channel.id;
    desk.write(move |tx| {
        store::mail::insert(tx, first, place, "1@example.com")?;
        let letter = b"X-Odd: <script>\r\nSubject: The lamp\r\n\r\nHello <b>\r\n";
        store::mail::keep(tx, first, &store::mail::pack(letter)?)
    });
    let link = format!("/conversations/{conversation}/original");
    assert!(desk.get(&ada, &format!("/conversations/{conversation}")).body.contains(&link));
    let page = desk.get(&ada, &link).body;
    assert!(
        page.contains(&format!("id=\"m{first}\"")) && !page.contains(&format!("id=\"m{next}\"")),
        "{page}"
    );
    assert!(page.contains("X-Odd: &lt;script&gt;\nSubject: The lamp</pre>"), "{page}");
    assert!(desk.get(&ada, &format!("/messages/{next}/original")).body.contains("No original is kept"));
    let letter = desk.get(&ada, &format!("/messages/{first}/letter"));
    assert_eq!(letter.body, "X-Odd: <script>\r\nSubject: The lamp\r\n\r\nHello <b>\r\n");
    assert_eq!(letter.header("content-type"), Some("message/rfc822"));
    assert!(
        letter
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment; filename=\"The _b_lamp__b_.eml\"")
    );
    assert_eq!(letter.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(desk.get(&ada, &format!("/messages/{next}/letter")).status, 404);
}

#[test]
fn s176_the_newest_mail_is_open_and_each_older_one_opens_to_the_complete_mail() {
    let (desk, ada, channel) = start();
    let (first, conversation) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let long = "Yes.\n\nOn Tue, 3 Mar 2026 at 12:00, Kim Lee <kim@example.com> wrote:\n> Which <lamp>?\n";
    let (next, _) =
        writes(&desk, &channel, None, long, Envelope { identifier: "2@example.com".into(), ..head() });
    let thread = desk.get(&ada, &format!("/conversations/{conversation}")).body;
    let of = |mail: Id<Message>| {
        thread.split_once(&format!("<li id=\"m{mail}\"")).unwrap().1.split_once("</li>").unwrap().0
    };
    assert!(of(first).contains("<details><summary><b>Kim Lee</b>"), "{}", of(first));
    assert!(
        of(next).contains("<details open><summary><b>Kim Lee</b><span class=\"gist\">Yes.</span>"),
        "{}",
        of(next)
    );
    assert!(of(next).contains("<details class=\"fold\"><summary>Earlier messages and signature</summary>"));
    assert!(of(next).contains("&gt; Which &lt;lamp&gt;?"), "nothing is thrown away");
    assert!(sheet(&desk, &ada, first, "").body.contains("<details class=\"fold\">"));
    assert!(sheet(&desk, &ada, first, "?view=text").body.contains("Hello"));
    let row = desk.conversation(conversation);
    assert_eq!(row.snippet, "Yes.", "the list shows what is new");
}

#[test]
fn nobody_reads_a_mail_of_a_conversation_that_is_not_theirs() {
    // A2: the frame, the original, the letter, a picture of it, and the choice about its sender.
    let (desk, ada, channel) = start();
    let eva = desk.person("Eva", Role::Agent);
    let (mail, conversation) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let place = channel.id;
    desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", transom::domain::Timestamp(1))?;
        let mut one = store::conversation::get(tx, conversation)?.unwrap();
        one.queue = Some(queue);
        store::mail::insert(tx, mail, place, "1@example.com")?;
        store::mail::keep(tx, mail, &store::mail::pack(b"Subject: x\r\n\r\n")?)?;
        store::conversation::update(tx, &one)
    });
    for path in ["mail", "mail?view=text", "original", "letter", "pictures/0"] {
        assert_eq!(desk.get(&eva, &format!("/messages/{mail}/{path}")).status, 404, "{path}");
    }
    assert_eq!(desk.get(&eva, &format!("/conversations/{conversation}/original")).status, 404);
    assert_eq!(desk.post(&eva, &format!("/messages/{mail}/pictures"), &[("show", "always")]).status, 404);
    assert_eq!(desk.count("SELECT count(*) FROM picture_sender"), 0);
    assert_eq!(sheet(&desk, &ada, mail, "").status, 200);
}

#[test]
fn s151_a_text_file_is_read_on_a_page_and_what_could_run_is_words_or_a_download() {
    let (desk, ada, channel) = start();
    let (mail, _) = writes(&desk, &channel, Some(HTML), "Hello", head());
    let by = desk.rights(&ada);
    let keep = |name: &'static str, kind: &'static str, bytes: &'static [u8]| {
        let by = by.clone();
        let key = desk.act(move |tx, now| {
            let id = transom::actions::upload::begin(tx, &by, name, now)?;
            transom::actions::upload::append(tx, &by, id, bytes)?;
            transom::actions::upload::finish(tx, &by, id, kind)?;
            store::attachment::give(tx, id, Some(mail))?;
            Ok(store::attachment::get(tx, id)?.unwrap().key)
        });
        key.unwrap()
    };
    let text = keep("a.txt", "text/plain", b"<script>alert(1)</script>\nCaf\xe9");
    let page = desk.get(&ada, &format!("/attachments/{text}/text"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;\nCafé"), "{}", page.body);
    // Scripts fall under it, and nothing stands there that would let one run that lies in a page.
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("script-src") && !policy.contains("unsafe")
    );
    let table = keep("b.csv", "text/csv", b"Name;Price\n\"Lamp, red\";=1+2\n");
    let page = desk.get(&ada, &format!("/attachments/{table}/text")).body;
    assert!(page.contains("<td dir=\"auto\">Lamp, red</td><td dir=\"auto\">=1+2</td>"), "{page}");
    for (name, kind, bytes) in [
        ("c.html", "text/html", b"<script>1</script>".as_slice()),
        ("d.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice()),
        ("e.pdf", "application/pdf", b"%PDF-1.7\n".as_slice()),
    ] {
        let key = keep(name, kind, bytes);
        assert_eq!(desk.get(&ada, &format!("/attachments/{key}/text")).status, 404, "{name}");
        let file = desk.get(&ada, &format!("/attachments/{key}"));
        assert!(file.header("content-disposition").unwrap().starts_with("attachment"), "{name}");
    }
    let thread = desk.message(mail).conversation;
    let page = desk.get(&ada, &format!("/conversations/{thread}?view=all")).body;
    assert_eq!(page.matches("/text\">Show the text").count(), 2, "{page}");
}
