//! An export and the way back: nothing is lost on it, nothing secret leaves, and what was changed is refused.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use transom::cli::export::jsonl;
use transom::store::dump;

use crate::support::process::{complained, run};

const SECRET: &str = "canary-hash-of-a-password";
const LETTER: &[u8] = b"From: ana@example.org\r\nSubject: Hola\r\n\r\nBuenos d\xedas\r\n";

/// A desk with everything that an export treats on its own: files in parts, an empty file, a letter, a deleted row.
fn desk(folder: &Path) -> String {
    let db = folder.join("transom.db").to_str().unwrap().to_owned();
    let words = ["generate", "--conversations", "40", "--messages", "400", "--seed", "7", "--db", &db];
    let made = run(&words);
    assert!(made.status.success(), "{}", complained(&made));
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(LETTER).unwrap();
    let c = rusqlite::Connection::open(&db).unwrap();
    c.execute_batch(&format!(
        "INSERT INTO attachment (id, message_id, name, media_type, size, state, key, created_at) VALUES
             (71, 50, '../../etc/Größe 1.pdf', 'application/pdf', 6, 'stored', 'k1', 5),
             (72, 50, 'empty', 'text/plain', 0, 'stored', 'k2', 5), (99, 50, 'gone', 'text/plain', 0, 'removed', 'k3', 5);
         DELETE FROM attachment WHERE id = 99;
         INSERT INTO attachment_part VALUES (71, 0, x'000102'), (71, 1, x'ff0a0d');
         INSERT INTO mail (message_id, channel_id, identifier, size) VALUES (50, 1, 'a@example.org', 55);
         INSERT OR REPLACE INTO setting (key, value) VALUES ('media_key', '{SECRET}'), ('team', 'Años \"quoted\"');
         UPDATE agent SET password_hash = '{SECRET}'; UPDATE channel SET secrets = CAST('{SECRET}' AS BLOB);
         UPDATE contact SET name = '=HYPERLINK(\"x\")' WHERE id = (SELECT contact_id FROM conversation WHERE id = 1)",
    ))
    .unwrap();
    c.execute("INSERT INTO mail_part VALUES (50, 0, ?1)", [packed.finish().unwrap()]).unwrap();
    db
}

fn said(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", complained(output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn hash(db: &str) -> String {
    said(&run(&["export", "--hash", "--db", db]))
}

/// Every file below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

#[test]
fn an_export_that_is_taken_in_makes_the_same_desk() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let (out, copy) = (folder.path().join("out"), folder.path().join("copy.db"));
    let (out, copy) = (out.to_str().unwrap(), copy.to_str().unwrap());
    let told = said(&run(&["export", out, "--db", &db]));
    assert!(told.contains(&hash(&db)), "{told}");
    for path in below(Path::new(out)) {
        let bytes = std::fs::read(&path).unwrap();
        let there = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!there, "{} holds no secret", path.display());
    }
    assert_eq!(std::fs::read(format!("{out}/letters/0/50.eml")).unwrap(), LETTER);
    let file = std::fs::read(format!("{out}/files/0/71-.._.._etc_Größe_1.pdf")).unwrap();
    assert_eq!(file, b"\x00\x01\x02\xff\x0a\x0d");
    said(&run(&["import", "jsonl", out, "--db", copy]));
    assert_eq!(hash(copy), hash(&db));
    assert!(run(&["check", copy]).status.success(), "counts, references and search are there again");
    let c = rusqlite::Connection::open(copy).unwrap();
    let number = |sql: &str| c.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT count(*) FROM channel WHERE state <> 'disabled' OR secrets IS NOT NULL"), 0);
    assert_eq!(
        number("SELECT seq FROM sqlite_sequence WHERE name = 'attachment'"),
        99,
        "no number is given twice"
    );
    assert_eq!(number("SELECT count(*) FROM agent WHERE password_hash <> ''"), 0);
    let beside = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = beside.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(!left.iter().any(|name| name.contains("unfinished") || name.contains("moment")), "{left:?}");
}

/// The tables that an export carries along, with what lets somebody in.
fn carried(db: &Path) -> Vec<String> {
    let c = transom::store::readers::open(db).unwrap();
    dump::tables(&c, true).unwrap().into_iter().map(|table| table.name).collect()
}

