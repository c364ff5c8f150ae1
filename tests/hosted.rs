//! Pictures inside letters: refused by themselves; where the team allows them small, kept here, shown by a signed address
//! for half a year, and never a part of the mail.

use transom::actions::hosted::reached_at;
use transom::domain::agent::Role;
use transom::domain::{Id, Span};
use transom::jobs::{Stop, tidier::tidy};
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::session;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use crate::support::letters::{Desk, comes, composer, mailbox};

/// A picture of this size in bytes and pixels, as far as anybody looks into it.
fn png(bytes: usize, width: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(20_u32.to_be_bytes());
    png.extend(b"\x08\x02\0\0\0");
    png.resize(bytes, 0);
    png
}

/// Sends a form with a picture in it.
fn upload(desk: &TestDesk, who: &Person, to: &str, fields: &[(&str, &str)], picture: &[u8]) -> Page {
    let csrf = session::csrf(&who.token);
    let mut body = Vec::new();
    for (name, value) in [("csrf", csrf.as_str())].iter().chain(fields) {
        let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.as_bytes());
    }
    body.extend(
        b"--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a [small] lamp.png\"\r\n\
          Content-Type: text/html\r\n\r\n",
    );
    body.extend(picture);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::new(Method::Post, to)
        .with_header("cookie", &format!("transom={}", who.token))
        .with_body("multipart/form-data; boundary=b", body);
    desk.ask(request)
}

/// What somebody gets who has nothing but the address.
fn stranger(desk: &TestDesk, url: &str) -> Page {
    desk.ask(Request::new(Method::Get, url.strip_prefix("https://desk.example").unwrap()))
}

fn allows(desk: &TestDesk) {
    desk.act(|tx, _| reached_at(tx, "https://desk.example/")).unwrap();
    desk.write(|tx| store::setting::set(tx, store::setting::key::INLINE_PICTURES, Some("yes")));
}

fn address_in(html: &str) -> String {
    html.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn s53_a_team_that_has_not_allowed_them_gets_none_and_the_setting_is_an_admins() {
    let desk = TestDesk::new();
    let (petra, ada) = (desk.person("Petra", Role::Agent), desk.person("Ada", Role::Admin));
    let refused = upload(&desk, &petra, "/pictures", &[], &png(900, 20));
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (422, "Pictures inside the text are not sent from this desk. Attach the picture as a file.")
    );
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    assert!(!at.act("mode:reply", &[]).contains("name=\"picture\""), "nothing is offered");
    let page = desk.get(&ada, "/settings/writing").body;
    assert!(page.contains("Up to 15 kB each") && page.contains("--public-url"), "{page}");
    let fields = [("sensitive", "warn"), ("inline_pictures", "on")];
    assert_eq!(desk.post(&petra, "/settings/writing", &fields).status, 403);
    assert_eq!(desk.post(&ada, "/settings/writing", &fields).status, 303);
    let unreached = upload(&desk, &petra, "/pictures", &[], &png(900, 20));
    assert!(unreached.status == 422 && unreached.body.contains("--public-url"), "{}", unreached.body);
    assert!(at.page().contains("has not been told its public address"), "and the form says why");
    desk.act(|tx, _| reached_at(tx, "https://desk.example")).unwrap();
    assert_eq!(upload(&desk, &petra, "/pictures", &[], &png(900, 20)).status, 201);
    assert!(!desk.get(&ada, "/settings/writing").body.contains("--public-url"));
}

#[test]
fn s54_one_may_have_15_kb_and_has_to_be_a_picture_whatever_is_said_of_it() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    allows(&desk);
    let most = 15 * 1024;
    assert_eq!(upload(&desk, &petra, "/pictures", &[], &png(most, 20)).status, 201);
    for (bytes, told) in [
        (png(most + 1, 20), "may be 15 kB at most"),
        (png(900, 2049), "of up to 2048 pixels"),
        (png(900, 0), "of up to 2048 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".to_vec(), "Only PNG, JPEG"),
        (b"<html><img src=x onerror=alert(1)>".to_vec(), "Only PNG, JPEG"),
        (b"%PDF-1.7".to_vec(), "Only PNG, JPEG"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "Only PNG, JPEG"),
        (Vec::new(), "Only PNG, JPEG"),
    ] {
        let refused = upload(&desk, &petra, "/pictures", &[], &bytes);
        assert!(refused.status == 422 && refused.body.contains(told), "{told}: {}", refused.body);
    }
    assert_eq!(desk.count("SELECT count(*) FROM hosted"), 1, "nothing of what was refused is kept");
    assert_eq!(desk.post(&petra, "/pictures", &[]).status, 400);
}

