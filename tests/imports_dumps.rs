//! Imports from dumps of databases: they bring the same as the APIs, so that either may follow the other. The dumps of
//! `tests/data/dumps` were written by `pg_dump` from databases with the tables that are read.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::imports_elsewhere::{chatwoot, desk, number, read, told, whole};
use crate::support::elsewhere::{Chatwoot, Libredesk, PICTURE};
use crate::support::process::{complained, run, transom};
use crate::support::provider::Say;

const CHATWOOT: &str = include_str!("data/dumps/chatwoot.sql");
const LIBREDESK: &str = include_str!("data/dumps/libredesk.sql");

/// A file in the folder, as text.
fn written(folder: &Path, name: &str, content: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Where the disk service of the dumped Chatwoot keeps the file.
fn disk(folder: &Path) -> String {
    written(folder, "storage/xt/ap/xtapjjcjiudrlk3tmwyjgpuobabd", PICTURE);
    folder.join("storage").to_str().unwrap().to_owned()
}

fn of_chatwoot<'a>(dump: &'a str, url: &'a str, db: &'a str) -> Vec<&'a str> {
    vec!["import", "chatwoot-dump", dump, "--url", url, "--account", "3", "--json", "--db", db]
}

/// What differs, in words.
fn differences(report: &Value) -> String {
    report["differences"].to_string()
}

#[test]
fn a_dump_of_a_chatwoot_brings_what_its_api_brings_and_each_knows_what_the_other_brought() {
    let folder = tempfile::tempdir().unwrap();
    let there = Chatwoot::new();
    let (db, straight) = (desk(&made(folder.path(), "one")), desk(&made(folder.path(), "other")));
    told(&chatwoot(&there, &straight));
    let dump = written(folder.path(), "chatwoot.sql", CHATWOOT.as_bytes());
    let files = disk(folder.path());
    let mut words = of_chatwoot(&dump, &there.server.url, &db);
    words.extend(["--files", &files]);
    let asked = there.server.seen().len();
    let first = told(&words);
    assert_eq!(there.server.seen().len(), asked, "an import from a dump asked somebody");
    for (kind, new) in
        [("channels", 3), ("contacts", 3), ("conversations", 3), ("messages", 11), ("files", 1)]
    {
        assert_eq!(first[kind]["new"], new, "{kind}: {first}");
    }
    assert_eq!((&first["complete"], &first["differences"]), (&json!(true), &json!([])), "{first}");
    assert_eq!(whole(&db), whole(&straight));
    assert_eq!(people(&db), people(&straight));
    for again in [told(&words), told(&chatwoot(&there, &db))] {
        let new = ["channels", "contacts", "conversations", "messages", "files"]
            .map(|kind| again[kind]["new"].clone());
        assert_eq!(new, [0, 0, 0, 0, 0].map(|none| json!(none)), "{again}");
        assert_eq!(again["complete"], true, "{again}");
    }
    assert_eq!(whole(&db), whole(&straight));
    // And the other way round.
    let mut words = of_chatwoot(&dump, &there.server.url, &straight);
    words.extend(["--files", &files]);
    assert_eq!(
        (&told(&words)["messages"]["new"], number(&straight, "SELECT count(*) FROM contact")),
        (&json!(0), 3)
    );
    assert!(run(&["check", &db]).status.success());
}

fn made(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Everybody, with what is known of them and how the conversations are labelled.
fn people(db: &str) -> Value {
    read(
        db,
        "SELECT json_group_array(json_array(c.name, c.created_at / 1000,
             (SELECT json_group_array(a.kind || a.value ORDER BY a.kind) FROM address a WHERE a.contact_id = c.id),
             (SELECT json_group_array(f.name || w.value ORDER BY f.id) FROM field_value w JOIN field f
              ON f.id = w.field_id WHERE w.contact_id = c.id),
             (SELECT json_group_array(t.name ORDER BY t.name) FROM conversation v JOIN conversation_tag x
              ON x.conversation_id = v.id JOIN tag t ON t.id = x.tag_id WHERE v.contact_id = c.id),
             (SELECT json_group_array(json_array(v.subject, v.priority, v.assignee_id, v.snoozed_until))
              FROM conversation v WHERE v.contact_id = c.id)))
         FROM (SELECT * FROM contact ORDER BY name) c",
    )
}

