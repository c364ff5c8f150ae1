//! Mergers of contacts, taken back and erased: what was stands again, and what goes leaves no trace.

use serde_json::json;
use transom::actions::{contact as people, snooze};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::Contact;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::field;
use transom::domain::{Id, Span};
use transom::store;

use crate::support::TestDesk;

/// Two people, a supervisor, and a field of the team's own.
struct Two {
    desk: TestDesk,
    sue: Viewer,
    one: Conversation,
    other: Conversation,
    field: Id<field::Field>,
}

impl Two {
    fn new() -> Two {
        let desk = TestDesk::new();
        let sue = desk.viewer("Sue", Role::Supervisor);
        let (whatsapp, mail) = (desk.channel(Kind::Whatsapp), desk.channel(Kind::Email));
        let one = desk.writes(&whatsapp, "+34612345678", "m1");
        let other = desk.writes(&mail, "wilhelmina@canary.example", "m2");
        let field = desk.write(|tx| {
            tx.execute("INSERT INTO field (name, kind, created_at) VALUES ('Street', 'text', 1)", [])?;
            Ok(Id::new(tx.last_insert_rowid()))
        });
        let two = Two { desk, sue, one, other, field };
        two.change(two.one.contact, people::Change { name: Some("Ana".into()), ..Default::default() });
        two.change(
            two.other.contact,
            people::Change {
                name: Some("Wilhelmina Canary".into()),
                about: Some("Canary about".into()),
                fields: vec![(field, "Canary Wharf 7".into())],
                ..Default::default()
            },
        );
        two
    }

    fn change(&self, id: Id<Contact>, change: people::Change) {
        let by = self.sue.clone();
        self.desk.act(move |tx, now| people::change(tx, &by, id, &change, now)).unwrap();
    }

    /// Merges the second into the first; the entry of the log.
    fn merge(&self, survivor: Id<Contact>, other: Id<Contact>) -> i64 {
        let (by, open) = (self.sue.clone(), people::OpenOnes::Close);
        let order = people::Merge { survivor, other, open };
        self.desk.act(move |tx, now| people::merge(tx, &by, order, now)).unwrap();
        self.desk.count("SELECT max(id) FROM log WHERE kind = 'contact.merged'")
    }

    fn part(&self, id: Id<Contact>, merger: i64) {
        let by = self.sue.clone();
        self.desk.act(move |tx, now| people::part(tx, &by, (id, Id::new(merger)), now)).unwrap();
    }

    fn erase(&self, id: Id<Contact>) {
        let by = self.sue.clone();
        self.desk.act(move |tx, now| people::delete(tx, &by, id, now)).unwrap();
    }

    fn contact(&self, id: Id<Contact>) -> Contact {
        self.desk.read(move |c| Ok(store::contact::get(c, id)?.unwrap()))
    }

    fn in_field(&self, id: Id<Contact>) -> Option<String> {
        let field = self.field;
        self.desk.read(move |c| Ok(store::field::of(c, id)?.remove(&field)))
    }

    fn blocks(&self, id: Id<Contact>) {
        let by = self.sue.clone();
        self.desk.act(move |tx, now| people::block(tx, &by, id, now)).unwrap();
    }
}

/// Every cell of every table, also of those behind the search, in which one of these words stands, in whatever case.
pub(crate) fn traces(desk: &TestDesk, words: &'static [&'static str]) -> Vec<String> {
    desk.read(move |c| {
        let mut names = c.prepare(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')",
        )?;
        let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        for name in names {
            let mut statement = c.prepare(&format!("SELECT * FROM \"{name}\""))?;
            let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for (place, column) in columns.iter().enumerate() {
                    let value = row.get_ref(place)?;
                    let bytes = value.as_bytes().map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
                    let text = String::from_utf8_lossy(&bytes);
                    found.extend(
                        words
                            .iter()
                            .filter(|word| text.contains(**word))
                            .map(|word| format!("{name}.{column}: {word}")),
                    );
                }
            }
        }
        Ok(found)
    })
}

const CANARY: &[&str] = &["canary", "wilhelmina"];

