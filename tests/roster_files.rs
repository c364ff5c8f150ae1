//! What programs save sheets as: letters of Windows, two bytes a letter, and files that are broken.

use transom::actions::sheet::{self, Sheet};
use transom::domain::agent::Role;
use transom::domain::refused::Problem;
use transom::domain::{Refused, roster};
use transom::jobs::roster::drain;

use crate::roster::give;
use crate::support::TestDesk;

fn read(bytes: &[u8]) -> Result<Sheet, Problem> {
    sheet::read(bytes).map_err(|refused| match refused {
        Refused::Field { problem, .. } => problem,
        other => panic!("{other:?}"),
    })
}

fn first(bytes: &[u8]) -> Vec<String> {
    read(bytes).ok().unwrap().rows.remove(0).1
}

#[test]
fn letters_are_read_as_the_program_meant_them() {
    let wanted = ["Šárka O’Hara", "€ 5 – 6"];
    // What Windows writes for western Europe, where Latin-1 has control letters.
    assert_eq!(first(b"name;about\r\n\x8a\xe1rka O\x92Hara;\x80 5 \x96 6\r\n"), wanted);
    let text = "name;about\r\nŠárka O’Hara;€ 5 – 6\r\n";
    assert_eq!(first(text.as_bytes()), wanted);
    assert_eq!(first(format!("\u{feff}{text}").as_bytes()), wanted);
    let wide = |from: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(from).collect() };
    let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
    assert_eq!(first(&[b"\xff\xfe".as_slice(), &little].concat()), wanted);
    assert_eq!(first(&[b"\xfe\xff".as_slice(), &big].concat()), wanted);
    assert_eq!(first(&little), wanted);
    assert_eq!(first(&big), wanted);
    assert_eq!(read(&[b"\xff\xfe".as_slice(), &little].concat()).ok().unwrap().heads, ["name", "about"]);
}

#[test]
fn a_quotation_mark_that_never_closes_is_told_with_its_line() {
    let broken = "name,about\r\nAna,\"said \"\"hi\"\"\r\nand more\"\r\nBen,\"open\r\nCarl,x\r\n";
    assert_eq!(read(broken.as_bytes()).err(), Some(Problem::OpenQuote { line: 4 }));
    assert_eq!(read(b"name\n\"").err(), Some(Problem::OpenQuote { line: 2 }));
    assert_eq!(read(b"\"name\nAna\n").err(), Some(Problem::OpenQuote { line: 1 }));
    let whole = read(b"name,about\nAna \"the\" one,\"x\"\nBen,5\" pipe\nCarl,\"a\"\"\"\n").ok().unwrap();
    let cells: Vec<&str> = whole.rows.iter().flat_map(|(_, cells)| cells).map(String::as_str).collect();
    assert_eq!(cells, ["Ana \"the\" one", "x", "Ben", "5\" pipe", "Carl", "a\""]);
}

#[test]
fn a_file_without_rows_says_so_in_a_sentence() {
    assert_eq!(read(b"").err(), Some(Problem::NoHeads));
    assert_eq!(read(b"\xef\xbb\xbf").err(), Some(Problem::NoHeads));
    assert_eq!(read(b"name;phone\r\n;\r\n").err(), Some(Problem::NoRows));
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    for (bytes, wanted) in [
        ("name;phone\r\n", "no row below it"),
        ("", "no line of headings"),
        ("name\r\n\"Ana\r\nBen\r\n", "In line 2 a cell begins with a quotation mark"),
    ] {
        let page = give(&desk, &boss, bytes.as_bytes());
        assert!(page.status == 422 && page.body.contains(wanted), "{wanted}: {}", page.body);
    }
}

#[test]
fn what_is_wrong_with_a_row_names_its_column() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let rows = "name,phone,email,about\n\"Ana\nGarcia\",,a@example.com,\nBe\u{7}n,,b@example.com,\n\
        Carl,hello,c@example.com,\nDora,,nobody,\nEva,,\"e@example.com\ne@example.org\",\"one\ntwo\"\n\
        Fred,,f@example.com,x\u{1}y\n";
    let at = give(&desk, &boss, rows.as_bytes()).header("location").unwrap().to_owned();
    let columns = ["name", "phone", "email", "about"].map(|column| ("column", column));
    assert_eq!(desk.post(&boss, &at, &columns).status, 303);
    drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1, "Eva alone");
    assert_eq!(desk.count("SELECT count(*) FROM address WHERE kind = 'email'"), 2);
    let errors = desk.get(&boss, &format!("{at}/errors")).body;
    for wanted in [
        "\"Name contains a line break or a sign that cannot be seen. Write it in one line.\"",
        "Phone: “hello” is not a phone number.",
        "E-mail: “nobody” is not an e-mail address.",
        "\"Notes about the person contains a line break or a sign that cannot be seen",
    ] {
        assert!(errors.contains(wanted), "{wanted}: {errors}");
    }
    assert_eq!(errors.matches("Name contains").count(), 2, "{errors}");
}

#[test]
fn the_reasons_of_rows_outlive_a_stop() {
    for wrong in [
        roster::Wrong::Address { column: roster::Column::Phone, value: "12".to_owned() },
        roster::Wrong::Control(roster::Column::Name),
    ] {
        let kept = serde_json::to_string(&wrong).unwrap();
        assert_eq!(serde_json::from_str::<roster::Wrong>(&kept).unwrap(), wrong);
    }
}