#[test]
fn an_import_over_the_api_that_broke_is_completed_from_a_dump() {
    let folder = tempfile::tempdir().unwrap();
    let (db, straight) = (desk(&made(folder.path(), "one")), desk(&made(folder.path(), "other")));
    told(&chatwoot(&Chatwoot::new(), &straight));
    let there = Chatwoot::new();
    there.server.say("/conversations/7/messages?after=102", &[Say::Answer(401, "{}".to_owned())]);
    assert_eq!(run(&chatwoot(&there, &db)).status.code(), Some(1));
    assert_eq!(number(&db, "SELECT count(*) FROM message"), 3);
    let dump = written(folder.path(), "chatwoot.sql", CHATWOOT.as_bytes());
    let files = disk(folder.path());
    let mut words = of_chatwoot(&dump, &there.server.url, &db);
    words.extend(["--files", &files]);
    let done = told(&words);
    assert_eq!((&done["complete"], &done["messages"]["known"]), (&json!(true), &json!(3)), "{done}");
    assert_eq!(whole(&db), whole(&straight));
}

/// Wherever it was killed, the same command goes on, and what is there already is not taken again.
#[test]
fn an_import_from_a_dump_that_is_killed_again_and_again_is_completed_by_the_same_command() {
    let folder = tempfile::tempdir().unwrap();
    let (db, straight) = (desk(&made(folder.path(), "one")), desk(&made(folder.path(), "other")));
    let dump = written(folder.path(), "chatwoot.sql", CHATWOOT.as_bytes());
    let files = disk(folder.path());
    let words = |db| {
        let mut words = of_chatwoot(&dump, "https://chat.example.org", db);
        words.extend(["--files", files.as_str()]);
        words
    };
    let begun = Instant::now();
    told(&words(straight.as_str()));
    let took = begun.elapsed();
    let mut killed = 0;
    for part in 1..=12 {
        let mut command = transom(&words(&db));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(took * part / 13);
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
    }
    assert!(killed > 0, "none was killed while it worked");
    assert_eq!(told(&words(&db))["complete"], true);
    assert_eq!(whole(&db), whole(&straight));
    assert!(run(&["check", &db]).status.success());
}

#[test]
fn files_that_no_folder_holds_are_named_and_come_with_the_same_command_later() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let dump = written(folder.path(), "chatwoot.sql", CHATWOOT.as_bytes());
    let words = of_chatwoot(&dump, "https://desk.example.org", &db);
    let first = told(&words);
    assert_eq!((&first["files"]["left_out"], &first["complete"]), (&json!(1), &json!(false)), "{first}");
    assert!(differences(&first).contains("--files FOLDER"), "{first}");
    let mut words = words;
    let files = disk(folder.path());
    words.extend(["--files", &files]);
    let second = told(&words);
    assert_eq!((&second["files"]["new"], &second["complete"]), (&json!(1), &json!(true)), "{second}");
    let file = read(&db, "SELECT json_array(name, media_type, state, size) FROM attachment");
    assert_eq!(file, json!(["a photo.png", "image/png", "stored", PICTURE.len()]));
}

