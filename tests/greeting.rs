//! The virtual assistant of an entry point: what it says, when it stops, and what it never does.

use crate::support::TestDesk;
use crate::support::cast::{answer, text};
use crate::support::desk::NOON;
use transom::actions::{Error, assign, contact, deal, greet, snooze, transfer};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind, OnReturn};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::kind;
use transom::domain::greeter::{Answer, Greeter, Why};
use transom::domain::hours::{self, Hours};
use transom::domain::inbound::{Event, Incoming, Party};
use transom::domain::message::{self, Extra, Message};
use transom::domain::queue::{Mode, Rules};
use transom::domain::{Id, Refused, Span};
use transom::jobs::ticker::{self, Rounds};
use transom::net::Client;
use transom::store;

const LABEL: &str = "Virtual assistant";

/// What most tests let it say.
pub(crate) fn greeter() -> Greeter {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Greeter {
        label: LABEL.to_owned(),
        greeting: "Hello, what is it about?".to_owned(),
        answers: vec![
            Answer {
                words: words(&["opening hours", "horario", "öffnungszeiten"]),
                text: "From 9 to 6.".into(),
            },
            Answer { words: words(&["price", "precio"]), text: "It costs 10.".into() },
        ],
        person_words: words(&["person", "persona"]),
        handing: "One of us will be with you.".to_owned(),
        unknown: "Please use other words.".to_owned(),
        ..Greeter::default()
    }
}

/// A desk with an entry point at which an assistant works.
struct Hall {
    desk: TestDesk,
    channel: Channel,
}

impl Hall {
    fn new(kind: Kind, greeter: Greeter) -> Hall {
        let desk = TestDesk::new();
        let channel = desk.channel(kind);
        let hall = Hall { desk, channel };
        hall.set(true, greeter);
        hall
    }

    fn set(&self, works: bool, greeter: Greeter) {
        let id = self.channel.id;
        let boss = transom::domain::access::Viewer::console();
        self.desk.act(move |tx, now| greet::set(tx, &boss, (id, works, &greeter), now)).unwrap();
    }

    /// Somebody without a name writes.
    fn hears_with(&self, id: &str, body: &str, change: impl FnOnce(&mut Incoming)) -> Conversation {
        let mut incoming = text(&self.channel, "+34612345678", id, self.desk.now());
        incoming.body = body.to_owned();
        if self.channel.card.window.free.is_none() {
            incoming.opener = None;
        }
        change(&mut incoming);
        self.desk.hear(&self.channel, Event::Message(incoming)).unwrap();
        let message = self.desk.read(|c| Ok(store::message::by_provider(c, self.channel.id, id)?.unwrap()));
        self.desk.conversation(message.conversation)
    }

    fn hears(&self, id: &str, body: &str) -> Conversation {
        self.hears_with(id, body, |_| {})
    }

    /// What we said, in order.
    fn said(&self, conversation: &Conversation) -> Vec<Message> {
        let mut all = self.desk.said(conversation.id);
        all.retain(|message| message.kind == message::Kind::Outbound);
        all
    }

    fn last(&self, conversation: &Conversation) -> String {
        self.said(conversation).pop().map(|message| message.body).unwrap_or_default()
    }

    fn speaks(&self, conversation: &Conversation) -> bool {
        let id = conversation.id;
        self.desk.read(|c| Ok(store::greeting::held(c, &[id])?.contains_key(&id)))
    }

    /// Why it handed over, each time.
    fn handed(&self, conversation: &Conversation) -> Vec<Why> {
        let lines = self.desk.lines(conversation.id);
        let handed = lines.into_iter().filter(|(what, _)| what == kind::CONVERSATION_HANDED);
        handed.filter_map(|(_, line)| line.handed).collect()
    }

    fn ticks(&self) {
        ticker::tick(&self.desk.desk, &mut Rounds::default()).unwrap();
    }
}