#[test]
fn s55_s57_a_picture_stands_in_the_mail_by_an_address_that_whoever_reads_it_can_open() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    allows(&desk);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    at.act("mode:reply", &[]);
    // Without scripts: chosen in the form, put in by a button.
    let to = format!("/conversations/{id}/letter");
    let fields = [("letter", "1"), ("kind", "reply"), ("standard", "1"), ("how", "reply")];
    let all = [&fields[..], &[("act", "picture"), ("body", "Turn it **round**:")]].concat();
    let bytes = png(900, 30);
    assert_eq!(upload(&desk, &petra, &to, &all, &bytes).status, 303);
    let page = composer(&at.page());
    assert!(page.contains("Turn it **round**:\n\n![a \\[small\\] lamp](picture:"), "{page}");
    let key = page.split("(picture:").nth(1).unwrap().split(')').next().unwrap().to_owned();
    let own = desk.get(&petra, &format!("/pictures/{key}"));
    assert_eq!((own.status, own.header("content-type")), (200, Some("image/png")));
    assert_eq!(desk.get(&marc, &format!("/pictures/{key}")).status, 404, "not before it is sent");
    // One that is too large leaves the text as it is.
    let large = upload(&desk, &petra, &to, &all, &png(20_000, 30));
    assert_eq!(large.status, 422);
    assert!(large.body.contains("may be 15 kB at most") && large.body.contains("Turn it **round**:"));
    let body = format!("Turn it **round**:\n\n![a \\[small\\] lamp](picture:{key})");
    let sent = at.post("messages", &[("body", &body)]);
    assert_eq!(sent.status, 303, "{}", composer(&sent.body));
    let mail = at.last();
    let html = mail.html.clone().unwrap();
    let url = address_in(&html);
    assert!(url.starts_with(&format!("https://desk.example/pictures/{key}/")), "{url}");
    assert!(html.contains("alt=\"a [small] lamp\" width=\"30\" height=\"20\">"), "{html}");
    assert_eq!(mail.body, format!("Turn it round:\n\na [small] lamp ({url})"), "words tell where it is");
    assert!(!html.contains("cid:") && !html.contains("picture:"), "{html}");
    assert!(desk.read(|c| store::attachment::of_message(c, mail.id)).is_empty(), "it is no part of the mail");
    let got = stranger(&desk, &url);
    assert_eq!(got.status, 200);
    assert_eq!(got.body, String::from_utf8_lossy(&bytes));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "public, max-age=86400"),
    ] {
        assert_eq!(got.header(name), Some(value), "{name}");
    }
    assert!(got.header("set-cookie").is_none());
    // The team sees it in the thread, from its own desk and without being asked about foreign pictures.
    let frame = desk.get(&marc, &format!("/messages/{}/mail", mail.id)).body;
    assert!(frame.contains(&format!("src=\"/pictures/{key}\"")), "{frame}");
    assert_eq!(desk.get(&marc, &format!("/pictures/{key}")).status, 200);
    assert!(!at.page().contains("Show pictures"));
}

#[test]
fn s56_after_six_months_the_address_leads_nowhere_and_a_forged_one_never_did() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    allows(&desk);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let mark = upload(&desk, &petra, "/pictures", &[], &png(900, 30)).body;
    assert_eq!(at.post("messages", &[("body", &mark)]).status, 303);
    let url = address_in(&at.last().html.unwrap());
    let parts: Vec<&str> = url.split('/').collect();
    let (key, until, seal) = (parts[4], parts[5].parse::<i64>().unwrap(), parts[6]);
    let turned: String = seal.chars().rev().collect();
    for forged in [
        format!("https://desk.example/pictures/{key}/{}/{seal}", until + 1),
        format!("https://desk.example/pictures/{key}/{until}/{turned}"),
        format!("https://desk.example/pictures/other/{until}/{seal}"),
        format!("https://desk.example/pictures/{key}/{until}/x"),
        format!("https://desk.example/pictures/{key}/soon/{seal}"),
    ] {
        assert_eq!(stranger(&desk, &forged).status, 404, "{forged}");
    }
    let bare = stranger(&desk, &format!("https://desk.example/pictures/{key}"));
    assert_ne!(bare.status, 200, "the word alone is for the team");
    desk.pass(Span::days(182));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(stranger(&desk, &url).status, 200);
    desk.pass(Span::days(1));
    assert_eq!(stranger(&desk, &url).status, 410, "at its end, whether it was tidied away or not");
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM hosted"), 0);
    let over = stranger(&desk, &url);
    assert_eq!((over.status, over.body.as_str()), (410, "This picture is no longer kept."));
    assert_eq!(stranger(&desk, &url.replace(key, "other")).status, 404);
}

