//! Contacts from a sheet that a page brought: tried first, then taken, with what is wrong in a file of its own.

use transom::actions::sheet;
use transom::domain::agent::Role;
use transom::domain::{Id, Span};
use transom::jobs::roster::drain;
use transom::jobs::{Stop, tidier::tidy};
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::session;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};

const SHEET: &str = "Full name;E-mail;Teléfono;Tariff;Colour\r\n\
    Ana García;ana@example.com;'+34600111222;gold;red\r\n\
    Nobody;not an address;;;blue\r\n\
    Ana again;ANA@example.com;;;\r\n\
    =1+1;ben@example.com;;Paper;\r\n\
    Ben;ben@example.com, ben@example.org;;;\r\n";

pub(crate) fn give(desk: &TestDesk, who: &Person, sheet: &[u8]) -> Page {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--b\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"people.csv\"\r\n\r\n",
        session::csrf(&who.token)
    )
    .into_bytes();
    body.extend(sheet);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::new(Method::Post, "/contacts/import")
        .with_header("cookie", &format!("transom={}", who.token))
        .with_body("multipart/form-data; boundary=b", body);
    desk.ask(request)
}

/// The desk with a field of the team's own and the sheet; where the sheet is.
fn given(desk: &TestDesk, boss: &Person) -> String {
    let field = [("name", "Tariff"), ("kind", "choice"), ("choices", "Gold\nSilver")];
    assert_eq!(desk.post(boss, "/settings/fields", &field).status, 303);
    let page = give(desk, boss, SHEET.as_bytes());
    assert_eq!(page.status, 303, "{}", page.body);
    page.header("location").unwrap().to_owned()
}

const COLUMNS: [(&str, &str); 5] =
    [("column", "name"), ("column", "email"), ("column", "phone"), ("column", "field:1"), ("column", "")];

#[test]
fn a_sheet_is_known_by_its_heads_tried_without_a_trace_and_then_taken() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let at = given(&desk, &boss);
    let page = desk.get(&boss, &at).body;
    for chosen in ["name", "email", "phone", "field:1"] {
        assert!(page.contains(&format!("<option value=\"{chosen}\" selected>")), "{chosen} is known: {page}");
    }
    assert!(page.contains("Ana García · Nobody · Ana again"), "examples stand beside each column");

    let dry = [COLUMNS.as_slice(), &[("try", "1")]].concat();
    assert_eq!(desk.post(&boss, &at, &dry).status, 303);
    let at_work = desk.get(&boss, &at);
    assert_eq!(at_work.header("refresh"), Some("3"), "the page looks again while there is something to come");
    assert!(at_work.body.contains("<progress"));
    drain(&desk.desk);
    let tried = desk.get(&boss, &at);
    assert_eq!(tried.header("refresh"), None);
    assert!(tried.body.contains("<dt>New</dt><dd>2</dd>"), "{}", tried.body);
    assert!(tried.body.contains("<dt>Cannot be imported</dt><dd>2</dd>"));
    assert!(tried.body.contains("The value does not fit Tariff."), "{}", tried.body);
    assert!(
        tried.body.contains("“not an address” is not an e-mail address."),
        "an address that is none: {}",
        tried.body
    );
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 0, "a trial leaves nothing");

    assert_eq!(desk.post(&boss, &at, &COLUMNS).status, 303);
    drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 2);
    assert_eq!(desk.count("SELECT count(*) FROM address WHERE value = '+34600111222'"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM field_value WHERE value = 'Gold'"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM roster_row"), 2, "only what could not be taken is kept");
    assert_eq!(desk.count("SELECT count(*) FROM log WHERE kind = 'security.contacts_imported'"), 1);
    assert_eq!(
        desk.count(&format!(
            "SELECT count(*) FROM log WHERE kind = 'contact.created' AND agent_id = {}",
            boss.id
        )),
        2
    );
    let errors = desk.get(&boss, &format!("{at}/errors")).body;
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines[0], "\u{feff}\"Full name\",\"E-mail\",\"Teléfono\",\"Tariff\",\"Colour\",\"error\"");
    assert!(lines[1].starts_with("\"Nobody\",\"not an address\""), "{errors}");
    assert!(lines[2].starts_with("\"'=1+1\""), "no cell is a formula: {errors}");
    let done = desk.get(&boss, &at).body;
    assert!(done.contains("Imported.") && !done.contains("name=\"column\""), "it is not taken twice");
    assert_eq!(desk.post(&boss, &at, &COLUMNS).status, 409);

    desk.pass(Span::days(8));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM roster") + desk.count("SELECT count(*) FROM roster_row"), 0);
}