#[test]
fn s222_what_was_closed_stands_again_as_it_stood() {
    let two = Two::new();
    let until = two.desk.now() + Span::days(3);
    let (by, id) = (two.sue.clone(), two.other.id);
    two.desk.act(move |tx, now| snooze::snooze(tx, &by, id, Some(until), now)).unwrap();
    let before = two.desk.conversation(id);
    assert!(before.waiting_since.is_some() && before.status == Status::Snoozed);
    let merger = two.merge(two.one.contact, two.other.contact);
    assert_eq!(two.desk.conversation(id).status, Status::Closed);
    two.desk.pass(Span::hours(1));
    two.part(two.one.contact, merger);
    let after = two.desk.conversation(id);
    assert_eq!((after.status, after.snoozed_until), (Status::Snoozed, Some(until)));
    assert_eq!((after.waiting_since, after.unread), (before.waiting_since, before.unread));
    assert_eq!(two.desk.count("SELECT count(*) FROM episode WHERE closed_at IS NOT NULL"), 0);
}

#[test]
fn s222_what_moved_on_since_stays_as_it_is() {
    let two = Two::new();
    let merger = two.merge(two.one.contact, two.other.contact);
    two.desk.pass(Span::hours(1));
    let mail = two
        .desk
        .read(move |c| Ok(store::channel::all(c)?.into_iter().find(|one| one.kind == Kind::Email).unwrap()));
    two.desk.writes(&mail, "wilhelmina@canary.example", "m3");
    let by = two.sue.clone();
    let id = two.other.id;
    two.desk
        .act(move |tx, now| transom::actions::close::close(tx, &by, id, &Default::default(), now))
        .unwrap();
    two.part(two.one.contact, merger);
    assert_eq!(two.desk.conversation(id).status, Status::Closed, "somebody closed it again");
    assert_eq!(two.desk.conversation(id).contact, two.other.contact);
}

#[test]
fn s222_what_a_rule_deleted_since_is_no_reason_to_stay_one() {
    let two = Two::new();
    let merger = two.merge(two.one.contact, two.other.contact);
    let gone = two.other.id;
    two.desk.write(move |tx| store::retention::remove_conversation(tx, gone));
    two.part(two.one.contact, merger);
    assert_eq!(two.contact(two.other.contact).name, "Wilhelmina Canary");
}

#[test]
fn s222_what_was_changed_since_the_merger_stays() {
    let two = Two::new();
    let (one, other) = (two.one.contact, two.other.contact);
    let merger = two.merge(one, other);
    assert_eq!(two.in_field(one).as_deref(), Some("Canary Wharf 7"));
    let about = Some("Canary about\nLikes tea".to_owned());
    two.change(
        one,
        people::Change { about, fields: vec![(two.field, "High Street 1".into())], ..Default::default() },
    );
    two.part(one, merger);
    assert_eq!(two.in_field(one).as_deref(), Some("High Street 1"), "somebody wrote it since");
    assert_eq!(two.in_field(other).as_deref(), Some("Canary Wharf 7"));
    assert_eq!(two.contact(one).about, "Canary about\nLikes tea");
    assert_eq!((two.contact(one).name, two.contact(other).name), ("Ana".into(), "Wilhelmina Canary".into()));
    // What nobody touched goes back.
    let merger = two.merge(other, one);
    two.change(other, people::Change { name: Some("Mina".into()), ..Default::default() });
    two.part(other, merger);
    assert_eq!((&*two.contact(other).name, &*two.contact(other).about), ("Mina", "Canary about"));
}

#[test]
fn s203_who_is_blocked_stays_blocked_by_a_merger() {
    let two = Two::new();
    let (one, other) = (two.one.contact, two.other.contact);
    two.blocks(other);
    let since = two.contact(other).blocked_at;
    two.desk.pass(Span::hours(1));
    let merger = two.merge(one, other);
    assert_eq!(two.contact(one).blocked_at, since, "nobody lifted it");
    assert_eq!(two.desk.conversation(two.other.id).status, Status::Closed);
    two.part(one, merger);
    assert_eq!((two.contact(one).blocked_at, two.contact(other).blocked_at), (None, since));
    // The other way round: whom somebody let in meanwhile is in.
    let merger = two.merge(other, one);
    assert_eq!(two.contact(other).blocked_at, since);
    let by = two.sue.clone();
    two.desk.act(move |tx, now| people::unblock(tx, &by, other, now)).unwrap();
    two.part(other, merger);
    assert_eq!((two.contact(one).blocked_at, two.contact(other).blocked_at), (None, None));
}

#[test]
fn the_page_of_a_merger_says_that_a_block_stays() {
    let two = Two::new();
    let mara = two.desk.person("Mara", Role::Supervisor);
    let (one, other) = (two.one.contact, two.other.contact);
    two.desk.write(move |tx| {
        tx.execute(
            "INSERT INTO likeness (contact_id, other_id, address_id) SELECT ?1, ?2, id FROM address LIMIT 1",
            (one.min(other), one.max(other)),
        )?;
        Ok(())
    });
    let page = || two.desk.get(&mara, &format!("/contacts/{one}/merge/{other}")).body;
    assert!(!page().contains("One of the two is blocked"));
    two.blocks(other);
    assert!(page().contains("One of the two is blocked"));
}

