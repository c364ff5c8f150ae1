//! Contacts who may be one person, found by name or number as they come; and anybody merged with anybody.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::{AddressKind, Contact};
use transom::domain::{Id, Timestamp};
use transom::store::{contact, likeness};

use crate::support::TestDesk;

fn called(desk: &TestDesk, name: &str) -> Id<Contact> {
    let name = name.to_owned();
    desk.write(move |tx| contact::insert(tx, &name, None, Timestamp(1)))
}

fn rename(desk: &TestDesk, id: Id<Contact>, name: &str) {
    let name = name.to_owned();
    desk.write(move |tx| {
        let there = contact::get(tx, id)?.unwrap();
        contact::update(tx, &Contact { name, ..there })
    });
}

fn alike(desk: &TestDesk, id: Id<Contact>) -> Vec<Id<Contact>> {
    desk.read(|c| likeness::of(c, id)).into_iter().map(|(other, _)| other).collect()
}

#[test]
fn two_of_the_same_full_name_are_a_weak_hint_until_somebody_says_that_they_are_two() {
    let desk = TestDesk::new();
    let (sue, eva) = (desk.person("Sue", Role::Supervisor), desk.person("Eva", Role::Agent));
    let (ana, other) = (called(&desk, "Ana García"), called(&desk, "GARCIA, Ana"));
    let page = desk.get(&sue, &format!("/contacts/{ana}")).body;
    assert!(page.contains("GARCIA, Ana (the same name)"), "{page}");
    let preview = desk.get(&sue, &format!("/contacts/{ana}/merge/{other}")).body;
    assert!(preview.contains("which can be chance"), "{preview}");
    for (one, none) in [("Ana", "ANA"), ("Visitor 4F2A", "Visitor 4F2A")] {
        called(&desk, one);
        assert_eq!(alike(&desk, called(&desk, none)), [], "{one} tells nothing");
    }
    let list = desk.get(&eva, "/contacts/same").body;
    assert_eq!(list.matches("Both are called the same").count(), 1, "{list}");
    assert!(!list.contains("/merge/"), "an agent cannot merge");
    assert!(desk.get(&sue, "/contacts/same").body.contains(&format!("/contacts/{ana}/merge/{other}")));
    let told = desk.post_on(&eva, "/contacts/same", &format!("/contacts/{other}/different/{ana}"), &[]);
    assert_eq!((told.status, told.header("location")), (303, Some("/contacts/same")));
    assert_eq!(alike(&desk, ana), []);
    rename(&desk, ana, "Ana");
    rename(&desk, ana, "Ana García");
    assert_eq!(alike(&desk, ana), [], "nobody is asked again");
    assert!(desk.get(&eva, "/contacts/same").body.contains("No two contacts look like one person."));
}

#[test]
fn what_a_name_or_a_number_said_goes_with_it() {
    let desk = TestDesk::new();
    let (ana, other) = (called(&desk, "Ana García"), called(&desk, "Ana Garcia"));
    assert_eq!(alike(&desk, ana), [other]);
    rename(&desk, other, "Ana Lopez");
    assert_eq!(alike(&desk, ana), []);
    rename(&desk, other, "Ana García");
    assert_eq!(alike(&desk, ana), [other]);
    let number = |contact, kind| {
        let new = contact::NewAddress {
            contact,
            kind,
            channel: Id::new(0),
            value: "+34600111222",
            verified: false,
        };
        desk.write(move |tx| contact::insert_address(tx, &new, Timestamp(1)))
    };
    number(ana, AddressKind::Phone);
    let third = called(&desk, "Somebody");
    let theirs = number(third, AddressKind::Whatsapp);
    assert_eq!(alike(&desk, third), [ana]);
    desk.write(move |tx| {
        let there = contact::address(tx, theirs)?.unwrap();
        contact::move_address(tx, &there, "+34600111333")
    });
    assert_eq!(alike(&desk, third), [], "the number has moved");
}

#[test]
fn a_name_that_many_have_is_no_sign() {
    let desk = TestDesk::new();
    let all: Vec<Id<Contact>> = (0..40).map(|_| called(&desk, "María García")).collect();
    assert_eq!(alike(&desk, all[39]), []);
    assert_eq!(desk.count("SELECT count(*) FROM likeness"), 6, "the first four against each other");
}