#[test]
fn a_dump_of_a_libredesk_brings_what_its_api_brings_packed_or_piped() {
    let folder = tempfile::tempdir().unwrap();
    let there = Libredesk::new();
    let url = &there.server.url;
    let (db, straight) = (desk(&made(folder.path(), "one")), desk(&made(folder.path(), "other")));
    let over = |db| {
        told(&["import", "libredesk", "--url", url, "--key", "key", "--secret", "word", "--json", "--db", db])
    };
    over(&straight);
    written(folder.path(), "uploads/f-1", PICTURE);
    let files = folder.path().join("uploads").to_str().unwrap().to_owned();
    let packed = written(folder.path(), "libredesk.sql.gz", &gzip(LIBREDESK.as_bytes()));
    let rest = ["--url", url, "--files", &files, "--json", "--db", &db];
    let first = told(&[&["import", "libredesk-dump", &packed], &rest[..]].concat());
    assert_eq!((&first["complete"], &first["messages"]["new"]), (&json!(true), &json!(5)), "{first}");
    assert_eq!((whole(&db), people(&db)), (whole(&straight), people(&straight)));
    let again = over(&db);
    assert_eq!(
        (&again["messages"]["new"], &again["conversations"]["known"]),
        (&json!(0), &json!(2)),
        "{again}"
    );

    let plain = written(folder.path(), "libredesk.sql", LIBREDESK.as_bytes());
    let mut command = transom(&[&["import", "libredesk-dump", "-"], &rest[..]].concat());
    let piped = command.stdin(Stdio::from(std::fs::File::open(plain).unwrap())).output().unwrap();
    assert!(piped.status.success(), "{}", complained(&piped));
    let piped: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!((&piped["complete"], &piped["messages"]["new"]), (&json!(true), &json!(0)), "{piped}");
    assert_eq!(whole(&db), whole(&straight));
    // Where it was, its own settings say.
    let third = desk(&made(folder.path(), "third"));
    told(&["import", "libredesk-dump", &packed, "--json", "--db", &third]);
    let named =
        "SELECT count(DISTINCT source) FROM imported WHERE source = 'libredesk https://desk.example.org'";
    assert_eq!(number(&third, named), 1);
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_no_whole_dump_of_this_program_is_refused_with_the_way_out_and_nothing_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    let place = tempfile::tempdir().unwrap();
    let refused = |name: &str, content: &[u8], wanted: &[&str]| {
        let path = written(place.path(), name, content);
        let output = run(&of_chatwoot(&path, "https://desk.example.org", &db));
        let said = complained(&output);
        assert_ne!(output.status.code(), Some(0), "{name}");
        for word in wanted {
            assert!(said.contains(word), "{name}: {word:?} is not in: {said}");
        }
    };
    let text = CHATWOOT;
    let at = |words: &str| text.find(words).unwrap();
    refused(
        "cut in a row",
        &text.as_bytes()[..at("On its way") + 4],
        &["breaks off in the table messages", "line"],
    );
    let end = at("-- PostgreSQL database dump complete");
    refused("cut at the end", &text.as_bytes()[..end], &["breaks off before its end", "pg_dump"]);
    let packed = gzip(text.as_bytes());
    refused("cut.gz", &packed[..packed.len() / 2], &["cannot be read to its end"]);
    refused("custom", b"PGDMP\x01\x0e\x00", &["custom format", "pg_restore -f - ", "import chatwoot-dump -"]);
    refused("tar", &[&[0; 257][..], b"ustar"].concat(), &["tar", "pg_restore -f - "]);
    refused("zstd", b"\x28\xb5\x2f\xfd rest", &["zstd -dc"]);
    refused("utf-16", b"\xff\xfe-\0-\0", &["UTF-16", "pg_dump -E UTF8 -f"]);
    refused("empty", b"", &["is empty"]);
    refused("letter", b"Dear all,\n\nno dump.\n", &["is no dump of a PostgreSQL database"]);
    refused(
        "libredesk",
        LIBREDESK.as_bytes(),
        &["no dump of Chatwoot", "one of Libredesk: transom import libredesk-dump"],
    );
    let other = text.replace("SET client_encoding = 'UTF8'", "SET client_encoding = 'LATIN1'");
    refused("latin", other.as_bytes(), &["LATIN1", "-E UTF8"]);
    refused("twice", format!("{text}{text}").as_bytes(), &["several databases"]);
    let short = text.replace("Olga\tOlga@example.com", "Olga");
    refused("damaged", short.as_bytes(), &["is damaged", "columns where users has 4"]);
    let lines = || text.lines().filter(|line| line.starts_with("--") || line.starts_with("CREATE"));
    let bare = lines().collect::<Vec<_>>().join("\n") + "\n";
    refused("schema", bare.as_bytes(), &["lacks the rows of", "pg_dump -f FILE"]);
    refused("inserts", format!("INSERT INTO public.users VALUES (1);\n{bare}").as_bytes(), &["--inserts"]);
    let folder_of = made(place.path(), "folder").to_str().unwrap().to_owned();
    let said = complained(&run(&of_chatwoot(&folder_of, "https://desk.example.org", &db)));
    assert!(said.contains("pg_dump -Fd") && said.contains("pg_restore -f - "), "{said}");
    let path = written(place.path(), "whole", text.as_bytes());
    let said =
        complained(&run(&["import", "chatwoot-dump", &path, "--url", "https://x.example", "--db", &db]));
    assert!(said.contains("3 (Shop), 4 (Other people)") && said.contains("--account"), "{said}");
    let said = complained(&run(&["import", "chatwoot-dump", &path, "--db", &db]));
    assert!(said.contains("--url"), "{said}");
    assert_eq!(number(&db, "SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM channel)"), 0);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        before,
        "something was left beside the desk"
    );
}