#[test]
fn s57_what_lies_elsewhere_or_is_somebody_elses_does_not_leave_and_a_signature_has_none() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    allows(&desk);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let theirs = upload(&desk, &marc, "/pictures", &[], &png(900, 30)).body;
    for body in [theirs.as_str(), "![x](picture:none)", "![x](https://example.org/x.png)", "![x](cid:part1)"]
    {
        let refused = at.post("messages", &[("body", body)]);
        assert_eq!(refused.status, 422, "{body}");
        let page = composer(&refused.body);
        assert!(page.contains("is not kept on this desk. Insert it again"), "{page}");
    }
    let own = upload(&desk, &petra, "/pictures", &[], &png(900, 30)).body;
    let signed = desk.post(&petra, "/settings/profile/signature", &[("signature", &own)]);
    assert!(signed.status == 422 && signed.body.contains("cannot stand in a signature"), "{}", signed.body);
    // Taken back, it stands in the text again and can be sent again; the address of before leads nowhere meanwhile.
    assert_eq!(at.post("messages", &[("body", &own)]).status, 303);
    let (mail, by) = (at.last(), desk.rights(&petra));
    let url = address_in(&mail.html.unwrap());
    let number: Id<_> = mail.id;
    desk.act(move |tx, now| transom::actions::undo::undo(tx, &by, number, now)).unwrap();
    assert_eq!(stranger(&desk, &url).status, 410);
    assert!(composer(&at.page()).contains("(picture:"), "the draft has it");
    assert_eq!(at.post("messages", &[("body", &own)]).status, 303);
    assert_eq!(at.post("messages", &[("body", &own)]).status, 422, "a letter's picture is that letter's");
}

#[test]
fn s55_a_letter_that_begins_a_conversation_takes_pictures_too_also_without_scripts() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let number = mailbox(&desk).id.to_string();
    let new = "/conversations/new";
    let page = desk.get(&petra, &format!("{new}?channel={number}")).body;
    assert!(
        page.contains("data-rich") && page.contains("class=\"marks\"") && page.contains("MB in all"),
        "{page}"
    );
    assert!(!page.contains("name=\"picture\""), "nothing is offered before it is allowed");
    allows(&desk);
    let fields = [
        ("channel", number.as_str()),
        ("to", "ana@example.org"),
        ("subject", "Your <lamp>"),
        ("body", "Turn it **round**:"),
    ];
    let act = [&fields[..], &[("act", "picture")]].concat();
    let large = upload(&desk, &petra, new, &act, &png(20_000, 30));
    assert_eq!(large.status, 422);
    let error = large.body.split("id=\"f-body-error\">").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(error.contains("may be 15 kB at most") && large.body.contains("Turn it **round**:"), "{error}");
    let put = upload(&desk, &petra, new, &act, &png(900, 30));
    assert_eq!(put.status, 200);
    assert!(
        put.body.contains("Your &lt;lamp&gt;") && put.body.contains("Turn it **round**:\n\n![a "),
        "{}",
        put.body
    );
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), 0, "nothing has begun");
    let key = put.body.split("(picture:").nth(1).unwrap().split(')').next().unwrap().to_owned();
    let body = format!("Turn it **round**:\n\n![lamp](picture:{key})");
    let sent = desk.post(&petra, new, &[&fields[..3], &[("body", &body)]].concat());
    assert_eq!(sent.status, 303, "{}", sent.body);
    let id = sent.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let html = desk.said(id).pop().unwrap().html.unwrap();
    assert!(html.contains(&format!("https://desk.example/pictures/{key}/")), "{html}");
    // On other channels the page is as plain as it was.
    let sms = desk.connects(transom::domain::channel::Kind::Sms, "Text line").id;
    let page = desk.get(&petra, &format!("{new}?channel={sms}")).body;
    assert!(!page.contains("data-rich") && !page.contains("name=\"picture\""), "{page}");
}