#[test]
fn s80_s89_preset_answers_come_before_an_agent_under_a_name_that_the_team_chose() {
    let hall = Hall::new(Kind::Sms, Greeter { label: "Bot de Lola".to_owned(), ..greeter() });
    let came = hall.hears("1", "¡Hola!");
    let greeted = hall.said(&came).remove(0);
    assert_eq!(greeted.body, "Hello, what is it about?");
    assert_eq!(
        (greeted.author, greeted.extra.automatic, greeted.extra.writer.as_str()),
        (None, true, "Bot de Lola")
    );
    assert_eq!(came.snippet, "Bot de Lola: Hello, what is it about?", "the list says who spoke");
    assert!(!came.snippet_ours && came.unread == 1 && came.assignee.is_none());
    assert!(came.waiting_since.is_some(), "a greeting answers nothing");
    hall.desk.pass(Span::seconds(5));
    let after = hall.hears("2", "Cuál es su HORARIO?");
    assert_eq!(hall.last(&after), "From 9 to 6.");
    assert_eq!((after.waiting_since, after.unread), (None, 2), "answered, and looked at by nobody");
    assert!(hall.speaks(&after));
    let due = hall.desk.count("SELECT count(*) FROM outbox WHERE due_at <= 1772539205000");
    assert_eq!(due, 2, "nobody takes back what it says, so it leaves at once");
}

#[test]
fn s80_words_are_found_whole_whatever_their_case_accents_and_script() {
    let asked = |word: &str, said: &str| {
        let one = Answer { words: vec![word.to_owned()], text: "yes".to_owned() };
        let greeter = Greeter { answers: vec![one], person_words: Vec::new(), ..greeter() };
        let heard =
            transom::domain::greeter::Heard { text: said, name_known: true, email_known: true, open: true };
        greeter.turn(&transom::domain::greeter::Talk::default(), heard).says.contains(&"yes".to_owned())
    };
    for (word, said) in [
        ("precio", "¿PRECIO?"),
        ("Öffnungszeiten", "offnungszeiten bitte"),
        ("envío", "hay envio?"),
        ("opening hours", "What are your opening-hours, please"),
        ("opening hours", "OPENING\nHOURS"),
        ("营业时间", "请问营业时间是什么"),
        ("เวลาทำการ", "ขอเวลาทำการหน่อย"),
        ("a.b", "a b"),
    ] {
        assert!(asked(word, said), "{word} in {said}");
    }
    for (word, said) in [
        ("price", "priceless"),
        ("art", "start"),
        ("opening hours", "hours opening"),
        ("opening hours", "opening many hours"),
        ("?", "what?"),
        ("", "anything"),
    ] {
        assert!(!asked(word, said), "{word} in {said}");
    }
}

#[test]
fn s229_it_hands_over_when_asked_and_when_it_does_not_understand_and_the_thread_says_where() {
    let hall = Hall::new(Kind::Sms, greeter());
    hall.hears("1", "hello");
    let asked = hall.hears("2", "I want a PERSON!");
    assert_eq!(
        (hall.last(&asked).as_str(), hall.handed(&asked)),
        ("One of us will be with you.", vec![Why::Asked])
    );
    assert!(!hall.speaks(&asked) && asked.waiting_since.is_some());
    let bodies: Vec<String> = hall
        .desk
        .read(|c| store::message::thread(c, asked.id, None, 20))
        .into_iter()
        .map(|m| m.body)
        .collect();
    assert_eq!(bodies.last().map(String::as_str), Some(kind::CONVERSATION_HANDED), "below all that it said");
    let later = hall.hears("3", "what is the price");
    assert_eq!(hall.said(&later).len(), 2, "from here on people answer");

    let hall = Hall::new(Kind::Sms, greeter());
    hall.hears("1", "hello");
    let once = hall.hears("2", "xyzzy");
    assert_eq!((hall.last(&once).as_str(), hall.handed(&once)), ("Please use other words.", vec![]));
    let known = hall.hears("3", "the price then");
    assert_eq!(hall.last(&known), "It costs 10.");
    hall.hears("4", "plugh");
    let twice = hall.hears("5", "plover");
    assert_eq!(hall.handed(&twice), vec![Why::Unknown], "two in a row");
}

