//! Finding people: part of a name, an e-mail address, a phone number in any notation.

use transom::domain::Timestamp;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::store::{self, search};

use crate::support::TestDesk;
use crate::support::story::OSCAR;

fn desk() -> TestDesk {
    let desk = TestDesk::new();
    desk.write(|tx| {
        let people = [
            ("Carlos Núñez", "+34612345678", "carlos@example.com"),
            ("Scarlet O’Hara", "+442071838750", "scarlet.ohara@example.org"),
            ("Oscar Meyer", "+4915123456789", "meyer@firma.example"),
            ("Jean-Pierre Dubois", "+33142685300", "jp@example.fr"),
            ("田中太郎", "+81312345678", "tanaka@example.jp"),
        ];
        for (name, phone, email) in people {
            let contact = store::contact::insert(tx, name, None, Timestamp(1))?;
            for (kind, value) in [(AddressKind::Phone, phone), (AddressKind::Email, email)] {
                let channel = transom::domain::Id::new(0);
                let new = store::contact::NewAddress { contact, kind, channel, value, verified: true };
                store::contact::insert_address(tx, &new, Timestamp(1))?;
            }
        }
        Ok(())
    });
    desk
}

fn found(desk: &TestDesk, text: &str, country: Option<&str>) -> Vec<i64> {
    let text = text.to_owned();
    let mut ids: Vec<i64> =
        desk.read(|c| search::contacts(c, &text, country, 50)).into_iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn s5_s6_s196_part_of_a_first_or_last_name_finds() {
    let desk = desk();
    assert_eq!(found(&desk, "car", None), [1, 2, 3], "Carlos, Scarlet, Oscar");
    assert_eq!(found(&desk, "nunez", None), [1], "without its accents");
    assert_eq!(found(&desk, "NÚÑ", None), [1]);
    assert_eq!(found(&desk, "meyer", None), [3]);
    assert_eq!(found(&desk, "c", None), [1], "one letter finds beginnings");
    assert_eq!(found(&desk, "osc mey", None), [3], "every word must fit");
    assert_eq!(found(&desk, "oscar dubois", None), [] as [i64; 0]);
    assert_eq!(found(&desk, "pierre", None), [4], "also behind a hyphen");
    assert_eq!(found(&desk, "田中", None), [5]);
}

#[test]
fn s5_names_in_scripts_without_spaces_are_found_by_each_part() {
    let desk = TestDesk::new();
    desk.write(|tx| {
        for name in ["王小明", "佐藤 美咲", "田中 健一", "김민수", "ジョン・スミス"] {
            store::contact::insert(tx, name, None, Timestamp(1))?;
        }
        Ok(())
    });
    for (text, one) in [
        ("小明", 1),
        ("明", 1),
        ("王 小明", 1),
        ("佐藤美咲", 2),
        ("美咲", 2),
        ("藤美咲", 2),
        ("美咲 佐藤", 2),
        ("一", 3),
        ("健一", 3),
        ("田中健", 3),
        ("민수", 4),
        ("ジョンスミス", 5),
        ("スミス", 5),
        ("ス", 5),
    ] {
        assert_eq!(found(&desk, text, None), [one], "{text}");
    }
    assert_eq!(found(&desk, "明小", None), [] as [i64; 0], "the same letters in another order");
    assert_eq!(desk.read(|c| store::check::run(c, store::check::Step::Search)), Vec::<String>::new());
}

#[test]
fn s7_an_email_address_finds_whole_begun_and_by_its_host() {
    let desk = desk();
    assert_eq!(found(&desk, "scarlet.ohara@example.org", None), [2]);
    assert_eq!(found(&desk, "Scarlet.O", None), [2]);
    assert_eq!(found(&desk, "firma.example", None), [3]);
}

#[test]
fn s7_who_has_the_parts_of_a_word_and_not_the_word_is_not_found() {
    let desk = TestDesk::new();
    desk.write(|tx| {
        for (name, email) in [
            ("Mia Garcia", "mia.garcia7@example.org"),
            ("Ciagar Mia", "mia@example.org"),
            ("Segarcial", "mia.garcia7@example.com"),
            ("Cia Gar", "xmia.garcia7@example.org"),
        ] {
            let contact = store::contact::insert(tx, name, None, Timestamp(1))?;
            let (kind, channel) = (AddressKind::Email, transom::domain::Id::new(0));
            let new = store::contact::NewAddress { contact, kind, channel, value: email, verified: true };
            store::contact::insert_address(tx, &new, Timestamp(1))?;
        }
        Ok(())
    });
    assert_eq!(found(&desk, "egarcia", None), [3], "inside a word");
    assert_eq!(found(&desk, "garcia", None), [1, 3, 4], "not each who has both halves");
    assert_eq!(found(&desk, "ciagar", None), [2]);
    assert_eq!(found(&desk, "ia.garcia7", None), [1, 3, 4], "inside an address");
    assert_eq!(found(&desk, "ia.garcia7@example.org", None), [1, 4], "behind the sign as well");
    assert_eq!(found(&desk, "mia.garcia7@example.com", None), [3]);
}

#[test]
fn s8_a_phone_number_finds_in_every_notation() {
    let desk = desk();
    for text in
        ["+34612345678", "+34 612 34 56 78", "0034 612-345-678", "612 345 678", "(612) 345.678", "5678"]
    {
        assert!(found(&desk, text, None).contains(&1), "{text}");
    }
    for text in [
        "+34 (0) 612 345 678",
        "0034 (0)612-345678",
        "tel:+34612345678",
        "TEL:+34-612-345-678;ext=7",
        "+34\u{202f}612\u{202f}345\u{202f}678",
        "\u{202a}+34 612\u{2011}345\u{2013}678\u{202c}",
        "＋３４ ６１２ ３４５ ６７８",
        "٦١٢٣٤٥٦٧٨",
        "612·345·678",
    ] {
        assert_eq!(found(&desk, text, None), [1], "{text}");
        let typed = if text.starts_with(['٦', '6']) { format!("+34 {text}") } else { text.to_owned() };
        for kind in [AddressKind::Phone, AddressKind::Whatsapp] {
            assert_eq!(kind.normal(&typed, None).unwrap(), "+34612345678", "typed into a form: {typed}");
        }
    }
    assert_eq!(AddressKind::Phone.normal("+39 (0)6 698 12345", None).unwrap(), "+390669812345");
    assert_eq!(found(&desk, "01 42 68 53 00", Some("FR")), [4], "as it is written at home");
    assert_eq!(found(&desk, "0151 23456789", Some("DE")), [3]);
    assert_eq!(found(&desk, "+34", None), [1], "two digits find the beginning of a number");
}

#[test]
fn what_somebody_types_never_becomes_an_operator() {
    let desk = desk();
    for text in
        ["\"", "car* OR", "NEAR(", "a AND", "-", "^car", "text:car", "  ", "%", "'; DROP TABLE contact"]
    {
        let _ = found(&desk, text, None);
    }
    assert_eq!(found(&desk, "text:carlos", None), [] as [i64; 0]);
}

#[test]
fn what_is_deleted_or_renamed_is_no_longer_found() {
    let desk = desk();
    desk.write(|tx| {
        let mut contact = store::contact::get(tx, transom::domain::Id::new(1))?.unwrap();
        contact.name = "Renata".into();
        store::contact::update(tx, &contact)
    });
    assert_eq!(found(&desk, "núñez", None), [] as [i64; 0]);
    assert_eq!(found(&desk, "renata", None), [1]);
}

#[test]
fn s9_s198_s199_the_page_says_how_each_field_is_searched_and_which_are_not() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let sms = desk.connects(Kind::Sms, "Text line");
    let id = desk.says(&sms, OSCAR, "Hello");
    desk.post(&petra, &format!("/conversations/{id}/tags"), &[("tag", "urgentia")]);
    desk.write(|tx| {
        tx.execute("UPDATE contact SET language = 'fi'", [])?;
        Ok(())
    });
    for nothing in ["urgentia", "fi-", "Petra"] {
        let page = desk.get(&petra, &format!("/inbox?view=all&q={nothing}")).body;
        assert!(page.contains(&format!("Nothing matches “{nothing}”.")), "{nothing} is not searched");
    }
    let partly = desk.get(&petra, "/inbox?view=all&q=sca").body;
    assert!(partly.contains(OSCAR.name), "a name is found by any part of it");
    let said = "Not searched: channel, assignee, status, tags, language, dates and yes-or-no fields. Use the filters.";
    for page in ["/inbox?q=ana", "/contacts?q=ana"] {
        let page = desk.get(&petra, page).body;
        assert!(
            page.contains(said) && page.contains("Custom fields are found when typed in full."),
            "{page}"
        );
    }
}