#[test]
fn a_sheet_is_for_supervisors_and_what_is_none_says_so() {
    let desk = TestDesk::new();
    let (boss, eva) = (desk.person("Boss", Role::Supervisor), desk.person("Eva", Role::Agent));
    let at = given(&desk, &boss);
    assert_eq!(give(&desk, &eva, SHEET.as_bytes()).status, 403);
    assert_eq!(desk.get(&eva, &at).status, 403);
    assert_eq!(desk.get(&eva, &format!("{at}/errors")).status, 403);
    for wrong in ["", "Name;Phone\r\n", ";;;\r\na;b\r\n"] {
        let page = give(&desk, &boss, wrong.as_bytes());
        assert_eq!(page.status, 422, "{wrong:?}");
        assert!(page.body.contains("class=\"error\""), "{wrong:?}: {}", page.body);
    }
    let none = [("column", ""); 5];
    let page = desk.post(&boss, &at, &none);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("No column is imported."), "{}", page.body);
    assert_eq!(desk.post(&boss, &at, &[("column", "name")]).status, 422, "a column for each head");
    assert_eq!(desk.post(&boss, &format!("{at}/delete"), &[]).status, 303);
    assert_eq!(desk.get(&boss, &at).status, 404);
    assert_eq!(desk.count("SELECT count(*) FROM roster_row"), 0);
}

#[test]
fn what_was_taken_stays_when_it_is_stopped_and_who_may_no_more_ends_it() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let mut sheet = String::from("name,email\n");
    for number in 0..250 {
        sheet.push_str(&format!("P{number},p{number}@example.com\n"));
    }
    let at = give(&desk, &boss, sheet.as_bytes()).header("location").unwrap().to_owned();
    let columns = [("column", "name"), ("column", "email")];
    assert_eq!(desk.post(&boss, &at, &columns).status, 303);
    let now = desk.now();
    desk.act(move |tx, _| transom::actions::roster::step(tx, now)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 100);
    assert!(desk.get(&boss, &at).body.contains("100 of 250 rows"));
    assert_eq!(desk.post(&boss, &format!("{at}/stop"), &[]).status, 303);
    drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 100, "it goes no further");

    let at = give(&desk, &boss, sheet.as_bytes()).header("location").unwrap().to_owned();
    assert_eq!(desk.post(&boss, &at, &columns).status, 303);
    let id = boss.id;
    desk.write(move |tx| {
        let mut who = store::agent::get(tx, Id::new(id.get()))?.unwrap();
        who.role = Role::Agent;
        store::agent::update(tx, &who)
    });
    drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 100, "an agent brings nobody in by the hundred");
    assert_eq!(desk.count("SELECT count(*) FROM roster WHERE state = 'stopped'"), 2);
}

/// The line of each row and its first cell.
fn lines(bytes: &[u8]) -> Vec<(u32, String)> {
    let sheet = sheet::read(bytes).ok().unwrap();
    sheet.rows.into_iter().map(|(line, mut cells)| (line, cells.remove(0))).collect()
}

