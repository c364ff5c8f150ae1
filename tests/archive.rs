//! Exports for people without a Transom: pages that need no server, and letters for mail programs.

use std::path::{Path, PathBuf};

use crate::support::process::{complained, run};

const NAME: &str = "<img src=x onerror=alert(1)> & \"Ana\"";
const LETTER: &[u8] =
    b"From: ana@example.org\r\nSubject: Hola\r\n\r\nFrom here to there\r\n>From that\r\nBuenos d\xedas\r\n";

fn desk(folder: &Path) -> String {
    use std::io::Write as _;
    let db = folder.join("transom.db").to_str().unwrap().to_owned();
    let made = run(&["generate", "--conversations", "60", "--messages", "400", "--seed", "3", "--db", &db]);
    assert!(made.status.success(), "{}", complained(&made));
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(LETTER).unwrap();
    let c = rusqlite::Connection::open(&db).unwrap();
    c.execute("UPDATE contact SET name = ?1 WHERE id = 1", [NAME]).unwrap();
    c.execute_batch(
        "UPDATE message SET body = '<script src=\"https://evil.example/x.js\"></script> Zebrañas 象牙お願い',
             extra = '{\"mail\":{\"identifier\":\"a@example.org\"}}'
         WHERE id = (SELECT min(id) FROM message WHERE kind = 'inbound');
         INSERT INTO mail (message_id, channel_id, identifier)
             SELECT min(id), 1, 'a@example.org' FROM message WHERE kind = 'inbound';
         INSERT INTO attachment (id, message_id, name, media_type, size, state, key, created_at)
             SELECT 9001, min(id), '../../index \"1\".html', 'text/html', 3, 'stored', 'k1', 5 FROM message WHERE kind = 'inbound';
         INSERT INTO attachment_part VALUES (9001, 0, x'616263');
         UPDATE conversation SET subject = 'one' || char(10) || 'Bcc: everybody@example.org' WHERE id = 2",
    )
    .unwrap();
    let first = "INSERT INTO mail_part SELECT min(id), 0, ?1 FROM message WHERE kind = 'inbound'";
    c.execute(first, [packed.finish().unwrap()]).unwrap();
    db
}

fn export(db: &str, to: &Path, format: &str) {
    let output = run(&["export", to.to_str().unwrap(), "--format", format, "--db", db]);
    assert!(output.status.success(), "{}", complained(&output));
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    page.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn an_archive_is_whole_leads_everywhere_and_loads_nothing_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let (db, to) = (desk(folder.path()), folder.path().join("archive"));
    export(&db, &to, "html");
    let mut reached = std::collections::BTreeSet::from([to.join("index.html")]);
    let mut open = vec![to.join("index.html")];
    while let Some(path) = open.pop() {
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(!page.contains("<script src=\"https"), "what was said is text: {}", path.display());
        assert!(!page.contains("<img src=x"), "a name is text: {}", path.display());
        assert!(page.contains("default-src 'none'"), "{}", path.display());
        for source in attributes(&page, "src") {
            assert!(!source.contains("//"), "{source} would be loaded from outside");
        }
        for link in attributes(&page, "href").into_iter().chain(attributes(&page, "src")) {
            let link = link.split('#').next().unwrap();
            if link.is_empty() || link.starts_with("http") {
                continue;
            }
            let link = percent_encoding::percent_decode_str(link).decode_utf8().unwrap().into_owned();
            let there = path.parent().unwrap().join(&link).canonicalize();
            let there = there.unwrap_or_else(|fault| panic!("{} → {link}: {fault}", path.display()));
            assert!(there.starts_with(to.canonicalize().unwrap()), "{link} leads out of the archive");
            let there = to.join(there.strip_prefix(to.canonicalize().unwrap()).unwrap());
            if there.extension().is_some_and(|kind| kind == "html")
                && reached.insert(there.clone())
                && !there.starts_with(to.join("files"))
            {
                open.push(there);
            }
        }
    }
    let pages = reached.iter().filter(|path| path.starts_with(to.join("conversations"))).count();
    assert_eq!(pages, 60, "every conversation is reached from the overview");
    let letter = below(&to.join("letters")).pop().unwrap();
    assert_eq!(std::fs::read(letter).unwrap(), LETTER);
    let sent = below(&to.join("files"));
    assert!(sent.iter().any(|path| std::fs::read(path).unwrap() == b"abc"));
    let runs = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "html");
    assert_eq!(sent.iter().find(runs), None, "a page that somebody sent is shown as text");
    assert!(!folder.path().read_dir().unwrap().any(|entry| {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        name.contains("unfinished") || name.contains("moment")
    }));
}