#[test]
fn the_page_of_a_merger_shows_what_only_one_of_two_values_survives() {
    let two = Two::new();
    let mara = two.desk.person("Mara", Role::Supervisor);
    let (one, other) = (two.one.contact, two.other.contact);
    let change = |language: &str| people::Change { language: Some(language.into()), ..Default::default() };
    two.change(one, change("de"));
    two.change(other, people::Change { dedicated: Some(Some(mara.id)), ..change("en") });
    let path = format!("/contacts/{one}/merge/{other}");
    let page = two.desk.get(&mara, &path).body;
    for shown in ["<dd>de</dd>", "<dd>en</dd>", "<dd>Mara</dd>", "<dt>Street</dt><dd>Canary Wharf 7</dd>"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains("Notes are put together"));
    // A double click is one merger.
    let sent = [("survivor", &*one.to_string())];
    for _ in 0..2 {
        let answer = two.desk.post(&mara, &path, &sent);
        assert_eq!((answer.status, answer.header("location")), (303, Some(&*format!("/contacts/{one}"))));
    }
    assert_eq!(two.desk.count("SELECT count(*) FROM log WHERE kind = 'contact.merged'"), 1);
}

#[test]
fn who_is_erased_after_a_merger_was_taken_back_leaves_no_trace() {
    let two = Two::new();
    let merger = two.merge(two.one.contact, two.other.contact);
    assert!(!traces(&two.desk, CANARY).is_empty(), "the words are looked for where they are");
    two.part(two.one.contact, merger);
    two.erase(two.other.contact);
    assert_eq!(traces(&two.desk, CANARY), Vec::<String>::new());
    assert_eq!(two.contact(two.one.contact).name, "Ana", "the other one is untouched");
}

#[test]
fn who_was_merged_on_and_on_is_erased_with_the_last() {
    let two = Two::new();
    let third = two.desk.writes(&two.desk.channel(Kind::Sms), "+34699999999", "m4").contact;
    two.merge(two.one.contact, two.other.contact);
    two.merge(third, two.one.contact);
    two.erase(third);
    assert_eq!(traces(&two.desk, CANARY), Vec::<String>::new());
}

#[test]
fn what_would_undo_a_merger_goes_when_it_cannot_be_undone() {
    let two = Two::new();
    let merger = two.merge(two.one.contact, two.other.contact);
    let log = two.desk.read(|c| store::event::after(c, 0, 500));
    let told = log.iter().map(|event| event.data.to_string().to_lowercase()).collect::<String>();
    assert!(!told.contains("canary"), "the log holds nothing of a person: {told}");
    let tidied = |two: &Two| {
        two.desk.act(|tx, now| Ok(store::merge::tidy(tx, now - people::PARTED_WITHIN, 10)?)).unwrap()
    };
    two.desk.pass(Span::days(6));
    assert_eq!(tidied(&two), 0);
    two.desk.pass(Span::days(2));
    assert_eq!((tidied(&two), two.desk.count("SELECT count(*) FROM merger")), (1, 0));
    let sue = two.desk.program("Una", Role::Supervisor);
    let told = two.desk.api_post(
        &sue,
        &format!("/contacts/{}/part", two.one.contact),
        json!({ "merge_id": merger }),
    );
    assert_eq!((told.status, told.code()), (409, "merged_long_ago"));
}

#[test]
fn the_words_of_an_erased_person_leave_a_large_index_step_by_step() {
    let two = Two::new();
    two.desk.write(|tx| {
        for from in [1_000, 11_000, 21_000] {
            tx.execute(
                "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 9999)
                 INSERT INTO contact_words (rowid, text) SELECT i, hex(i * 7919) || ' ' || hex(i * 104729) FROM n",
                [from],
            )?;
        }
        Ok(())
    });
    two.erase(two.other.contact);
    let steps = (0..100).take_while(|_| two.desk.act(|tx, _| Ok(store::purge::go_on(tx)?)).unwrap()).count();
    assert!(steps < 100, "it comes to an end");
    assert_eq!(traces(&two.desk, CANARY), Vec::<String>::new());
    let hits = "SELECT count(*) FROM contact_words WHERE contact_words MATCH hex(5000 * 7919)";
    assert_eq!(two.desk.count(hits), 1, "everybody else is found");
}
