//! Sheets that people take away: a spreadsheet shows their accents, and we take them in again.

use transom::domain::agent::Role;
use transom::store;

use crate::support::TestDesk;
use crate::support::process::run;

const MARK: &str = "\u{feff}";

/// The text of a sheet behind its one mark.
fn unmarked(sheet: &str) -> &str {
    let text = sheet.strip_prefix(MARK).unwrap_or_else(|| panic!("it begins with a mark: {sheet:?}"));
    assert!(!text.contains(MARK), "one mark is enough: {sheet:?}");
    text
}

#[test]
fn a_spreadsheet_knows_the_letters_of_each_sheet_that_a_page_gives() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    desk.write(|tx| store::contact::insert(tx, "José Peña", None, transom::domain::Timestamp(1)));
    let (contacts, audit) = ("/segments/export", "/settings/audit/export");
    let people = desk.post(&ada, contacts, &[]);
    assert_eq!(people.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(unmarked(&people.body).contains("José Peña"), "{}", people.body);
    assert!(unmarked(&desk.post(&ada, audit, &[("format", "csv")]).body).starts_with("id,at,"));
    let lines = desk.post(&ada, audit, &[("format", "jsonl")]).body;
    assert!(lines.starts_with('{'), "lines for programs have none: {lines}");
    let replies = "/settings/templates/import";
    for page in ["export", "sample"] {
        assert!(
            unmarked(&desk.get(&ada, &format!("{replies}/{page}")).body).starts_with("\"name\""),
            "{page}"
        );
    }
    let errors = desk.post(&ada, &format!("{replies}/errors"), &[("sheet", "name,body,stage\nÑu,x,never\n")]);
    assert!(unmarked(&errors.body).contains("Ñu"), "{}", errors.body);
}

#[test]
fn what_a_spreadsheet_opens_right_is_taken_in_again() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let replies = "/settings/templates/import";
    let sample = desk.get(&ada, &format!("{replies}/sample")).body;
    let taken = desk.post(&ada, replies, &[("sheet", &sample), ("take", "1")]);
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert_eq!(desk.read(store::template::own).len(), 3, "the first column is known in spite of the mark");
}

#[test]
fn a_spreadsheet_knows_the_letters_of_the_sheet_of_conversations() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (db, sheet) = (path("desk.db"), path("all.csv"));
    let desk = ["generate", "--conversations", "4", "--messages", "8", "--seed", "7", "--db", &db];
    for words in [desk.as_slice(), &["export", &sheet, "--format", "csv", "--db", &db]] {
        assert!(run(words).status.success(), "{words:?}");
    }
    assert!(unmarked(&std::fs::read_to_string(&sheet).unwrap()).starts_with("id,"));
}