#[test]
fn a_desk_with_something_in_every_table_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let full = crate::upgrade::full(folder.path());
    let before = crate::upgrade::rows(&full);
    let empty: Vec<String> = carried(&full).into_iter().filter(|name| before[name] == 0).collect();
    assert!(empty.is_empty(), "a table without rows proves nothing: {empty:?}");
    assert!(before["notice_count"] > 0, "somebody has a notice that is unseen");
    for credentials in [false, true] {
        let (out, copy) = (
            folder.path().join(format!("out{credentials}")),
            folder.path().join(format!("{credentials}.db")),
        );
        let mut words = vec!["export", out.to_str().unwrap(), "--db", full.to_str().unwrap()];
        words.extend(credentials.then_some("--credentials"));
        said(&run(&words));
        said(&run(&["import", "jsonl", out.to_str().unwrap(), "--db", copy.to_str().unwrap()]));
        assert_eq!(hash(copy.to_str().unwrap()), hash(full.to_str().unwrap()));
        let checked = run(&["check", copy.to_str().unwrap()]);
        assert!(checked.status.success(), "{}", complained(&checked));
        let after = crate::upgrade::rows(&copy);
        for name in carried(&full).into_iter().filter(|name| name != "setting") {
            let lets_in = ["api_token", "recovery_code", "second_factor", "visitor"].contains(&name.as_str());
            let expected = if lets_in && !credentials { 0 } else { before[&name] };
            assert_eq!(after[&name], expected, "{name}");
        }
        assert_eq!(after["notice_count"], before["notice_count"], "kept from the notices");
        assert_eq!(after["session"] + after["half_sign_in"], 0, "who is signed in stays behind");
    }
}

#[test]
fn what_triggers_keep_is_made_anew_and_not_carried() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let c = rusqlite::Connection::open(&db).unwrap();
    let mut statement = c
        .prepare("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '% AFTER INSERT ON %'")
        .unwrap();
    let triggers = statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    // A row that a trigger adds is there before the export's own row comes.
    let added = triggers.filter_map(|sql| {
        let (_, after) = sql.split_once("INSERT INTO ")?;
        Some(after.split_whitespace().next()?.to_owned())
    });
    let kept: std::collections::BTreeSet<String> = added.collect();
    assert!(kept.contains("notice_count") && kept.contains("folder_count"), "{kept:?}");
    let carried = carried(Path::new(&db));
    let both: Vec<_> = kept.iter().filter(|name| carried.contains(name)).collect();
    assert!(both.is_empty(), "{both:?} are kept by triggers: name them in dump::BEHIND");
}

/// An export of an earlier Transom: it holds what is kept from other rows, and knows a column less.
#[test]
fn an_export_of_an_earlier_transom_is_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let full = crate::upgrade::full(folder.path());
    let c = rusqlite::Connection::open(&full).unwrap();
    c.execute_batch("UPDATE notice SET seen_at = 9 WHERE id = (SELECT min(id) FROM notice)").unwrap();
    let mut tables = dump::takeable(&c).unwrap();
    tables.retain(|table| !table.is_credential());
    let reason = tables.iter_mut().find(|table| table.name == "wrapup_reason").unwrap();
    reason.columns.retain(|column| column != "archived_at");
    let out = folder.path().join("out");
    jsonl::write_tables(&c, &out, &tables).unwrap();
    let path = out.join("manifest.json");
    let mut manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    manifest.as_object_mut().unwrap().remove("hashed").unwrap();
    std::fs::write(&path, manifest.to_string()).unwrap();
    let copy = folder.path().join("copy.db");
    said(&run(&["import", "jsonl", out.to_str().unwrap(), "--db", copy.to_str().unwrap()]));
    let counts = |db: &Path| {
        let c = rusqlite::Connection::open(db).unwrap();
        let mut statement =
            c.prepare("SELECT agent_id, kind, unseen FROM notice_count ORDER BY 1, 2").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<(i64, String, i64)>>()
    };
    assert_eq!(counts(&copy), counts(&full), "taken once, not twice");
}