#[test]
fn one_that_knows_no_answers_greets_and_hands_over_at_once() {
    let hall = Hall::new(Kind::Sms, Greeter { answers: Vec::new(), ..greeter() });
    let came = hall.hears("1", "hello");
    assert_eq!(hall.last(&came), "Hello, what is it about?\n\nOne of us will be with you.", "in one message");
    assert_eq!(hall.handed(&came), vec![Why::Greeted]);
}

#[test]
fn s88_a_name_and_an_address_are_asked_for_where_they_are_not_known() {
    let asking =
        Greeter { name_question: "Your name?".into(), email_question: "Your e-mail?".into(), ..greeter() };
    let hall = Hall::new(Kind::Sms, asking.clone());
    let came = hall.hears("1", "person please");
    assert_eq!(hall.last(&came), "Hello, what is it about?\n\nYour name?");
    assert!(hall.speaks(&came), "it collects first");
    hall.hears("2", " Ana  García ");
    let wrong = hall.hears("3", "why do you ask");
    assert_eq!(hall.last(&wrong), "Your e-mail?", "once more");
    let over = hall.hears("4", "it is <Ana@Example.org>, thanks");
    assert_eq!(
        (hall.last(&over).as_str(), hall.handed(&over)),
        ("One of us will be with you.", vec![Why::Asked])
    );
    let (name, mail) = hall.desk.read(|c| {
        let contact = store::contact::get(c, over.contact)?.unwrap();
        let mail =
            store::contact::addresses(c, over.contact)?.into_iter().find(|a| a.kind == AddressKind::Email);
        Ok((contact.name, mail.map(|mail| (mail.value, mail.verified))))
    });
    assert_eq!((name.as_str(), mail), ("Ana García", Some(("ana@example.org".to_owned(), false))));

    // Somebody else types the same address: they stay two, and who is known is asked nothing.
    let other = |incoming: &mut Incoming| {
        incoming.from.value = "+34600000001".to_owned();
        incoming.from.name = Some("Eva".to_owned());
    };
    let eva = hall.hears_with("5", "person", other);
    assert!(hall.last(&eva).ends_with("Your e-mail?"), "the name is known");
    let eva = hall.hears_with("6", "ana@example.org", other);
    assert_ne!(eva.contact, over.contact);
    let about = hall.desk.read(|c| Ok(store::contact::get(c, eva.contact)?.unwrap().about));
    assert_eq!(about, "ana@example.org");

    // Whoever asks for a person again is asked nothing more, and a sentence is no name.
    let hall = Hall::new(Kind::Sms, asking);
    hall.hears("1", "person");
    hall.hears("2", "My order number 7 has not arrived?");
    let over = hall.hears("3", "a person!");
    assert_eq!(hall.handed(&over), vec![Why::Asked]);
    assert_eq!(hall.desk.read(|c| Ok(store::contact::get(c, over.contact)?.unwrap().name)), "");
}