#[test]
fn every_word_of_an_archive_lies_in_its_drawer_with_its_conversations() {
    let folder = tempfile::tempdir().unwrap();
    let (db, to) = (desk(folder.path()), folder.path().join("archive"));
    export(&db, &to, "html");
    let where_of = |word: &str| -> Option<String> {
        let place = transom::domain::archive::drawer(word);
        let text = std::fs::read_to_string(to.join(format!("index/w{place}.js"))).ok()?;
        let json = text.strip_prefix(&format!("archived(\"w{place}\","))?.strip_suffix(");\n")?;
        let words: serde_json::Value = serde_json::from_str(json).unwrap();
        words[word].as_str().map(str::to_owned)
    };
    let c = rusqlite::Connection::open(&db).unwrap();
    let first: i64 = c
        .query_row(
            "SELECT conversation_id FROM message WHERE kind = 'inbound' ORDER BY id LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let first = char::from_digit(u32::try_from(first).unwrap(), 36).unwrap().to_string();
    for word in ["zebranas", "象牙", "牙お"] {
        assert_eq!(where_of(word).as_deref(), Some(first.as_str()), "{word}");
    }
    for letter in ["い", "願", "象"] {
        let found = where_of(letter).unwrap();
        assert_eq!(found.split(' ').next(), Some(first.as_str()), "{letter} stands somewhere in a word");
    }
    assert!(where_of("onerror").is_some(), "a contact is found by the name");
    assert_eq!(where_of("qqzzqq"), None);
    // By an address: its words, and the last digits of a number, which stand backwards.
    let number: String = c
        .query_row("SELECT value FROM address WHERE value LIKE '+%' AND contact_id IN (SELECT contact_id FROM conversation) LIMIT 1", [], |row| row.get(0))
        .unwrap();
    assert!(where_of(number.trim_start_matches('+')).is_some(), "{number}");
    let tail = transom::domain::archive::tail(&number).unwrap();
    assert!(tail.starts_with(number.chars().next_back().unwrap()) && where_of(&tail).is_some(), "{tail}");
    // A hit shows where its words stand.
    let texts = below(&to.join("index")).into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with('x') && std::fs::read_to_string(path).unwrap().contains("Zebrañas")
    });
    assert_eq!(texts.count(), 1);
    let overview = std::fs::read_to_string(to.join("index.html")).unwrap();
    let label = overview.split("contacts/1.html").nth(1).unwrap();
    assert!(
        label.contains("&lt;img src=x") && label.contains(" – "),
        "the list is called by its first and last: {label}"
    );
}

#[test]
fn an_mbox_holds_a_letter_a_message_and_mails_as_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let (db, to) = (desk(folder.path()), folder.path().join("desk.mbox"));
    export(&db, &to, "mbox");
    let file = std::fs::read(&to).unwrap();
    let mut letters = transom::cli::mbox::Letters::new(file.as_slice());
    let all: Vec<_> = std::iter::from_fn(|| letters.read_next().unwrap()).collect();
    let c = rusqlite::Connection::open(&db).unwrap();
    let wanted: i64 =
        c.query_row("SELECT count(*) FROM message WHERE kind <> 'event'", [], |row| row.get(0)).unwrap();
    assert_eq!(i64::try_from(all.len()).unwrap(), wanted);
    assert!(all.contains(&transom::cli::mbox::Next::Letter(LETTER.to_vec())), "the letter is what it was");
    let text = String::from_utf8_lossy(&file);
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "no subject begins a line of the head");
}
