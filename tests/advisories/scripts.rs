//! Stored scripts: whatever text stands in the file, no page of ours gives it to a browser as anything but text.

use super::scan::runs;
use crate::mail::{Post, letter};
use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::{ANA, KIM, OSCAR};
use serde_json::json;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::web::http::{Method, Request};
use transom::web::routes::{self, Guard};

/// Texts that end an element, an attribute, a script or a comment, and those of the advisories.
const TEXTS: [&str; 9] = [
    "\"><svg onload=alert(1)>",
    "'><script>alert(document.domain)</script>",
    "</title></textarea></script><img src=x onerror=alert(1)>",
    "--><iframe srcdoc='<script>alert(1)</script>'>",
    "\" autofocus onfocus=alert(1) x=\"",
    "javascript:alert(1)//",
    "https://evil.example/\"onmouseover=\"alert(1)'onmouseover='alert(1)&quot;onmouseover=&quot;alert(1) www.evil.example/\"x",
    "{{constructor.constructor('alert(1)')()}}<a href=\"jav\tascript:alert(1)\">x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
];

/// What people typed and others sent, by table. A column that a new feature shows belongs here.
const COLUMNS: [(&str, &str); 31] = [
    ("agent", "name"),
    ("session", "user_agent"),
    ("api_token", "name"),
    ("queue", "name"),
    ("profile", "name"),
    ("idle_reason", "name"),
    ("channel", "name"),
    ("channel", "problem"),
    ("template", "name"),
    ("template", "category"),
    ("template", "body"),
    ("template", "reason"),
    ("contact", "name"),
    ("address", "value"),
    ("conversation", "subject"),
    ("conversation", "snippet"),
    ("tag", "name"),
    ("saved_view", "name"),
    ("wrapup_reason", "name"),
    ("message", "body"),
    ("attachment", "name"),
    ("contact", "about"),
    ("field", "name"),
    ("segment", "name"),
    ("announcement", "text"),
    ("workflow", "name"),
    ("restricted_word", "text"),
    ("later", "body"),
    ("webhook", "url"),
    ("webhook_answer", "detail"),
    ("copy", "wrong"),
];

/// The same in tables whose rows have no number.
const UNNUMBERED: [(&str, &str); 4] =
    [("field_value", "value"), ("blocked_sender", "sender"), ("picture_sender", "sender"), ("draft", "body")];

/// What takes a while to come about by itself.
const FURTHER: &str = "
    INSERT INTO profile (name, blend, capacity, created_at) SELECT 'Care', blend, capacity, 0 FROM profile LIMIT 1;
    INSERT OR IGNORE INTO idle_reason (name, created_at) VALUES ('Break', 0);
    INSERT INTO field (name, kind, created_at) VALUES ('Tariff', 'text', 0);
    INSERT INTO field_value (contact_id, field_id, value) VALUES (1, 1, 'gold');
    INSERT INTO announcement (text, audience, starts_at, by_id, begun, created_at) VALUES ('News', 'all', 0, 1, 1, 0);
    INSERT INTO restricted_word (text, key, held, created_at) VALUES ('gold bar', 'gold bar', 'both', 0);
    INSERT INTO blocked_sender (sender, agent_id, at) VALUES ('spam@example.org', 1, 0);
    INSERT INTO picture_sender (sender, agent_id, created_at) VALUES ('kim@example.org', 1, 0);
    INSERT INTO draft (agent_id, conversation_id, kind, body, updated_at) VALUES (1, 1, 'reply', 'Half a thought', 0);
    INSERT INTO later (conversation_id, agent_id, body, choice, episode, key, created_at) VALUES (1, 1, 'Soon', 1, 1, 'k', 0);
    INSERT INTO webhook_answer (webhook_id, event_id, at, status, detail) SELECT id, 1, 0, 500, 'odd' FROM webhook;
    INSERT INTO copy (at, name, bytes, wrong) VALUES (0, 'a.db', 1, 'odd')";

