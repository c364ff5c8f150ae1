//! T38: a damaged file is never written to, and gives what can still be read of it.

use std::path::{Path, PathBuf};

use crate::support::process::{complained, run};
use serde_json::Value;

const PAGE: usize = 4096;

/// A desk with a few hundred messages, stopped.
fn desk(folder: &Path) -> PathBuf {
    let db = folder.join("transom.db");
    let words = [
        "generate",
        "--conversations",
        "100",
        "--messages",
        "2000",
        "--seed",
        "7",
        "--db",
        db.to_str().unwrap(),
    ];
    let made = run(&words);
    assert!(made.status.success(), "{}", complained(&made));
    let connection = rusqlite::Connection::open(&db).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").unwrap();
    drop(connection);
    db
}

/// What a rescue of these bytes tells; the bytes must be the same afterwards.
fn rescue(folder: &Path, name: &str, bytes: &[u8]) -> Result<Value, String> {
    let db = folder.join(format!("{name}.db"));
    std::fs::write(&db, bytes).unwrap();
    let to = folder.join(name);
    let words = ["export", to.to_str().unwrap(), "--rescue", "--json", "--db", db.to_str().unwrap()];
    let output = run(&words);
    assert!(!complained(&output).contains("panicked"), "{name}: {output:?}");
    assert!(std::fs::read(&db).unwrap() == bytes, "{name}: the file was written to");
    for end in ["-wal", "-shm", "-journal", "-seen"] {
        assert!(!transom::store::pairing::beside(&db, end).exists(), "{name}: {end} was left");
    }
    if !output.status.success() {
        assert!(!to.exists(), "{name}: half a folder was left");
        return Err(complained(&output));
    }
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    // A table that is not even named any more is told as one hole.
    let lines = std::fs::read_to_string(to.join("message.jsonl")).unwrap_or_default();
    assert_eq!(told["tables"]["message"]["rows"], lines.lines().count(), "{name}");
    for line in lines.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    Ok(told)
}

fn rows(told: &Value) -> i64 {
    told["tables"]["message"]["rows"].as_i64().unwrap()
}

/// The leaf pages of the table of messages.
fn leaves(db: &Path) -> Vec<usize> {
    let connection = rusqlite::Connection::open(db).unwrap();
    let root: i64 = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'message'", [], |row| row.get(0))
        .unwrap();
    let bytes = std::fs::read(db).unwrap();
    let mut found = Vec::new();
    let mut open = vec![usize::try_from(root).unwrap()];
    while let Some(page) = open.pop() {
        let at = (page - 1) * PAGE;
        let number = |from: usize| u32::from_be_bytes(bytes[from..from + 4].try_into().unwrap()) as usize;
        if bytes[at] == 13 {
            found.push(page);
            continue;
        }
        let cells = usize::from(u16::from_be_bytes([bytes[at + 3], bytes[at + 4]]));
        open.push(number(at + 8));
        for cell in 0..cells {
            let place = at + 12 + cell * 2;
            open.push(number(at + usize::from(u16::from_be_bytes([bytes[place], bytes[place + 1]]))));
        }
    }
    found
}

#[test]
fn what_is_whole_in_a_damaged_file_comes_out_and_the_file_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let good = std::fs::read(&db).unwrap();
    let all = rows(&rescue(folder.path(), "whole", &good).unwrap());
    assert!(all >= 2000, "{all}");

    // Three pages of messages far from each other: their rows are missing, those around them are not.
    let mut leaves = leaves(&db);
    leaves.sort_unstable();
    assert!(leaves.len() > 20, "{}", leaves.len());
    let mut bad = good.clone();
    for page in [leaves[3], leaves[leaves.len() / 2], leaves[leaves.len() - 2]] {
        bad[(page - 1) * PAGE..page * PAGE].fill(0xa5);
    }
    let told = rescue(folder.path(), "pages", &bad).unwrap();
    let lost = all - rows(&told);
    let most = all / i64::try_from(leaves.len()).unwrap() * 9 + 9;
    assert!(lost > 0 && lost <= most, "{lost} of {all} lost with 3 of {} pages", leaves.len());
    assert_eq!(told["tables"]["message"]["holes"], 3, "{told}");
    assert_eq!(told["tables"]["contact"]["holes"], 0);

    let mut headless = good.clone();
    headless[..100].fill(0);
    let told = rescue(folder.path(), "headless", &headless).unwrap();
    assert_eq!((rows(&told), &told["head_damaged"]), (all, &Value::Bool(true)));

    let cut = &good[..good.len() * 2 / 3 + 77];
    match rescue(folder.path(), "cut", cut) {
        Ok(told) => assert!(told["rows"].as_i64().unwrap() > 0),
        Err(said) => assert!(said.contains("nothing can be read"), "{said}"),
    }
    let said = rescue(folder.path(), "other", &vec![0x20; 40 * PAGE]).unwrap_err();
    assert!(said.contains("nothing can be read") && said.contains("restore"), "{said}");
    // Nothing is wrong with the file of a newer program: an old copy would be worse.
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&999_u32.to_be_bytes());
    let said = rescue(folder.path(), "newer", &newer).unwrap_err();
    assert!(said.contains("newer") && !said.contains("restore"), "{said}");
    let said = rescue(folder.path(), "empty", b"").unwrap_err();
    assert!(said.contains("nothing can be read"), "{said}");
}