#[test]
fn s88_what_an_assistant_holds_is_dealt_to_nobody_until_it_hands_over() {
    let (floor, people) = crate::deal::Floor::new(Mode::Assign, &["Marta"]);
    let hall = Hall { channel: floor.channel.clone(), desk: floor.desk };
    hall.set(true, greeter());
    let queue = floor.queue;
    let (members, marta) = ([people[0].agent], people[0].clone());
    hall.desk.write(move |tx| {
        store::queue::set_rules(tx, queue, Mode::Assign, &Rules::default())?;
        store::queue::set_members(tx, queue, &members)
    });
    let by = marta.clone();
    let free = transom::domain::availability::State::Available;
    hall.desk
        .act(move |tx, now| {
            transom::actions::availability::choose_state(tx, &by, by.agent, (None, free), now)
        })
        .unwrap();
    let deals = || {
        let present = std::collections::BTreeSet::from([marta.agent]);
        hall.desk.act(move |tx, now| deal::deal(tx, &present, now)).unwrap();
    };
    let came = hall.hears("1", "hello");
    deals();
    assert_eq!(hall.desk.conversation(came.id).assignee, None, "the assistant speaks");
    assert_eq!(hall.desk.read(|c| store::queue::longest(c, queue)), None, "so nobody lets the customer wait");
    assert_eq!(hall.desk.read(store::queue::open_counts), vec![(queue, 0, 0)]);
    assert!(!hall.desk.read(store::offer::anything_undealt));
    let notices = || hall.desk.count("SELECT count(*) FROM notice WHERE kind = 'queue'");
    hall.desk.write(move |tx| {
        let kind = transom::domain::notice::Kind::Queue;
        let told = transom::domain::notice::Choice { kind, told: true, browser: false, sound: false };
        store::notice::choose(tx, marta.agent, &[told])
    });
    assert_eq!(notices(), 0);
    hall.hears("2", "person");
    assert_eq!(notices(), 1, "told once, at the hand-over");
    assert_eq!(hall.desk.read(store::queue::open_counts), vec![(queue, 1, 0)]);
    let present = std::collections::BTreeSet::from([people[0].agent]);
    hall.desk.act(move |tx, now| deal::deal(tx, &present, now)).unwrap();
    assert_eq!(hall.desk.conversation(came.id).assignee, Some(people[0].agent));
}

#[test]
fn s229_people_see_it_and_take_over_by_hand_at_any_time() {
    let taken = |how: fn(&Hall, &Conversation, &transom::domain::access::Viewer)| {
        let hall = Hall::new(Kind::Sms, greeter());
        let marta = hall.desk.viewer("Marta", Role::Agent);
        let came = hall.hears("1", "hello");
        assert!(hall.speaks(&came));
        how(&hall, &came, &marta);
        assert_eq!((hall.handed(&came), hall.speaks(&came)), (vec![Why::Hand], false));
        let before = hall.said(&came).len();
        hall.hears("2", "what is the price");
        assert_eq!(hall.said(&came).len(), before, "it says no more");
    };
    taken(|hall, came, by| {
        let (by, id) = (by.clone(), came.id);
        hall.desk.act(move |tx, now| assign::assign(tx, &by, id, Some(by.agent), now)).unwrap();
    });
    taken(|hall, came, by| {
        hall.desk.replies(by, &answer(came.id, "Here I am")).unwrap();
        assert_eq!(hall.desk.conversation(came.id).assignee, Some(by.agent));
    });
    taken(|hall, came, by| {
        let (by, id) = (by.clone(), came.id);
        hall.desk.act(move |tx, now| snooze::snooze(tx, &by, id, None, now)).unwrap();
    });
    taken(|hall, came, by| {
        let (by, id, now) = (by.clone(), came.id, hall.desk.now());
        let queue = hall.desk.write(move |tx| store::queue::insert(tx, "Sales", now));
        hall.desk
            .act(move |tx, now| transfer::transfer(tx, &by, id, transfer::To::Queue(queue), "", now))
            .unwrap();
    });
    taken(|hall, came, by| {
        let (by, id) = (by.clone(), came.id);
        hall.desk.act(move |tx, now| greet::hand_over(tx, &by, id, now)).unwrap();
        let (by, id) = (hall.desk.viewer("Petra", Role::Agent), came.id);
        hall.desk.act(move |tx, now| greet::hand_over(tx, &by, id, now)).unwrap();
    });
    taken(|hall, came, _| {
        // Somebody of the team answered in the provider's own app.
        let to =
            Party { kind: AddressKind::Phone, value: "+34612345678".into(), name: None, also: Vec::new() };
        let mut message = text(&hall.channel, "+34612345678", "echo", hall.desk.now());
        message.opener = None;
        hall.desk.hear(&hall.channel, Event::Echo { to, message }).unwrap();
        assert_eq!(hall.last(came), "text of echo");
    });
}