#[test]
fn lines_end_as_any_program_ends_them_and_no_two_rows_share_one() {
    let wanted = [(2, "Ana".to_owned()), (3, "Ben".to_owned()), (5, "Carl".to_owned())];
    for end in ["\n", "\r\n", "\r"] {
        let sheet = ["name,phone", "Ana,1", "Ben,\"2", "3\"", "Carl,4", ""].join(end);
        assert_eq!(lines(sheet.as_bytes()), wanted, "{end:?}");
    }
    assert_eq!(
        lines(b"name\n\nAna\r\rBen\n\r\nCarl"),
        [(3, "Ana".to_owned()), (5, "Ben".to_owned()), (7, "Carl".to_owned())]
    );
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    for sheet in
        ["name,email\rAna,a@example.com\rBen,nobody\r", "name,email\nAna,b@example.com\r\rBen,nobody\n"]
    {
        let page = give(&desk, &boss, sheet.as_bytes());
        assert_eq!(page.status, 303, "{sheet:?}: {}", page.body);
        let at = page.header("location").unwrap().to_owned();
        assert_eq!(desk.post(&boss, &at, &[("column", "name"), ("column", "email")]).status, 303);
        drain(&desk.desk);
        let done = desk.get(&boss, &at).body;
        let line = if sheet.contains("\r\r") { 4 } else { 3 };
        assert!(done.contains(&format!("<td>{line}</td><td>Ben · nobody</td>")), "{done}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 2);
}

#[test]
fn a_workbook_is_refused_by_its_name_and_leaves_nothing() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let rest = b"\x14\0\x06\0\r\rname\rAna\r\n";
    for (begins, wanted) in [
        (b"PK\x03\x04", "This is an Excel workbook (.xlsx)"),
        (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook (.xls)"),
    ] {
        let page = give(&desk, &boss, &[begins.as_slice(), rest].concat());
        assert_eq!(page.status, 422, "{}", page.body);
        assert!(
            page.body.contains(wanted) && page.body.contains("save it as CSV"),
            "{wanted}: {}",
            page.body
        );
        assert!(sheet::read(&[begins.as_slice(), rest].concat()).is_err(), "no other page takes it either");
    }
    assert_eq!(desk.count("SELECT count(*) FROM roster") + desk.count("SELECT count(*) FROM roster_row"), 0);
}

#[test]
fn two_columns_with_one_meaning_are_never_taken_for_it_together() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let rows = "Name,Email,Notes,Comment,Nombre,Mail\nAna,a@example.com,first,second,Anita,b@example.com\n";
    let at = give(&desk, &boss, rows.as_bytes()).header("location").unwrap().to_owned();
    let page = desk.get(&boss, &at).body;
    for (chosen, often) in [("name", 1), ("about", 1), ("email", 2)] {
        assert_eq!(
            page.matches(&format!("<option value=\"{chosen}\" selected>")).count(),
            often,
            "{chosen}: {page}"
        );
    }

    let words =
        |last: &'static str| ["name", "email", "about", "about", last, "email"].map(|word| ("column", word));
    let refused = desk.post(&boss, &at, &words("name"));
    assert_eq!(refused.status, 422);
    for wanted in ["“Notes” already holds “Notes about the person”", "“Name” already holds “Name”"]
    {
        assert!(refused.body.contains(wanted), "{wanted}: {}", refused.body);
    }
    assert_eq!(refused.body.matches("aria-invalid=\"true\"").count(), 2, "beside each: {}", refused.body);
    assert_eq!(refused.body.matches("<option value=\"about\" selected>").count(), 2, "what was chosen stays");
    assert_eq!(desk.count("SELECT count(*) FROM roster WHERE state = 'new'"), 1, "nothing began");

    let one = [
        ("column", "name"),
        ("column", "email"),
        ("column", "about"),
        ("column", ""),
        ("column", ""),
        ("column", "email"),
    ];
    assert_eq!(desk.post(&boss, &at, &one).status, 303);
    drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM contact WHERE name = 'Ana' AND about = 'first'"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM address WHERE kind = 'email'"), 2);
    assert_eq!(desk.post(&boss, &at, &words("name")).status, 409, "what is done is not asked again");
}

#[test]
fn a_row_with_more_cells_than_headings_is_not_cut() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let rows = "name,email\nAna,a@example.com,, ,\nBen,b@example.com,,Baker Street,2\n";
    let at = give(&desk, &boss, rows.as_bytes()).header("location").unwrap().to_owned();
    assert_eq!(desk.post(&boss, &at, &[("column", "name"), ("column", "email")]).status, 303);
    drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1, "Ana alone: what is blank is no loss");
    let errors = desk.get(&boss, &format!("{at}/errors")).body;
    let last = errors.lines().last().unwrap();
    let why = "The row goes on behind the last heading: “Baker Street · 2”. ";
    assert!(last.starts_with(&format!("\"Ben\",\"b@example.com\",\"{why}")), "{errors}");
}

#[test]
fn the_first_line_of_excel_says_what_stands_between_the_cells() {
    for (sheet, cells) in [
        ("sep=;\r\nname;about\r\n\"Ana\";a,b,c\r\n", ["Ana", "a,b,c"]),
        ("\u{feff}SEP=|\nname|about\nAna|a;b\n", ["Ana", "a;b"]),
        ("\"sep=,\"\rname,about\rAna,x\r", ["Ana", "x"]),
    ] {
        let read = sheet::read(sheet.as_bytes()).ok().unwrap();
        assert_eq!(read.heads, ["name", "about"], "{sheet:?}");
        assert_eq!(read.rows, [(3, cells.map(str::to_owned).to_vec())], "{sheet:?}");
    }
    let plain = sheet::read(b"sep=name,about\nAna,x\n").ok().unwrap();
    assert_eq!(plain.heads, ["sep=name", "about"], "a heading stays one");
}