#[test]
fn the_hash_sees_every_change_and_credentials_leave_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let mut seen = vec![hash(&db)];
    for change in [
        "UPDATE message SET body = body || '.' WHERE id = 50",
        "UPDATE attachment_part SET bytes = x'000103' WHERE attachment_id = 71 AND number = 0",
        "DELETE FROM mail_part",
        "DELETE FROM event WHERE id = 2",
        "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'contact'",
    ] {
        rusqlite::Connection::open(&db).unwrap().execute_batch(change).unwrap();
        let now = hash(&db);
        assert!(!seen.contains(&now), "{change}");
        seen.push(now);
    }
    let out = folder.path().join("out");
    said(&run(&["export", out.to_str().unwrap(), "--credentials", "--db", &db]));
    assert!(std::fs::read_to_string(out.join("agent.jsonl")).unwrap().contains(SECRET));
    assert!(!std::fs::read_to_string(out.join("channel.jsonl")).unwrap().contains("secrets"));
}

#[test]
fn an_export_that_was_changed_makes_nothing_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let (out, copy) = (folder.path().join("out"), folder.path().join("copy.db"));
    said(&run(&["export", out.to_str().unwrap(), "--db", &db]));
    assert_eq!(
        run(&["export", out.to_str().unwrap(), "--db", &db]).status.code(),
        Some(1),
        "it never overwrites"
    );
    let words = ["import", "jsonl", out.to_str().unwrap(), "--db", copy.to_str().unwrap()];
    let tags = out.join("contact.jsonl");
    let whole = std::fs::read_to_string(&tags).unwrap();
    for (text, why) in [
        (whole.replacen("\"about\":\"\"", "\"about\":\"?\"", 1), "hash"),
        (whole.replacen("\"about\":", "\"about\\\", x\":", 1), "line 1"),
        (whole[..whole.len() / 2].to_owned(), "line"),
        (String::new(), "not whole"),
    ] {
        std::fs::write(&tags, text).unwrap();
        let refused = run(&words);
        assert_eq!(refused.status.code(), Some(1));
        let sentence = complained(&refused);
        assert!(sentence.contains(why) && sentence.contains("nothing was made"), "{why}: {sentence}");
        assert!(!copy.exists(), "{why}");
    }
    std::fs::write(&tags, whole).unwrap();
    said(&run(&words));
    assert_eq!(run(&words).status.code(), Some(1), "a desk that is there stays as it is");
}

#[test]
fn a_sheet_has_a_row_a_conversation_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let out = folder.path().join("out.csv");
    said(&run(&["export", out.to_str().unwrap(), "--format", "csv", "--db", &db]));
    let mut sheet = csv::Reader::from_path(&out).unwrap();
    let heads: Vec<String> = sheet.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = sheet.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 40);
    let of = |name: &str| heads.iter().position(|head| head == name).unwrap();
    assert_eq!(&rows[0][of("contact")], "'=HYPERLINK(\"x\")");
    let cells = rows.iter().flat_map(|row| row.iter());
    let formulas: Vec<&str> = cells.filter(|cell| cell.starts_with(['=', '+', '-', '@'])).collect();
    assert!(formulas.is_empty(), "{formulas:?}");
    let said: i64 = rows
        .iter()
        .flat_map(|row| {
            ["messages_in", "messages_out", "notes"].map(|name| row[of(name)].parse::<i64>().unwrap())
        })
        .sum();
    assert_eq!(said, 400);
}

/// What docs/querying.md shows runs, and the views have the columns that it names.
#[test]
fn every_example_for_people_who_query_the_file_runs() {
    let folder = tempfile::tempdir().unwrap();
    let c = rusqlite::Connection::open(desk(folder.path())).unwrap();
    // So few generated conversations have all ended.
    c.execute("UPDATE conversation SET status = 'open', snoozed_until = NULL WHERE id = 1", []).unwrap();
    let text = std::fs::read_to_string("docs/querying.md").unwrap();
    let examples: Vec<&str> =
        text.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 6, "{}", examples.len());
    for example in examples {
        let mut statement = c.prepare(example).unwrap_or_else(|fault| panic!("{fault}: {example}"));
        let mut rows = statement.raw_query();
        assert!(
            rows.next().unwrap_or_else(|fault| panic!("{fault}: {example}")).is_some(),
            "nothing: {example}"
        );
    }
    for view in ["v_contacts", "v_conversations", "v_messages", "v_events"] {
        let statement = c.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let named = statement.column_names().collect::<Vec<_>>().join("`, `");
        assert!(text.contains(&format!("| `{view}` | `{named}` |")), "{view}: `{named}`");
    }
}