#[test]
fn it_begins_only_what_a_customer_begins_now() {
    let hall = Hall::new(Kind::Sms, greeter());
    hall.set(false, greeter());
    let early = hall.hears("1", "hello");
    assert!(hall.said(&early).is_empty(), "off until somebody switches it on");
    hall.set(true, greeter());
    hall.desk.pass(Span::seconds(1));
    hall.hears("2", "person");
    assert!(hall.said(&early).is_empty(), "what was open before is the team's");
    let marta = hall.desk.viewer("Marta", Role::Agent);
    hall.desk.shuts(&marta, early.id);
    let again = hall.hears("3", "hello again");
    assert_eq!((again.id, hall.said(&again).len()), (early.id, 1), "a new open period");

    // Who has an agent still is that agent's.
    let (by, id) = (marta.clone(), again.id);
    hall.desk.act(move |tx, now| assign::assign(tx, &by, id, Some(by.agent), now)).unwrap();
    hall.desk.shuts(&marta, again.id);
    let back = hall.hears("4", "hello once more");
    assert_eq!((back.assignee, hall.said(&back).len()), (Some(marta.agent), 1));

    // A message that lay somewhere for hours is greeted by nobody.
    let hall = Hall::new(Kind::Sms, greeter());
    let now = hall.desk.now();
    let late = hall.hears_with("1", "hello", |incoming| {
        incoming.at = transom::domain::Timestamp(now.0 - Span::hours(2).0)
    });
    assert!(hall.said(&late).is_empty() && !hall.speaks(&late));
}

#[test]
fn it_never_writes_outside_the_window_and_leaves_the_last_messages_to_people() {
    // The window had closed when the message came to us.
    let hall = Hall::new(Kind::Whatsapp, greeter());
    let shut = hall.hears_with("1", "hello", |incoming| incoming.opener = None);
    assert_eq!((hall.said(&shut).len(), hall.handed(&shut)), (0, vec![Why::MayNot]));
    assert!(shut.waiting_since.is_some() && shut.unread == 1);

    // A window that counts: two messages stay for people.
    let hall = Hall::new(Kind::Wechat, Greeter { most_unknown: 10, ..greeter() });
    let most = hall.channel.card.window.sends.unwrap();
    let mut one = hall.hears_with("0", "hello", |_| {});
    for number in 1..=most {
        one = hall.hears_with(&number.to_string(), "price", |incoming| incoming.opener = None);
    }
    assert_eq!(hall.said(&one).len(), usize::try_from(most).unwrap() - 2);
    assert_eq!(hall.handed(&one), vec![Why::MayNot]);

    // Whoever wants no messages gets none.
    let hall = Hall::new(Kind::Sms, greeter());
    hall.hears("1", "hello");
    let from = text(&hall.channel, "+34612345678", "x", hall.desk.now()).from;
    let at = hall.desk.now();
    hall.desk.hear(&hall.channel, Event::Consent { from, allowed: false, at }).unwrap();
    let out = hall.hears("2", "price");
    assert_eq!((hall.said(&out).len(), hall.handed(&out)), (1, vec![Why::MayNot]));
    // Nor does anybody who is blocked.
    let hall = Hall::new(Kind::Sms, greeter());
    let came = hall.hears("1", "hello");
    let (by, id) = (hall.desk.viewer("Boss", Role::Supervisor), came.contact);
    hall.desk.act(move |tx, now| contact::block(tx, &by, id, now)).unwrap();
    hall.hears("2", "price");
    assert_eq!(hall.said(&came).len(), 1);
}

