//! Files that others send: what they claim to be, how they are called, and what they become when they are opened.

use super::upload;
use crate::mail::letter;
use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::story::KIM;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::jobs::inbound;
use transom::web::http::{Method, Request};

/// Bytes that a browser would run, if it were told that they are what they are.
const ACTIVE: [(&str, &[u8]); 8] = [
    ("a.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>"),
    ("a.html", b"<!DOCTYPE html><html><script>alert(document.domain)</script></html>"),
    ("a.htm", b"<script>alert(1)</script>"),
    ("a.xhtml", b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><script>alert(1)</script></html>"),
    ("a.xml", b"<?xml version=\"1.0\"?><?xml-stylesheet type=\"text/xsl\" href=\"#x\"?><x xmlns:a=\"http://www.w3.org/1999/xhtml\"><a:script>alert(1)</a:script></x>"),
    ("a.mhtml", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n--b--"),
    ("a.pdf", b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
    ("a.swf", b"CWS\x0a alert(1)"),
];

/// How the type of a picture was spelt to get past a check of words.
const CLAIMS: [&str; 14] = [
    "image/svg+xml",
    "image/svg+xml; x",
    "image/svg+xml;charset=utf-8",
    "IMAGE/SVG+XML",
    "image/png",
    "image/png, text/html",
    "image/png;text/html",
    "text/html",
    "text/html; charset=utf-7",
    "application/xhtml+xml",
    "text/xml",
    "image/*",
    "",
    "x\u{0}/html",
];

/// CVE-2026-111168 (libredesk), CVE-2021-3741 (Chatwoot), CVE-2020-10103, CVE-2017-5620 (Zammad), CVE-2019-14748,
/// CVE-2017-15580, CVE-2022-32074 (osTicket), CVE-2016-6127, CVE-2022-25802 (RT), CVE-2012-4751 (OTRS): a file ran in our
/// place because of what it said of itself.
#[test]
fn cve_2026_111168_a_file_never_runs_whatever_it_says_of_itself() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    connect(&desk, Kind::Email, &[("address", "help@desk.example"), ("hook_secret", "open")]);
    let mut sent = 0;
    for (name, bytes) in ACTIVE {
        for (number, claim) in CLAIMS.iter().enumerate() {
            let head =
                ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=frontier", "Subject: Look"];
            let file = format!(
                "--frontier\r\nContent-Type: text/plain\r\n\r\nLook\r\n--frontier\r\nContent-Type: {claim}; name=\"{name}\"\r\n\
                 Content-Disposition: inline; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--frontier--",
                STANDARD.encode(bytes)
            );
            let text = letter("ana@example.org", &format!("{name}{number}@x"), &head, &file);
            let request = Request::new(Method::Post, "/hooks/1")
                .with_header("authorization", "Bearer open")
                .with_body("message/rfc822", text);
            assert_eq!(desk.ask(request).status, 200);
            sent += 1;
        }
    }
    inbound::drain(&desk.desk).unwrap();
    let keys: Vec<String> = desk.read(|c| {
        let mut all = c.prepare("SELECT key FROM attachment WHERE state = 'stored'")?;
        Ok(all.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    });
    assert!(keys.len() * 10 >= sent * 8, "{} of {sent} files came", keys.len());
    for key in keys {
        for query in ["", "?download=0", "?inline=1"] {
            let page = desk.get(&ada, &format!("/attachments/{key}{query}"));
            assert_eq!(page.status, 200);
            let kind = page.header("content-type").unwrap();
            assert!(!["html", "svg", "xml", "script"].iter().any(|word| kind.contains(word)), "{kind}");
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(page.header("content-security-policy"), Some("default-src 'none'; sandbox"));
            assert!(page.header("content-disposition").unwrap().starts_with("attachment"), "{kind}");
        }
    }
}

/// The names of the files beside the desk's.
fn listing(desk: &TestDesk) -> Vec<String> {
    let all = std::fs::read_dir(desk.folder.path()).unwrap();
    all.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// CVE-2026-27636, CVE-2026-28289, CVE-2025-48488, CVE-2025-48471 (FreeScout), CVE-2024-32491 (Znuny), CVE-2011-1688 (RT),
/// CVE-2026-41193: the name of a file became a path, a setting of the web server, or a line of a head.
#[test]
fn cve_2026_27636_the_name_of_a_file_is_no_path_and_no_line() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let mail = desk.connects(Kind::Email, "Post");
    let thread = desk.says(&mail, KIM, "Good day");
    let program = desk.token_of(ada.id);
    let long = "x".repeat(4096);
    let names = [
        ".htaccess",
        "\u{200b}.htaccess",
        ".\u{feff}htaccess",
        "../../../../etc/cron.d/x",
        "..\\..\\windows\\x.dll",
        "/etc/passwd",
        "C:\\x",
        "a\0.png",
        "a\r\nSet-Cookie: transom=planted\r\n\r\n<script>alert(1)</script>",
        "a\"; filename=\"evil.exe",
        "photo\u{202e}gnp.exe",
        "CON",
        "a.pht",
        "%2e%2e%2fx",
        "\u{2028}x",
        "",
        ".",
        "..",
        &long,
    ];
    let before = listing(&desk);
    for name in names {
        let target = format!("/conversations/{thread}/messages");
        let wanted =
            serde_json::json!({ "body": "x", "attachments": [{ "name": name, "content": "iVBORw0KGgo=" }] });
        let told = desk.api_post(&program, &target, wanted);
        assert!(told.status < 500, "{name:?}: {told:?}");
        let page = upload(&desk, &ada, &target, &[("body", "x")], (name, "image/png", b"\x89PNG\r\n\x1a\nx"));
        assert!(page.status < 500, "{name:?}: {}", page.status);
    }
    let keys: Vec<(String, String)> = desk.read(|c| {
        let mut all = c.prepare("SELECT key, name FROM attachment WHERE state = 'stored'")?;
        Ok(all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    });
    assert!(keys.len() >= names.len(), "{}", keys.len());
    for (key, name) in keys {
        let page = desk.get(&ada, &format!("/attachments/{key}?download=1"));
        let line = page.header("content-disposition").unwrap();
        assert!(line.is_ascii() && !line.contains(['\r', '\n', '\0', '/', '\\']), "{name:?}: {line}");
        assert_eq!(line.matches("filename=").count(), 1, "{line}");
        assert!(line.starts_with("attachment; filename=\"") && line.matches('"').count() == 2, "{line}");
        assert_eq!(page.header("set-cookie"), None);
        assert!(name.chars().count() <= 255 && !name.contains(['\r', '\n', '\0']), "{name:?}");
    }
    let extra: Vec<String> = listing(&desk).into_iter().filter(|name| !before.contains(name)).collect();
    assert!(extra.iter().all(|name| name.starts_with("transom.db")), "written outside the file: {extra:?}");
}

/// RUSTSEC-2025-0168, GHSA-9ph7, GHSA-858x (FreeScout): what is small on the line and large once it is unpacked, and names of
/// files in an address.
#[test]
fn ghsa_9ph7_no_address_reads_a_file_of_the_machine() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    for base in [
        "/static/",
        "/static/icons/",
        "/settings/copies/",
        "/attachments/",
        "/faces/",
        "/chat/x/files/",
        "/settings/",
    ] {
        for path in [
            "../transom.key",
            "..%2ftransom.key",
            "%2e%2e/%2e%2e/etc/passwd",
            "....//....//etc/passwd",
            "..%5c..%5cetc%5cpasswd",
            "%00../etc/passwd",
            "/etc/passwd",
            "file:///etc/passwd",
            "..%c0%af..%c0%afetc/passwd",
            "app.css%00.png",
        ] {
            for page in [
                desk.get(&ada, &format!("{base}{path}")),
                desk.ask(Request::new(Method::Get, &format!("{base}{path}"))),
            ] {
                assert!([303, 400, 404, 405].contains(&page.status), "{base}{path}: {}", page.status);
                assert!(!page.body.contains("root:"), "{base}{path}");
            }
        }
    }
}