/// A desk on which there is one of everything.
pub(super) fn furnished() -> (TestDesk, Person) {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    desk.set_password("ada@example.org", "a quiet harbour at dawn");
    let whatsapp = desk.connects(Kind::Whatsapp, "Shop");
    let mail = desk.connects(Kind::Email, "Post");
    let sms = desk.connects(Kind::Sms, "Texts");
    let one = desk.says(&whatsapp, ANA, "Hello");
    let second = desk.says(&mail, KIM, "Good day");
    desk.says(&sms, OSCAR, "Hi");
    desk.template(Some(&whatsapp), "order", "Your order {{1}}");
    desk.template(None, "thanks", "Thank you, {{contact.name}}");
    desk.answers(&ada, one, "Good day to you");
    let program = desk.token_of(ada.id);
    let id = one.get();
    for (path, body) in [
        ("/tags", json!({ "name": "VIP", "colour": "blue" })),
        ("/queues", json!({ "name": "Sales", "members": [] })),
        ("/wrapup-reasons", json!({ "name": "Solved" })),
        ("/segments", json!({ "name": "Not blocked", "rules": ["!blocked"] })),
        ("/webhooks", json!({ "url": "https://example.org/hook", "kinds": ["message.received"] })),
        (&format!("/conversations/{id}/tags"), json!({ "name": "VIP" })),
        (&format!("/conversations/{id}/messages"), json!({ "kind": "note", "body": "A note" })),
        (
            &format!("/conversations/{second}/messages"),
            json!({ "body": "x", "attachments": [{ "name": "a.txt", "content": "aGVsbG8=" }] }),
        ),
    ] {
        let told = desk.api_post(&program, path, body);
        assert!(told.status < 300, "{path}: {told:?}");
    }
    let view = [
        ("name", "Mine"),
        ("join.0", "all"),
        ("field.0.0", "status"),
        ("is.0.0", "is"),
        ("value.0.0", "open"),
    ];
    desk.post(&ada, "/views/new", &view);
    assert_eq!(desk.post(&ada, "/settings/workflows", &[("name", "Hours")]).status, 303);
    desk.write(|tx| Ok(tx.execute_batch(FURTHER)?));
    (desk, ada)
}