#[test]
fn two_programs_that_answer_each_other_stop() {
    let hall = Hall::new(Kind::Sms, Greeter { most_an_hour: 3, ..greeter() });
    let mut one = hall.hears("1", "hello");
    for number in 2..9 {
        hall.desk.pass(Span::seconds(2));
        one = hall.hears(&number.to_string(), "price price price");
    }
    assert_eq!((hall.said(&one).len(), hall.handed(&one)), (3, vec![Why::Enough]));
    let marta = hall.desk.viewer("Marta", Role::Agent);
    hall.desk.shuts(&marta, one.id);
    hall.hears("10", "price");
    assert_eq!(hall.said(&one).len(), 3, "a new open period within the hour begins no new count");
    hall.desk.shuts(&marta, one.id);
    hall.desk.pass(Span::hours(1));
    hall.hears("11", "price");
    assert_eq!(hall.said(&one).len(), 4);

    // What says of itself that it is a program is answered by none of ours, and letters have no assistant at all.
    let hall = Hall::new(Kind::Sms, greeter());
    let came = hall.hears_with("1", "I am out of office", |incoming| {
        incoming.extra = Extra { automatic: true, ..Extra::default() }
    });
    assert!(hall.said(&came).is_empty());
    let mail = hall.desk.channel(Kind::Email);
    let refused = hall.desk.act(move |tx, now| {
        greet::set(tx, &transom::domain::access::Viewer::console(), (mail.id, true, &greeter()), now)
    });
    assert!(matches!(refused, Err(Error::Refused(Refused::NoAssistant))));
}

#[test]
fn what_a_customer_leaves_unsaid_comes_to_people_or_ends_also_after_a_restart() {
    let hall = Hall::new(Kind::Sms, Greeter { closes: true, ..greeter() });
    let open = hall.hears("1", "hello");
    let other = |incoming: &mut Incoming| incoming.from.value = "+34600000001".to_owned();
    let answered = hall.hears_with("2", "the price", other);
    hall.desk.pass(Span::minutes(14));
    hall.ticks();
    assert!(hall.speaks(&open) && hall.speaks(&answered));
    let Hall { desk: TestDesk { desk, app, folder }, channel } = hall;
    drop(app);
    drop(desk);
    let later = Clock::standing(NOON + Span::minutes(16));
    let desk =
        Desk::open(&folder.path().join("transom.db"), later, Client::default(), Options::default()).unwrap();
    ticker::tick(&desk, &mut Rounds::default()).unwrap();
    ticker::tick(&desk, &mut Rounds::default()).unwrap();
    let stands = |id: Id<Conversation>| {
        let found: Result<_, store::Error> = desk.readers.read(|c| {
            let handed = store::message::thread(c, id, None, 50)?;
            let handed = handed.iter().filter(|line| line.body == kind::CONVERSATION_HANDED).count();
            let held = store::greeting::held(c, &[id])?.len();
            Ok((store::conversation::get(c, id)?.unwrap().status, handed, held))
        });
        found.unwrap()
    };
    assert_eq!(stands(open.id), (Status::Open, 1, 0), "handed over once");
    assert_eq!(stands(answered.id), (Status::Closed, 0, 0), "it had its answer");
    let said: Result<i64, store::Error> =
        desk.readers.read(|c| Ok(c.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?));
    assert_eq!(said.unwrap(), 2, "{}: nothing was said again", channel.name);
}

#[test]
fn what_could_not_be_written_leaves_nothing_half_said_and_is_said_once() {
    let hall = Hall::new(Kind::Sms, greeter());
    hall.desk.write(|tx| {
        Ok(tx.execute_batch(
            "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END",
        )?)
    });
    let mut incoming = text(&hall.channel, "+34612345678", "1", hall.desk.now());
    incoming.body = "hello".to_owned();
    assert!(hall.desk.hear(&hall.channel, Event::Message(incoming)).is_err());
    let none = "SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM greeting)";
    assert_eq!(hall.desk.count(none), 0, "the delivery is read again as if it had not been");
    hall.desk.write(|tx| Ok(tx.execute_batch("DROP TRIGGER broken")?));
    let came = hall.hears("1", "hello");
    hall.hears("1", "hello");
    assert_eq!(hall.said(&came).len(), 1, "a delivery that comes twice is greeted once");
}

