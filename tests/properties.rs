//! Whatever stands in a desk: it is the same desk after an export and an import, a sheet of its people brings the same
//! people elsewhere, and search finds what is there and nothing that is gone.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use transom::actions::contact::{self, New, NewAddress};
use transom::actions::{assign, close, note, snooze};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::{AddressKind, Contact};
use transom::domain::conversation::Conversation;
use transom::domain::inbound::Event;
use transom::domain::{Id, Span};
use transom::store;

use crate::support::TestDesk;
use crate::support::cast::{answer, text};
use crate::support::process::{complained, run};

/// Pieces of texts that break readers, quote characters, formulas, sheets and logs, beside ordinary ones.
fn piece() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "=HYPERLINK(\"http://x.example\")",
        "+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "'=1",
        "''=1",
        "'",
        "\"",
        "\"\"",
        ",",
        ";",
        "|cmd",
        "%0A",
        "\n",
        "\r\n",
        "\u{2028}",
        "\u{202e}abc",
        "＝1",
        "＋1",
        "\u{feff}",
        "\u{a0}=1",
        "O'Hara",
        "田中",
        "é",
        "e\u{301}",
        "🧵👩‍👩‍👧",
        "<script>",
        "{{name}}",
        "\\",
        "\\n",
        "null",
        "NULL",
        "--",
        "\u{7f}",
        "\u{1}",
        "مرحبا",
        "a b",
    ]);
    prop_oneof![3 => odd.prop_map(str::to_owned), 2 => "[a-zA-Z]{1,8}", 1 => "\\PC{1,6}"]
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 1..5).prop_map(|pieces| pieces.join(" "))
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Writes(String),
    Replies(String),
    Notes(String),
    Closes,
    Snoozes,
    Assigns(bool),
    Renames(String),
    Erases,
    Passes,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => words().prop_map(Step::Writes),
        2 => words().prop_map(Step::Replies),
        2 => words().prop_map(Step::Notes),
        1 => Just(Step::Closes),
        1 => Just(Step::Snoozes),
        1 => any::<bool>().prop_map(Step::Assigns),
        1 => words().prop_map(Step::Renames),
        1 => Just(Step::Erases),
        1 => Just(Step::Passes),
    ]
}

/// A desk to which something happens, and by whom.
pub(crate) struct Stage {
    pub desk: TestDesk,
    pub by: Viewer,
    channel: Channel,
}

impl Stage {
    pub fn new() -> Stage {
        let desk = TestDesk::new();
        let (channel, by) = (desk.channel(Kind::Sms), desk.viewer("Marta", Role::Supervisor));
        Stage { desk, by, channel }
    }

    /// The conversation of the `who`-th customer, if there is one.
    fn conversation(&self, who: u8) -> Option<Conversation> {
        let newest =
            "SELECT c.id FROM conversation c JOIN address a ON a.id = c.address_id WHERE a.value = ?1
            ORDER BY c.id DESC LIMIT 1";
        let value = format!("+3461234567{who}");
        let id: Option<i64> = self.desk.read(|c| {
            let mut statement = c.prepare(newest)?;
            let mut rows = statement.query([value])?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
        });
        id.map(|id| self.desk.conversation(Id::new(id)))
    }

    /// Lets it happen; what the rules refuse changes nothing, which is part of it.
    pub fn happens(&self, number: usize, who: u8, step: Step) {
        let (desk, by) = (&self.desk, self.by.clone());
        if let Step::Writes(body) = step {
            let mut incoming =
                text(&self.channel, &format!("+3461234567{who}"), &format!("m{number}"), desk.now());
            incoming.body = body;
            desk.hear(&self.channel, Event::Message(incoming)).unwrap();
            return;
        }
        let Some(there) = self.conversation(who) else { return };
        let (id, person) = (there.id, there.contact);
        let _ = match step {
            Step::Writes(_) => Ok(()),
            Step::Replies(body) => desk.replies(&by, &answer(id, &body)).map(drop),
            Step::Notes(body) => desk.act(move |tx, now| note::note(tx, &by, id, &body, None, now).map(drop)),
            Step::Closes => {
                desk.act(move |tx, now| close::close(tx, &by, id, &close::Closing::default(), now))
            }
            Step::Snoozes => {
                desk.act(move |tx, now| snooze::snooze(tx, &by, id, Some(now + Span::hours(1)), now))
            }
            Step::Assigns(to) => {
                desk.act(move |tx, now| assign::assign(tx, &by, id, to.then_some(by.agent), now))
            }
            Step::Renames(name) => desk.act(move |tx, _| {
                let mut contact = store::contact::get(tx, person)?.unwrap();
                contact.name = name;
                Ok(store::contact::update(tx, &contact)?)
            }),
            Step::Erases => desk.act(move |tx, now| contact::delete(tx, &by, person, now).map(drop)),
            Step::Passes => {
                desk.pass(Span::hours(2));
                Ok(())
            }
        };
    }
}