#[test]
fn the_list_of_those_who_may_be_one_is_walked_whole() {
    let desk = TestDesk::new();
    let sue = desk.person("Sue", Role::Supervisor);
    // Letters alone: a name with a digit is nobody's.
    let name = |number: usize| format!("Ana {}", "x".repeat(number + 1));
    for number in 0..45 {
        called(&desk, &name(number));
        called(&desk, &name(number));
    }
    let (mut at, mut seen) = ("/contacts/same".to_owned(), Vec::new());
    loop {
        let page = desk.get(&sue, &at).body;
        let merges = page.split("/merge/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        seen.extend(merges);
        // Who comes meanwhile stands on the first page and shifts nothing.
        called(&desk, "New One");
        called(&desk, "New One");
        match page.split("/contacts/same?before=").nth(1) {
            Some(rest) => at = format!("/contacts/same?before={}", rest.split('"').next().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen.len(), 45);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 45, "each once");
}

#[test]
fn a_supervisor_merges_two_of_her_choice_and_takes_it_back() {
    let desk = TestDesk::new();
    let (sue, eva) = (desk.person("Sue", Role::Supervisor), desk.person("Eva", Role::Agent));
    let thread = desk.writes(&desk.channel(Kind::Email), "ana@example.org", "m1");
    let (ana, ben) = (thread.contact, called(&desk, "Ben Baker"));
    let (shown, choose) = (format!("/contacts/{ben}"), format!("/contacts/{ben}/merge"));
    assert!(!desk.get(&eva, &shown).body.contains(&choose) && desk.get(&eva, &choose).status == 403);
    assert!(desk.get(&sue, &shown).body.contains(&choose));
    let empty = desk.get(&sue, &choose).body;
    assert!(
        empty.contains("Merge Ben Baker with whom?") && !empty.contains(&format!("{choose}/")),
        "{empty}"
    );
    assert!(desk.get(&sue, &format!("{choose}?q=nobody")).body.contains("Nobody else matches “nobody”"));
    assert!(!desk.get(&sue, &format!("{choose}?q=Ben")).body.contains(&format!("{choose}/")), "not herself");
    let found = desk.get(&sue, &format!("{choose}?q=ana%40")).body;
    let row = found.split(&format!("href=\"{choose}/{ana}\"")).nth(1).unwrap().split("</a>").next().unwrap();
    assert!(row.contains("ana@example.org") && row.contains("1 conversation"), "told apart by: {row}");
    let path = format!("{choose}/{ana}");
    let preview = desk.get(&sue, &path).body;
    assert!(preview.contains("Nothing here says that these two are one person."), "{preview}");
    assert_eq!(desk.get(&sue, &format!("{choose}/{ben}")).status, 404);
    assert_eq!(desk.get(&sue, &format!("{choose}/999")).status, 404);
    let merged = desk.post(&sue, &path, &[("survivor", &ben.to_string())]);
    assert_eq!(merged.header("location"), Some(shown.as_str()));
    assert_eq!(desk.conversation(thread.id).contact, ben);
    let page = desk.get(&sue, &shown).body;
    let back = page.split(&format!("action=\"{shown}/part/")).nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(desk.post(&sue, &format!("{shown}/part/{back}"), &[]).status, 303);
    assert_eq!(desk.conversation(thread.id).contact, ana);
}

#[test]
fn what_was_said_of_one_holds_when_that_one_is_merged() {
    let desk = TestDesk::new();
    let sue = desk.person("Sue", Role::Supervisor);
    let (ana, other) = (called(&desk, "Ana García"), called(&desk, "Ana García"));
    let third = called(&desk, "Nobody Known");
    assert_eq!(desk.post(&sue, &format!("/contacts/{ana}/different/{other}"), &[]).status, 303);
    let path = format!("/contacts/{third}/merge/{ana}");
    assert_eq!(desk.post(&sue, &path, &[("survivor", &third.to_string())]).status, 303);
    rename(&desk, third, "Ana García");
    assert_eq!(alike(&desk, third), [], "the two are two under any number");
}
