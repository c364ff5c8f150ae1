//! Time travel and names: people and queues are called as they were called then, and a conversation that came by a merger
//! of contacts is shown under the name of whom it was with.

use transom::actions::{agent, contact, queue, transfer};
use transom::domain::access::Viewer;
use transom::domain::agent::{Agent, Role};
use transom::domain::channel::Kind;
use transom::domain::contact::Contact;
use transom::domain::conversation::Conversation;
use transom::domain::{Id, Span};

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::ANA;

struct Case {
    desk: TestDesk,
    marta: Person,
    root: Viewer,
    id: Id<Conversation>,
}

impl Case {
    fn new() -> Case {
        let desk = TestDesk::new();
        let (marta, root) = (desk.person("Marta", Role::Supervisor), desk.viewer("Root", Role::Admin));
        let chat = desk.channel(Kind::Whatsapp);
        let id = desk.says(&chat, ANA, "Is it in stock?");
        Case { desk, marta, root, id }
    }

    /// The newest entry of the conversation's log, after which some time passes.
    fn mark(&self) -> i64 {
        let id = self.id;
        let newest = self.desk.read(move |c| {
            let sql = "SELECT max(id) FROM log WHERE conversation_id = ?1";
            Ok(c.query_row(sql, [id], |row| row.get(0))?)
        });
        self.desk.pass(Span::hours(1));
        newest
    }

    /// The page as of an entry, without what stands around it.
    fn at(&self, event: i64) -> String {
        let page = self.desk.get(&self.marta, &format!("/conversations/{}/at/{event}", self.id));
        assert_eq!(page.status, 200, "{}", page.body);
        page.body.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned()
    }

    fn calls(&self, who: Id<Agent>, name: &str) {
        let (by, name) = (self.root.clone(), name.to_owned());
        let email = self.desk.read(move |c| Ok(transom::store::agent::get(c, who)?.unwrap().email));
        let change = agent::Change { email, name, role: Role::Supervisor };
        self.desk.act(move |tx, now| agent::change(tx, &by, who, &change, now)).unwrap();
    }
}

#[test]
fn people_are_called_as_they_were_called_then() {
    let case = Case::new();
    let program = case.desk.token_of(case.marta.id);
    case.desk.answers(&case.marta, case.id, "Good morning");
    let (first, first_time) = (case.mark(), case.desk.now());
    case.calls(case.marta.id, "Marta Vidal");
    case.desk.answers(&case.marta, case.id, "And good night");
    let second = case.mark();
    case.calls(case.marta.id, "Marta Reyes");
    case.calls(case.marta.id, "Marta");
    case.calls(case.marta.id, "Doctor Reyes");
    let then = case.at(first);
    assert!(then.contains("What Marta could see when sending"), "{then}");
    assert!(then.contains("<dd>Marta</dd>") && !then.contains("Vidal") && !then.contains("Reyes"), "{then}");
    let later = case.at(second);
    assert!(later.contains("What Marta Vidal could see when sending"), "{later}");
    assert!(later.contains("<dd>Marta Vidal</dd>") && !later.contains("Reyes"), "{later}");
    case.desk.answers(&case.marta, case.id, "It is me");
    let now = case.at(case.mark());
    assert!(now.contains("<dd>Doctor Reyes</dd>") && !now.contains("Vidal"), "{now}");
    let told = |time: String| {
        let told = case.desk.api_get(&program, &format!("/conversations/{}/at?time={time}", case.id)).json;
        told["messages"].as_array().unwrap().last().unwrap()["author"]["name"].clone()
    };
    assert_eq!(told((first_time - Span::minutes(30)).rfc3339()), "Marta");
    assert_eq!(told(case.desk.now().rfc3339()), "Doctor Reyes");
}

#[test]
fn a_queue_is_called_as_it_was_called_then_also_when_it_is_gone() {
    let case = Case::new();
    let by = case.root.clone();
    let board = case.desk.act(move |tx, now| queue::add(tx, &by, "Board", now)).unwrap();
    let by = case.root.clone();
    let sales = case.desk.act(move |tx, now| queue::add(tx, &by, "Sales", now)).unwrap();
    let to = |queue| {
        let (by, id) = (case.root.clone(), case.id);
        let to = transfer::To::Queue(queue);
        case.desk.act(move |tx, now| transfer::transfer(tx, &by, id, to, "", now)).unwrap();
        case.mark()
    };
    let first = to(board);
    let by = case.root.clone();
    case.desk.act(move |tx, now| queue::change(tx, &by, board, ("Council", &[]), now)).unwrap();
    case.desk.answers(&case.marta, case.id, "Good morning");
    let renamed = case.mark();
    let moved = to(sales);
    let by = case.root.clone();
    case.desk.act(move |tx, now| queue::delete(tx, &by, board, now)).unwrap();
    for (event, name) in [(first, "Board"), (renamed, "Council"), (moved, "Sales")] {
        let page = case.at(event);
        assert!(page.contains(&format!("<dd>{name}</dd>")), "{name}: {page}");
    }
}

#[test]
fn a_conversation_that_came_by_a_merger_is_shown_with_whom_it_was() {
    let case = Case::new();
    let by = case.root.clone();
    let other = case.desk.writes(&case.desk.channel(Kind::Email), "survivor@example.org", "m9").contact;
    let ana = case.desk.conversation(case.id).contact;
    let called = |id: Id<Contact>, name: &str| {
        let (by, change) =
            (by.clone(), contact::Change { name: Some(name.to_owned()), ..contact::Change::default() });
        case.desk.act(move |tx, now| contact::change(tx, &by, id, &change, now)).unwrap();
        case.desk.answers(&case.marta, case.id, name);
        case.mark()
    };
    called(other, "Survivor Early");
    let first = called(ana, "Wilhelmina");
    let second = called(ana, "Wilma");
    let order = contact::Merge { survivor: other, other: ana, open: contact::OpenOnes::Keep };
    let me = by.clone();
    case.desk.act(move |tx, now| contact::merge(tx, &me, order, now)).unwrap();
    let merger = case.desk.count("SELECT max(id) FROM log WHERE kind = 'contact.merged'");
    let third = called(other, "Survivor");
    let is = |event: i64, name: &str| {
        let page = case.at(event);
        assert!(page.contains(&format!("{name}, as it was")), "{name}: {page}");
    };
    for (event, name) in [(first, "Wilhelmina"), (second, "Wilma"), (third, "Survivor")] {
        is(event, name);
    }
    let me = by.clone();
    case.desk.act(move |tx, now| contact::part(tx, &me, (other, Id::new(merger)), now)).unwrap();
    let fourth = called(ana, "Wilhelmina again");
    for (event, name) in
        [(first, "Wilhelmina"), (second, "Wilma"), (third, "Survivor"), (fourth, "Wilhelmina again")]
    {
        is(event, name);
    }
    // Whoever is erased is named nowhere, also where the conversation belongs to somebody else.
    let me = by.clone();
    case.desk.act(move |tx, now| contact::delete(tx, &me, other, now)).unwrap();
    assert_eq!(case.desk.count("SELECT count(*) FROM earlier_person WHERE name LIKE 'Survivor%'"), 0);
    case.desk.act(move |tx, now| contact::delete(tx, &by, ana, now)).unwrap();
    assert_eq!(case.desk.count("SELECT count(*) FROM earlier_person"), 0);
}