#[test]
fn s8_the_last_digits_of_a_number_find_it_also_when_they_begin_with_noughts() {
    let desk = desk();
    desk.write(|tx| {
        for (name, value) in [("Zoe", "+34612340042"), ("Zita", "+34612300010"), ("Pavel", "+420611222333")] {
            let contact = store::contact::insert(tx, name, None, Timestamp(1))?;
            let (kind, channel) = (AddressKind::Phone, transom::domain::Id::new(0));
            let new = store::contact::NewAddress { contact, kind, channel, value, verified: true };
            store::contact::insert_address(tx, &new, Timestamp(1))?;
        }
        Ok(())
    });
    assert_eq!(found(&desk, "0042", None), [6]);
    assert_eq!(found(&desk, "0010", None), [7]);
    assert_eq!(found(&desk, "00420 611", None), [8], "and with the code of a country");
}

#[test]
fn s12_a_snippet_shows_where_the_most_of_the_words_stand() {
    use transom::domain::snippet::{around, sought};
    let text =
        format!("The and the sun. {} In the end the order was lost in the mail.", "It shone. ".repeat(50));
    let shown = |words: &str| -> String {
        around(&text, &sought(words, false)).unwrap().into_iter().map(|piece| piece.text).collect()
    };
    assert!(shown("the order was lost").contains("the order was lost"), "{}", shown("the order was lost"));
    assert!(shown("the").starts_with("The and the sun"), "the first of those that are as good");
}

#[test]
fn what_nobody_sees_parts_no_word_and_is_no_name() {
    let desk = desk();
    desk.write(|tx| store::contact::insert(tx, "Soft\u{ad}hy\u{200b}phen", None, Timestamp(1)));
    assert_eq!(found(&desk, "softhyphen", None), [6]);
    assert_eq!(found(&desk, "soft\u{ad}hyphen", None), [6], "also where it is asked for so");
    let name = transom::domain::agent::normal_name;
    assert!(name("\0").is_err() && name("\u{200b} \u{2060}").is_err());
    assert_eq!(name(" A\0B\nC ").unwrap(), "A B C");
    assert_eq!(transom::domain::contact::one_line("\u{200b}"), "");
    let typed = desk.person("Eva", Role::Agent);
    for nothing in ["tag:%22%22", "from:%22%22"] {
        let page = desk.get(&typed, &format!("/search?q={nothing}")).body;
        assert!(page.contains("Nothing stands behind"), "{page}");
    }
}