#[test]
fn what_does_not_arrive_and_what_is_switched_off_comes_to_people() {
    let hall = Hall::new(Kind::Sms, Greeter { closes: true, ..greeter() });
    let came = hall.hears("1", "price");
    let id = came.id;
    hall.desk.write(move |tx| {
        let mut one = store::conversation::get(tx, id)?.unwrap();
        one.failed = 1;
        store::conversation::update(tx, &one)
    });
    hall.desk.pass(Span::minutes(16));
    hall.ticks();
    assert_eq!(hall.handed(&came), vec![Why::Failed], "what was not read closes nothing");

    let hall = Hall::new(Kind::Sms, greeter());
    let came = hall.hears("1", "hello");
    hall.set(false, greeter());
    hall.ticks();
    assert_eq!(hall.handed(&came), vec![Why::Off]);
}

#[test]
fn outside_the_hours_it_says_so_and_still_hands_over() {
    let day = |text: &str| hours::read(text).unwrap();
    // A Tuesday at noon in UTC.
    let mut times = Hours::default();
    times.days[1] = day("9-11, 13:00-18:30");
    let hall = Hall::new(Kind::Sms, Greeter { closed: "Nobody is here.".into(), hours: times, ..greeter() });
    let came = hall.hears("1", "person");
    assert!(hall.last(&came).ends_with("Nobody is here."));
    assert_eq!(hall.handed(&came), vec![Why::Asked]);
    hall.desk.pass(Span::minutes(61));
    let other = |incoming: &mut Incoming| incoming.from.value = "+34600000001".to_owned();
    let came = hall.hears_with("2", "person", other);
    assert!(hall.last(&came).ends_with("One of us will be with you."));
    // On the team's clock: it is Tuesday 22:01 in Tokyo.
    hall.desk.write(|tx| store::setting::set(tx, store::setting::key::TIME_ZONE, Some("Asia/Tokyo")));
    let third = |incoming: &mut Incoming| incoming.from.value = "+34600000002".to_owned();
    assert!(hall.last(&hall.hears_with("3", "person", third)).ends_with("Nobody is here."));
}

#[test]
fn hours_are_read_as_people_write_them_and_run_through_midnight() {
    let zone = jiff::tz::TimeZone::get("Europe/Madrid").unwrap();
    for (typed, shown) in [
        ("9-13, 15:00 – 18:30", "09:00-13:00, 15:00-18:30"),
        ("22-6", "22:00-06:00"),
        ("0-24", "00:00-24:00"),
        ("", ""),
    ] {
        assert_eq!(hours::write(&hours::read(typed).unwrap()), shown, "{typed}");
    }
    for wrong in
        ["9", "25-26", "9-9", "9:60-10", "nine to five", "9-13 15-18", "-5", "1-2,".repeat(7).as_str()]
    {
        assert_eq!(hours::read(wrong), None, "{wrong}");
    }
    let mut week = Hours::default();
    week.days[5] = hours::read("22-6").unwrap();
    let at = |text: &str| {
        let moment: jiff::Timestamp = text.parse().unwrap();
        week.is_open(transom::domain::Timestamp(moment.as_millisecond()), &zone)
    };
    // Saturday into the Sunday on which the clock in Madrid is put forward from 2 to 3.
    assert!(at("2026-03-28T21:00:00Z") && at("2026-03-29T00:59:59Z") && at("2026-03-29T03:59:59Z"));
    assert!(!at("2026-03-28T20:59:59Z") && !at("2026-03-29T04:00:00Z"));
    assert!(Hours::default().is_open(NOON, &zone), "no times are all times");
}

#[test]
fn where_each_return_begins_a_conversation_each_is_greeted() {
    let hall = Hall::new(Kind::Sms, greeter());
    let mut channel = hall.channel.clone();
    channel.on_return = OnReturn::New;
    hall.desk.set_channel(&channel);
    let first = hall.hears("1", "hello");
    let marta = hall.desk.viewer("Marta", Role::Agent);
    hall.desk.shuts(&marta, first.id);
    assert!(!hall.speaks(&first), "a closed conversation is nobody's");
    assert!(hall.handed(&first).is_empty(), "and was handed over to nobody");
    let second = hall.hears("2", "hello");
    assert_ne!(first.id, second.id);
    assert_eq!(hall.said(&second).len(), 1);
}
