//! The page of a conversation as it was: its stops, its field for a moment, and what it says of how the conversation stood.

use transom::actions::{contact, react, tag};
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Conversation;
use transom::domain::event::kind;
use transom::domain::tag::Colour;
use transom::domain::{Id, Span};

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::ANA;

fn main_of(page: &str) -> String {
    page.split("<main").nth(1).unwrap_or("").split("</main>").next().unwrap_or("").to_owned()
}

struct Case {
    desk: TestDesk,
    marta: Person,
    id: Id<Conversation>,
}

impl Case {
    fn new() -> Case {
        let desk = TestDesk::new();
        let marta = desk.person("Marta", Role::Supervisor);
        let chat = desk.channel(Kind::Whatsapp);
        let id = desk.says(&chat, ANA, "Is it in stock?");
        Case { desk, marta, id }
    }

    fn page(&self, query: &str) -> (u16, String) {
        let page = self.desk.get(&self.marta, &format!("/conversations/{}/at{query}", self.id));
        (page.status, main_of(&page.body))
    }

    fn shown(&self, query: &str) -> String {
        let (status, page) = self.page(query);
        assert_eq!(status, 200, "{page}");
        page
    }
}

#[test]
fn the_stops_of_the_slider_are_numbered_from_one() {
    let case = Case::new();
    let others = case.desk.channel(Kind::Sms);
    for number in 0..20 {
        case.desk.writes(&others, &format!("+346123456{number:02}"), &format!("o{number}"));
    }
    case.desk.pass(Span::hours(1));
    case.desk.answers(&case.marta, case.id, "Good morning");
    let newest = case.shown("");
    let count: usize = newest.split("max=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert!((3..15).contains(&count), "its own entries and nobody else's: {count}");
    assert!(newest.contains("min=\"1\"") && newest.contains(&format!("value=\"{count}\" step")), "{newest}");
    assert!(newest.contains(&format!("{count} of {count}")), "{newest}");
    let upto = newest.split("name=\"upto\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let first = case.shown(&format!("?upto={upto}&stop=1"));
    assert!(first.contains(&format!("1 of {count}")) && !first.contains("Good morning"), "{first}");
    // Every stop is another entry, and what comes later moves none.
    case.desk.pass(Span::hours(1));
    case.desk.shuts(&case.desk.rights(&case.marta), case.id);
    let links: std::collections::BTreeSet<String> = (1..=count)
        .map(|stop| {
            let page = case.shown(&format!("?upto={upto}&stop={stop}"));
            assert!(page.contains(&format!("value=\"{stop}\" step")), "{page}");
            let (before, _) = page.split_once("aria-current=\"true\"").unwrap();
            before.rsplit("href=\"").next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(links.len(), count);
}

#[test]
fn a_day_and_a_time_lead_to_how_it_was_then() {
    let case = Case::new();
    let at = |span: Span| {
        let zone = case.desk.read(transom::store::setting::zone);
        transom::i18n::when::field(case.desk.now() + span, &zone)
    };
    let began = at(Span::seconds(0));
    let before = at(Span::hours(-1));
    case.desk.pass(Span::hours(2));
    case.desk.answers(&case.marta, case.id, "Good morning");
    let then = case.shown(&format!("?date={began}"));
    assert!(then.contains("Is it in stock?") && !then.contains("Good morning"), "the minute counts: {then}");
    assert!(then.contains(&format!("value=\"{began}\"")), "{then}");
    assert!(case.shown(&format!("?date={}", at(Span::seconds(0)))).contains("Good morning"));
    let early = case.shown(&format!("?date={before}"));
    assert!(early.contains("had not begun then"), "{early}");
    let (status, wrong) = case.page("?date=yesterday");
    assert_eq!(status, 422);
    assert!(wrong.contains("value=\"yesterday\"") && wrong.contains("This is no day with a time"), "{wrong}");
}

#[test]
fn tags_and_the_name_are_as_they_were() {
    let case = Case::new();
    let (by, id) = (case.desk.rights(&case.marta), case.id);
    let person = case.desk.conversation(id).contact;
    let old = case.desk.count("SELECT max(id) FROM log");
    case.desk.pass(Span::hours(1));
    let (me, who) = (by.clone(), case.desk.person("Ada", Role::Admin));
    let admin = case.desk.rights(&who);
    let label = case.desk.act(move |tx, now| tag::add(tx, &admin, "Complaint", Colour::Red, now)).unwrap();
    case.desk.act(move |tx, now| tag::put(tx, &me, id, label, now)).unwrap();
    let tagged = case.desk.count("SELECT max(id) FROM log");
    let me = by.clone();
    case.desk.act(move |tx, now| tag::take(tx, &me, id, label, now)).unwrap();
    let me = by.clone();
    let change = contact::Change { name: Some("Anastasia Q.".into()), ..contact::Change::default() };
    case.desk.act(move |tx, now| contact::change(tx, &me, person, &change, now)).unwrap();
    case.desk.pass(Span::hours(1));
    case.desk.answers(&case.marta, id, "Good morning");
    let (first, then, last) =
        (case.shown(&format!("/{old}")), case.shown(&format!("/{tagged}")), case.shown(""));
    let has = |page: &str| page.contains("<dt>Tags</dt><dd>Complaint</dd>");
    assert_eq!((has(&first), has(&then), has(&last)), (false, true, false), "{then}");
    assert!(first.contains(ANA.name) && !first.contains("Anastasia"), "{first}");
    assert!(last.contains("Anastasia Q., as it was"), "{last}");
    // Erased, nothing tells how the person was called.
    case.desk.act(move |tx, now| contact::delete(tx, &by, person, now)).unwrap();
    assert_eq!(case.desk.count("SELECT count(*) FROM earlier_name"), 0);
}

#[test]
fn what_had_been_said_before_is_a_page_further() {
    let case = Case::new();
    let chat = case.desk.read(|c| Ok(transom::store::channel::all(c)?.remove(0)));
    for number in 0..60 {
        case.desk.pass(Span::minutes(1));
        case.desk.says(&chat, ANA, &format!("Word number {number}."));
    }
    let newest = case.shown("");
    assert!(newest.contains("Word number 59.") && !newest.contains("Is it in stock?"));
    let link = newest.split("What had been said before").next().unwrap().rsplit("href=\"").next().unwrap();
    let link = link.split('"').next().unwrap().split("/at").nth(1).unwrap().to_owned();
    let older = case.shown(&link);
    assert!(older.contains("Is it in stock?") && !older.contains("Word number 59."), "{older}");
    assert!(!older.contains("What had been said before"), "there is nothing before it");
}

/// Pictures and places are named, a reaction of ours comes when it came, and no entry has the name of its kind.
#[test]
fn a_moment_shows_what_was_there_and_calls_it_by_words() {
    let case = Case::new();
    let (by, id) = (case.desk.rights(&case.marta), case.id);
    let first = case.desk.said(id).remove(0).id;
    case.desk.write(move |tx| {
        tx.execute("UPDATE message SET body = '', provider_id = 'wamid.1' WHERE id = ?1", [first])?;
        Ok(tx.execute(
            "INSERT INTO attachment (message_id, name, media_type, size, state, key, created_at)
             VALUES (?1, 'lamp.jpg', 'image/jpeg', 1, 'stored', 'k', 5)",
            [first],
        )?)
    });
    case.desk.pass(Span::minutes(1));
    case.desk.answers(&case.marta, id, "Good morning");
    let before = case.desk.count("SELECT max(id) FROM log");
    case.desk.pass(Span::minutes(1));
    let me = by.clone();
    case.desk.act(move |tx, now| react::react(tx, &me, first, "👍", now)).unwrap();
    let (then, now) = (case.shown(&format!("/{before}")), case.shown(""));
    assert!(then.contains("lamp.jpg") && !then.contains("No text"), "{then}");
    assert!(!then.contains("👍") && now.contains("👍"), "{now}");
    for kind in kind::ALL {
        case.desk.write(move |tx| {
            Ok(tx.execute(
                "INSERT INTO event (at, kind_no, conversation_id, data) VALUES (5, ?1, ?2, '{}')",
                (kind::number(kind), id),
            )?)
        });
        let page = case.shown("");
        assert!(!page.contains(kind), "{kind}: {page}");
    }
}