/// Every page that people see, with what is really there in its gaps.
pub(super) fn pages(desk: &TestDesk) -> Vec<String> {
    let file: String =
        desk.read(|c| Ok(c.query_row("SELECT key FROM attachment LIMIT 1", [], |row| row.get(0))?));
    let mut all = Vec::new();
    for route in routes::all().filter(|route| route.method == Method::Get) {
        if !matches!(route.guard, Guard::Role(_) | Guard::Public) {
            continue;
        }
        for id in 1..=3 {
            let id = id.to_string();
            let path =
                [("{id}", &*id), ("{key}", &*file), ("{file}", "0"), ("{other}", "2"), ("{channel}", "1")]
                    .iter()
                    .fold(route.path.to_owned(), |path, (gap, value)| path.replace(gap, value));
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all.extend(
        ["/inbox?view=all", "/inbox?view=all&c=1", "/search?q=alert", "/contacts?q=alert"].map(str::to_owned),
    );
    all
}

/// CVE-2018-1000154, CVE-2019-1010018 (Zammad), CVE-2022-0526, CVE-2022-1022 (Chatwoot), CVE-2019-14750 (osTicket),
/// CVE-2026-50591 (Znuny): texts that people and customers gave were shown raw somewhere. Here they stand in the file
/// itself, past every check of a form.
#[test]
fn cve_2018_1000154_no_text_of_the_file_runs_on_any_page() {
    let (desk, ada) = furnished();
    let targets = pages(&desk);
    let mut shown = 0;
    for text in TEXTS {
        desk.write(move |tx| {
            for (table, column) in COLUMNS {
                // The number keeps names apart that must differ.
                tx.execute(&format!("UPDATE {table} SET {column} = ?1 || rowid"), [text])?;
            }
            for (table, column) in UNNUMBERED {
                tx.execute(&format!("UPDATE {table} SET {column} = ?1"), [text])?;
            }
            tx.execute("INSERT OR REPLACE INTO setting (key, value) VALUES ('team', ?1)", [text])?;
            Ok(())
        });
        for target in &targets {
            let page = desk.get(&ada, target);
            assert!(page.status < 500, "{target} with {text}: {}", page.status);
            if page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                assert_eq!(runs(&page.body), Vec::<String>::new(), "{target} with {text}");
                shown += usize::from(page.body.contains("alert(1)") || page.body.contains("document.domain"));
            }
        }
    }
    assert!(shown > 150, "the texts were hardly shown: {shown}");
}

/// CVE-2026-32754, CVE-2024-34697, GHSA-jpq8 (FreeScout), CVE-2021-21441, CVE-2010-4071 (OTRS), CVE-2025-68927
/// (libredesk): HTML of a mail was printed raw, on the page, in its frame, in print and in the answer that quotes it.
#[test]
fn cve_2026_32754_html_of_a_mail_is_harmless_wherever_it_is_shown() {
    let mails = [
        "<img src=x onerror=alert(1)>",
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
        "<svg><set attributeName=href to=javascript:alert(1)></svg>",
        "<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>",
        "<form action=https://e.example><input name=password><button formaction=javascript:alert(1)>x</button></form>",
        "<a href=\" \u{1}javascript:alert(1)\">a</a><a href=\"java&Tab;script:alert(1)\">b</a>",
        "<style>@import 'https://e.example/x';body{background:url(javascript:alert(1))}</style>",
        "<base href=https://e.example/><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<iframe src=javascript:alert(1)></iframe><object data=data:text/html,x></object>",
        "<div><form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<p style=\"position:fixed;inset:0;z-index:9999\">covers the page</p>",
    ];
    for (number, html) in mails.iter().enumerate() {
        let post = Post::new();
        let ada = post.desk.person("Ada", Role::Admin);
        let more = [
            "Subject: <script>alert(1)</script>",
            "MIME-Version: 1.0",
            "Content-Type: text/html; charset=utf-8",
        ];
        let from = "\"<svg onload=alert(1)>\" <ana@example.org>";
        let came = post.comes(&letter(from, &format!("m{number}@x"), &more, html)).unwrap();
        let (id, thread) = (came.id, came.conversation);
        for target in [
            "/inbox?view=all".to_owned(),
            format!("/conversations/{thread}"),
            format!("/conversations/{thread}/original"),
            format!("/conversations/{thread}/parts"),
            format!("/messages/{id}/mail"),
            format!("/messages/{id}/mail?pictures=1&ground=dark"),
            format!("/messages/{id}/original"),
            "/search?q=alert".to_owned(),
        ] {
            let page = post.desk.get(&ada, &target);
            assert!(page.status < 500, "{target}");
            assert_eq!(runs(&page.body), Vec::<String>::new(), "{target} with {html}");
            assert!(!page.body.contains("style=\"position:fixed"), "{target} with {html}");
        }
        let frame = post.desk.get(&ada, &format!("/messages/{id}/mail"));
        let policy = frame.header("content-security-policy").unwrap();
        assert!(policy.contains("sandbox") && !policy.contains("allow-scripts"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'none'"), "{policy}");
        let raw = post.desk.get(&ada, &format!("/messages/{id}/letter"));
        assert!(raw.status == 404 || raw.header("content-disposition").unwrap().starts_with("attachment"));
    }
}

/// CVE-2024-55224 (Vaultwarden), CVE-2026-107393 (FreeScout): what a stranger claimed of himself (a name, an address, a
/// browser) stood as HTML where administrators read it.
#[test]
fn cve_2026_107393_what_a_stranger_claims_of_himself_is_text_in_the_log() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    desk.set_password("ada@example.org", "a quiet harbour at dawn");
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", "<script>alert(1)</script>@example.org"), ("password", "wrong wrong wrong")])
        .finish();
    let claims =
        ["cf-connecting-ip", "x-forwarded-for", "x-real-ip", "true-client-ip", "forwarded", "user-agent"];
    let mut request =
        Request::new(Method::Post, "/login").with_body("application/x-www-form-urlencoded", body);
    for claim in claims {
        request = request.with_header(claim, "<img src=x onerror=alert(1)>");
    }
    assert_eq!(desk.ask(request).status, 422);
    let enter = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", "ada@example.org"), ("password", "a quiet harbour at dawn")])
        .finish();
    let entered = Request::new(Method::Post, "/login")
        .with_header("user-agent", "<img src=x onerror=alert(1)>")
        .with_header("x-forwarded-for", "<img src=x onerror=alert(1)>")
        .with_body("application/x-www-form-urlencoded", enter);
    assert_eq!(desk.ask(entered).status, 303);
    for target in
        ["/settings/audit", "/settings/profile", "/settings/people/1", "/settings/status", "/settings/intake"]
    {
        let page = desk.get(&ada, target);
        assert_eq!(page.status, 200, "{target}");
        assert_eq!(runs(&page.body), Vec::<String>::new(), "{target}");
    }
    let peers = desk.count("SELECT count(*) FROM session WHERE peer LIKE '%<%'");
    assert_eq!(peers, 0, "only the connection says where somebody is");
}

/// CVE-2026-21483 (listmonk), GHSA-q3fh, GHSA-fffc, CVE-2025-48483 (FreeScout): a colleague's own HTML, in a signature, a
/// saved reply or an automatic answer, ran with the rights of whoever looked at it.
#[test]
fn cve_2026_21483_what_colleagues_write_is_cleaned_like_what_strangers_write() {
    let post = Post::new();
    let (eva, ada) = (post.desk.person("Eva", Role::Agent), post.desk.person("Ada", Role::Admin));
    let came = post.comes(&letter("ana@example.org", "a@x", &["Subject: Lamp"], "Broken")).unwrap();
    for text in TEXTS {
        let signed = post.desk.post(&eva, "/settings/profile/signature", &[("signature", text)]);
        assert!([303, 422].contains(&signed.status), "{}", signed.status);
        let saved = [("name", "thanks"), ("body", text), ("language", "en")];
        let page = post.desk.post(&ada, "/settings/templates/new", &saved);
        assert_eq!(runs(&page.body), Vec::<String>::new(), "{text}");
        for who in [&eva, &ada] {
            for target in [
                format!("/conversations/{}", came.conversation),
                format!("/conversations/{}?reply=all", came.conversation),
                "/settings/templates".to_owned(),
                "/settings/profile".to_owned(),
                "/settings/writing".to_owned(),
            ] {
                assert_eq!(
                    runs(&post.desk.get(who, &target).body),
                    Vec::<String>::new(),
                    "{target} with {text}"
                );
            }
        }
    }
}

/// CVE-2025-52204 (Znuny), CVE-2022-4271 (osTicket), GHSA-2g42 (FreeScout): what an address says is shown on the page that
/// it leads to, also on the page of an error, and those had no policy.
#[test]
fn cve_2025_52204_what_an_address_says_is_text_also_on_the_page_of_an_error() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    for path in [
        "/no/such/<script>alert(1)</script>",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/conversations/%22%3E%3Csvg%20onload=alert(1)%3E",
        "/inbox?view=%22%3E%3Csvg%20onload%3Dalert(1)%3E",
        "/login?next=%22%3E%3Csvg%20onload%3Dalert(1)%3E",
        "/login?next=javascript:alert(1)",
        "/contacts?q=%3C/title%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/invitation/%22%3E%3Csvg%20onload=alert(1)%3E",
        "/chat/%22%3E%3Csvg%20onload=alert(1)%3E",
        "/settings/access?code=%3Cscript%3Ealert(1)%3C/script%3E&state=%22%3E%3Csvg%20onload=alert(1)%3E&error=%3Cimg%20src=x%20onerror=alert(1)%3E",
    ] {
        for page in [desk.get(&ada, path), desk.ask(Request::new(Method::Get, path))] {
            assert!(page.status < 500, "{path}");
            assert_eq!(runs(&page.body), Vec::<String>::new(), "{path}");
            let policy = page.header("content-security-policy").unwrap();
            assert!(!policy.contains("unsafe-inline") && !policy.contains('*'), "{path}: {policy}");
        }
    }
}