fn said(words: &[&str]) -> String {
    let output = run(words);
    assert!(output.status.success(), "{words:?}: {}", complained(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_desk_is_the_same_after_an_export_and_an_import(
        steps in prop::collection::vec((0_u8..4, step()), 1..40),
    ) {
        let stage = Stage::new();
        for (number, (who, step)) in steps.into_iter().enumerate() {
            stage.happens(number, who, step);
        }
        let folder = stage.desk.folder.path();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (db, out, copy) = (path("transom.db"), path("out"), path("copy.db"));
        said(&["export", &out, "--db", &db]);
        said(&["import", "jsonl", &out, "--db", &copy]);
        let hash = |db: &str| said(&["export", "--hash", "--db", db]);
        prop_assert_eq!(hash(&copy), hash(&db));
        said(&["check", &copy]);
        // And once more from there: the way is no one-way street.
        let (again, third) = (path("again"), path("third.db"));
        said(&["export", &again, "--db", &copy]);
        said(&["import", "jsonl", &again, "--db", &third]);
        prop_assert_eq!(hash(&third), hash(&db));
    }
}

/// A person as a sheet tells of one.
type Told = (String, String, BTreeSet<(AddressKind, String)>);

/// Everybody in the address book.
fn people(desk: &TestDesk) -> Vec<Told> {
    let ids: Vec<Id<Contact>> = desk.read(|c| {
        let mut statement = c.prepare("SELECT id FROM contact ORDER BY id")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    });
    let mut all: Vec<Told> = ids
        .into_iter()
        .map(|id| {
            desk.read(|c| {
                let contact = store::contact::get(c, id)?.unwrap();
                let addresses = store::contact::addresses(c, id)?;
                let addresses = addresses.into_iter().map(|address| (address.kind, address.value)).collect();
                Ok((contact.name, contact.about, addresses))
            })
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sheet_of_any_contacts_brings_the_same_people_elsewhere(
        given in prop::collection::vec((words(), prop::option::of(words()), 0_u8..4), 1..12),
    ) {
        let desk = TestDesk::new();
        let marta = desk.person("Marta", Role::Supervisor);
        for (number, (name, about, which)) in given.into_iter().enumerate() {
            let mut addresses = Vec::new();
            if which & 1 == 1 {
                let value = format!("person{number}@example.org");
                addresses.push(NewAddress { kind: AddressKind::Email, value, channel: None });
            }
            if which & 2 == 2 {
                let value = format!("+346001112{number:02}");
                addresses.push(NewAddress { kind: AddressKind::Phone, value, channel: None });
            }
            let new = New { name, about: about.unwrap_or_default(), addresses, ..New::default() };
            let by = desk.rights(&marta);
            // A name of spaces alone is none, and refused.
            let _ = desk.act(move |tx, now| contact::create(tx, &by, &new, now));
        }
        let sheet = desk.post(&marta, "/segments/export", &[]);
        prop_assert_eq!(sheet.status, 200);
        let elsewhere = TestDesk::new();
        let path = elsewhere.folder.path().join("people.csv");
        std::fs::write(&path, &sheet.body).unwrap();
        let db = elsewhere.folder.path().join("transom.db");
        let words = ["import", "contacts", path.to_str().unwrap(), "--json", "--db", db.to_str().unwrap()];
        let told: serde_json::Value = serde_json::from_str(&said(&words)).unwrap();
        prop_assert_eq!(told["wrong"].as_u64(), Some(0), "{}", told);
        prop_assert_eq!(people(&elsewhere), people(&desk), "{}", sheet.body);
        // No program that opens it runs a cell.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(sheet.body.as_bytes());
        for record in reader.records() {
            for cell in &record.unwrap() {
                let first = cell.trim_start_matches([' ', '"', '\u{a0}', '\u{feff}']).chars().next();
                prop_assert!(!first.is_some_and(|first| "=+-@\t\r\n|%＝＋－＠".contains(first)), "{:?}", cell);
            }
        }
    }

    #[test]
    fn whatever_is_deleted_search_finds_what_is_there_and_nothing_else(
        steps in prop::collection::vec((0_u8..5, prop_oneof![
            5 => Just(true),
            2 => Just(false),
        ]), 1..30),
    ) {
        let stage = Stage::new();
        let marta = stage.desk.person("Nora", Role::Supervisor);
        // Each message has a word of its own, which is in the desk as long as the message is.
        let mut there: BTreeMap<String, u8> = BTreeMap::new();
        let mut all = Vec::new();
        for (number, (who, writes)) in steps.into_iter().enumerate() {
            if writes {
                let word = format!("zq{number}word");
                stage.happens(number, who, Step::Writes(format!("Hello {word}, and good bye")));
                there.insert(word.clone(), who);
                all.push(word);
            } else {
                stage.happens(number, who, Step::Erases);
                there.retain(|_, of| *of != who);
            }
        }
        for word in &all {
            let page = stage.desk.get(&marta, &format!("/search?q={word}"));
            let link = there.get(word).and_then(|who| stage.conversation(*who));
            match link {
                Some(conversation) => {
                    let link = format!("/conversations/{}", conversation.id);
                    prop_assert!(page.body.contains(&link), "{} is there: {}", word, page.body);
                }
                None => prop_assert!(!page.body.contains("/conversations/1") && !page.body.contains("good bye"),
                    "{} is gone: {}", word, page.body),
            }
        }
        for step in store::check::Step::ALL {
            prop_assert_eq!(stage.desk.read(|c| store::check::run(c, step)), Vec::<String>::new());
        }
    }
}
