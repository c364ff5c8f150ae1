//! The end of work: reasons, notes and consent, the countdown, and conversations that close by themselves.

use std::sync::Arc;

use crate::deal::Floor;
use crate::support::cast::{answer, party, refusal};
use transom::actions::close::{Asked, Closing, close};
use transom::actions::many::{self, Act};
use transom::actions::{Result, auto_close, deal, reopen, snooze, take_back, transfer, wrap};
use transom::domain::access::Viewer;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::{Cause, kind};
use transom::domain::inbound::Event;
use transom::domain::offer::Denied;
use transom::domain::offer::Kind as Asking;
use transom::domain::queue::{Mode, Note, Rules, WrapUp as Asks};
use transom::domain::refused::Problem;
use transom::domain::window::Sender;
use transom::domain::wrapup::{After, Reason, WrapUp};
use transom::domain::{Id, Refused, Span, Timestamp};
use transom::jobs::ticker::{self, Rounds};
use transom::store;

/// A queue that asks why work ends, with its people and two reasons.
struct House {
    floor: Floor,
    marta: Viewer,
    petra: Viewer,
    paid: Id<Reason>,
    gone: Id<Reason>,
}

impl House {
    fn new(change: impl FnOnce(&mut Rules, Id<Reason>)) -> House {
        let (floor, mut people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
        let now = floor.desk.now();
        let (paid, gone) = floor.desk.write(move |tx| {
            let paid = store::wrapup::insert(tx, "Paid", None, now)?;
            Ok((paid, store::wrapup::insert(tx, "Gone", None, now)?))
        });
        let mut rules = Rules::default();
        rules.wrap_up.asked = true;
        change(&mut rules, gone);
        let boss = Viewer::console();
        let queue = floor.queue;
        floor
            .desk
            .act(move |tx, now| transom::actions::queue::rule(tx, &boss, queue, (Mode::Offer, &rules), now))
            .unwrap();
        let petra = people.remove(1);
        House { marta: people.remove(0), petra, floor, paid, gone }
    }

    /// With a countdown of a minute after which "Gone" is taken.
    fn counting(change: impl FnOnce(&mut Asks)) -> House {
        House::new(|rules, gone| {
            rules.wrap_up.countdown = Some(Span::minutes(1));
            rules.wrap_up.default_reason = Some(gone);
            change(&mut rules.wrap_up);
        })
    }

    /// A conversation on a channel of this kind that Marta accepted.
    fn accepted(&self, kind: Kind, from: &str) -> Id<Conversation> {
        let queue = self.floor.queue;
        let channel = self.floor.desk.channel_with(kind, |channel| channel.queue = Some(queue));
        let id = self.floor.desk.writes(&channel, from, "first").id;
        self.assign(id, &self.marta);
        id
    }

    fn assign(&self, id: Id<Conversation>, to: &Viewer) {
        let (by, to) = (to.clone(), Some(to.agent));
        self.floor.desk.act(move |tx, now| transom::actions::assign::assign(tx, &by, id, to, now)).unwrap();
    }

    fn asked(&self, who: &Viewer) -> Vec<WrapUp> {
        self.floor.desk.read(|c| store::wrapup::asked_of(c, who.agent))
    }

    fn submits(&self, who: &Viewer, id: Id<WrapUp>, reasons: &[Id<Reason>]) -> Result<()> {
        let (by, reasons) = (who.clone(), reasons.to_vec());
        self.floor.desk.act(move |tx, now| wrap::submit(tx, &by, id, (&reasons, ""), now))
    }

    fn closes(&self, id: Id<Conversation>, closing: Closing) -> Result<()> {
        let by = self.marta.clone();
        self.floor.desk.act(move |tx, now| close(tx, &by, id, &closing, now))
    }

    fn ticks(&self) {
        ticker::tick(&self.floor.desk.desk, &mut Rounds::default()).unwrap();
    }

    fn status(&self, id: Id<Conversation>) -> Status {
        self.floor.desk.conversation(id).status
    }

    /// The names of the reasons that the open periods of a conversation have.
    fn reasons(&self, id: Id<Conversation>) -> Vec<String> {
        self.floor.desk.read(|c| {
            let mut statement = c.prepare(
                "SELECT r.name FROM episode_wrapup w JOIN wrapup_reason r ON r.id = w.reason_id
                 WHERE w.conversation_id = ?1 ORDER BY r.name",
            )?;
            Ok(statement.query_map([id], |row| row.get(0))?.collect::<std::result::Result<_, _>>()?)
        })
    }

    fn last_line(&self, id: Id<Conversation>) -> (String, transom::domain::event::Line) {
        self.floor.desk.lines(id).pop().unwrap()
    }
}

fn now(reasons: &[Id<Reason>], note: &str) -> Closing {
    Closing { reasons: reasons.to_vec(), note: note.to_owned(), asked: Asked::Now, ..Closing::default() }
}

fn field(field: &'static str, problem: Problem) -> Refused {
    Refused::Field { field, problem }
}

#[test]
fn s115_s124_s147_s189_s204_closing_asks_what_the_queue_asks_for() {
    let house = House::new(|rules, _| {
        rules.wrap_up = Asks { required: true, most: 1, note: Note::Required, ..Asks::default() };
    });
    let id = house.accepted(Kind::Webchat, "v1");
    let (paid, gone) = (house.paid, house.gone);
    let refused = |reasons: &[Id<Reason>], note: &str| refusal(house.closes(id, now(reasons, note)));
    assert_eq!(refused(&[], "said"), field("reasons", Problem::Missing));
    assert_eq!(refused(&[paid, gone], "said"), field("reasons", Problem::TooMany { most: 1 }), "X1");
    assert_eq!(refused(&[paid], "  "), field("note", Problem::Missing));
    assert_eq!(house.status(id), Status::Open, "what is refused changes nothing");
    house.closes(id, now(&[paid], "said")).unwrap();
    assert_eq!((house.status(id), house.reasons(id)), (Status::Closed, vec!["Paid".to_owned()]));
    assert!(house.asked(&house.marta).is_empty(), "it was said in the form");
    let kept = house.floor.desk.count(&format!(
        "SELECT count(*) FROM wrapup WHERE agent_id = {} AND queue_id = {} AND automatic = 0 AND done_at IS NOT NULL",
        house.marta.agent, house.floor.queue
    ));
    assert_eq!(kept, 1, "who said it, for which queue");
}

#[test]
fn s115_s147_s189_several_reasons_where_the_queue_takes_several() {
    let house = House::new(|rules, _| rules.wrap_up.required = true);
    let id = house.accepted(Kind::Webchat, "v1");
    house.closes(id, now(&[house.paid, house.gone, house.paid], "")).unwrap();
    assert_eq!(house.reasons(id), ["Gone", "Paid"]);
}

#[test]
fn s113_s132_the_customer_agrees_to_the_end_and_that_is_recorded() {
    for (kind, from, asks) in [
        (Kind::Messenger, "77", true),
        (Kind::Sms, "+34612345678", true),
        (Kind::Webchat, "v1", false),
        (Kind::Email, "ana@example.org", false),
    ] {
        let house = House::new(|rules, _| rules.wrap_up.consent = true);
        let id = house.accepted(kind, from);
        if asks {
            assert_eq!(
                refusal(house.closes(id, now(&[house.paid], ""))),
                Refused::Work(Denied::ConsentMissing),
                "{kind:?}"
            );
            house.closes(id, Closing { consent: true, ..now(&[house.paid], "") }).unwrap();
            let line =
                house.floor.desk.lines(id).into_iter().find(|(what, _)| what == kind::CONVERSATION_CLOSED);
            assert!(line.unwrap().1.consent, "{kind:?}");
        } else {
            house.closes(id, now(&[house.paid], "")).unwrap();
        }
    }
}

#[test]
fn s70_s104_who_handed_over_is_asked_when_the_colleague_has_accepted() {
    let house = House::new(|_, _| {});
    let id = house.accepted(Kind::Sms, "+34612345678");
    house.floor.chooses(&house.petra, transom::domain::availability::State::Available);
    let request = deal::Request {
        kind: Asking::Transfer,
        whom: deal::Whom::Agent(house.petra.agent),
        note: String::new(),
    };
    let (marta, present) = (house.marta.clone(), [house.petra.agent].into());
    house.floor.desk.act(move |tx, now| deal::ask(tx, &marta, id, &request, &present, now)).unwrap();
    assert!(house.asked(&house.marta).is_empty(), "the conversation is still hers");
    let offer = house.floor.waiting_for(&house.petra).remove(0);
    house.floor.accepts(&house.petra, &offer).unwrap();
    let asked = house.asked(&house.marta).remove(0);
    assert_eq!((asked.after, asked.conversation, asked.due_at), (After::Transferred, id, None));
    assert_eq!(
        refusal_or_none(house.submits(&house.petra, asked.id, &[house.paid])),
        "not found",
        "nobody answers for another"
    );
    house.submits(&house.marta, asked.id, &[house.paid]).unwrap();
    assert!(house.asked(&house.marta).is_empty());
    assert_eq!((house.status(id), house.reasons(id)), (Status::Open, vec!["Paid".to_owned()]));
    let (what, line) = house.last_line(id);
    assert_eq!((what.as_str(), line.by.as_str()), (kind::CONVERSATION_WRAPPED, "Marta"));
    house.submits(&house.marta, asked.id, &[house.gone]).unwrap();
    assert_eq!(house.reasons(id), ["Paid"], "said twice it is noted once");
}

fn refusal_or_none(outcome: Result<()>) -> &'static str {
    match outcome {
        Err(transom::actions::Error::NotFound) => "not found",
        Ok(()) => "done",
        Err(_) => "refused",
    }
}

#[test]
fn s70_handing_over_to_a_queue_asks_by_the_rules_of_the_queue_that_it_leaves() {
    let house = House::new(|_, _| {});
    let id = house.accepted(Kind::Sms, "+34612345678");
    let (marta, now) = (house.marta.clone(), house.floor.desk.now());
    let other = house.floor.desk.write(move |tx| store::queue::insert(tx, "Billing", now));
    house
        .floor
        .desk
        .act(move |tx, now| transfer::transfer(tx, &marta, id, transfer::To::Queue(other), "", now))
        .unwrap();
    let asked = house.asked(&house.marta).remove(0);
    assert_eq!((asked.after, asked.queue), (After::Transferred, Some(house.floor.queue)));
    house.submits(&house.marta, asked.id, &[house.gone]).unwrap();
    assert_eq!(house.reasons(id), ["Gone"], "also where she no longer sees it");
}

#[test]
fn s194_s223_a_mail_is_finished_by_its_answer_and_the_wrap_up() {
    let house = House::new(|_, _| {});
    let id = house.accepted(Kind::Email, "ana@example.org");
    let sent = house.floor.desk.replies(&house.marta, &answer(id, "It is on its way.")).unwrap();
    assert_eq!(house.asked(&house.marta)[0].after, After::Sent);
    house.floor.desk.takes_back(&house.marta, sent).unwrap();
    assert!(house.asked(&house.marta).is_empty(), "an answer that was taken back ended nothing");
    house.floor.desk.replies(&house.marta, &answer(id, "It is on its way.")).unwrap();
    let asked = house.asked(&house.marta).remove(0);
    house.submits(&house.marta, asked.id, &[house.paid]).unwrap();
    assert_eq!((house.status(id), house.reasons(id)), (Status::Closed, vec!["Paid".to_owned()]));
    let (what, line) = house.last_line(id);
    assert_eq!((what.as_str(), line.reasons), (kind::CONVERSATION_CLOSED, vec!["Paid".to_owned()]));
}

#[test]
fn s116_what_goes_on_is_not_closed_by_its_wrap_up() {
    let house = House::new(|_, _| {});
    let queue = house.floor.queue;
    let channel = house.floor.desk.channel_with(Kind::Email, |channel| channel.queue = Some(queue));
    let id = house.floor.desk.writes(&channel, "ana@example.org", "m1").id;
    house.assign(id, &house.marta);
    house.floor.desk.replies(&house.marta, &answer(id, "It is on its way.")).unwrap();
    house.floor.desk.pass(Span::minutes(1));
    house.floor.desk.writes(&channel, "ana@example.org", "m2");
    let asked = house.asked(&house.marta).remove(0);
    house.submits(&house.marta, asked.id, &[house.paid]).unwrap();
    assert_eq!(house.status(id), Status::Open, "she wrote again and waits");
    assert_eq!(house.reasons(id), ["Paid"]);
}

#[test]
fn s145_s147_s188_when_the_customer_ends_the_agent_wraps_up_and_it_is_closed() {
    let house = House::new(|_, _| {});
    let queue = house.floor.queue;
    let channel = house.floor.desk.channel_with(Kind::Webchat, |channel| channel.queue = Some(queue));
    let id = house.floor.desk.writes(&channel, "v1", "m1").id;
    house.assign(id, &house.marta);
    let leaves = || {
        let at = house.floor.desk.now();
        let gone = Event::Left { from: party(AddressKind::Visitor, "v1"), at };
        house.floor.desk.hear(&channel, gone).unwrap();
    };
    leaves();
    assert_eq!(house.asked(&house.marta)[0].after, After::Left);
    house.floor.desk.pass(Span::seconds(9));
    house.floor.desk.writes(&channel, "v1", "m2");
    assert!(house.asked(&house.marta).is_empty(), "the customer is back, so nothing has ended");
    house.floor.desk.pass(Span::seconds(9));
    leaves();
    let asked = house.asked(&house.marta).remove(0);
    house.submits(&house.marta, asked.id, &[house.paid, house.gone]).unwrap();
    assert_eq!((house.status(id), house.reasons(id).len()), (Status::Closed, 2));
}

#[test]
fn s110_the_end_of_a_conference_asks_who_ended_it_and_who_wrote_along() {
    let house = House::new(|_, _| {});
    let id = house.accepted(Kind::Sms, "+34612345678");
    let (petra, from) = (house.petra.agent, house.marta.agent);
    let at = house.floor.desk.now();
    house.floor.desk.write(move |tx| store::offer::join(tx, id, petra, from, at));
    let by = house.marta.clone();
    house.floor.desk.act(move |tx, now| deal::conference::end(tx, &by, id, now)).unwrap();
    for who in [&house.marta, &house.petra] {
        let asked = house.asked(who).remove(0);
        assert_eq!(asked.after, After::Conference);
        house.submits(who, asked.id, &[house.paid]).unwrap();
    }
    assert_eq!(house.status(id), Status::Open, "the conversation goes on with Marta");
}

#[test]
fn s194_the_countdown_takes_the_default_reason_and_outlives_a_restart() {
    let house = House::counting(|_| {});
    let id = house.accepted(Kind::Sms, "+34612345678");
    house.closes(id, Closing::default()).unwrap();
    let asked = house.asked(&house.marta).remove(0);
    assert_eq!((asked.after, asked.due_at), (After::Closed, Some(house.floor.desk.now() + Span::minutes(1))));
    house.floor.desk.pass(Span::seconds(59));
    house.ticks();
    assert_eq!(house.asked(&house.marta).len(), 1, "not yet");
    house.floor.desk.pass(Span::seconds(2));
    // Everything that counts is in the file: each round begins with nothing in mind.
    house.ticks();
    assert!(house.asked(&house.marta).is_empty());
    assert_eq!(house.reasons(id), ["Gone"]);
    let (what, line) = house.last_line(id);
    assert_eq!(
        (what.as_str(), line.cause, line.to.as_str()),
        (kind::CONVERSATION_WRAPPED, Some(Cause::Time), "Marta")
    );
    house.ticks();
    assert_eq!(
        house.floor.desk.lines(id).iter().filter(|(what, _)| what == kind::CONVERSATION_WRAPPED).count(),
        1
    );
}

#[test]
fn s194_the_countdown_is_stopped_only_where_the_administrator_lets_it() {
    for may in [true, false] {
        let house = House::counting(|asks| asks.may_stop = may);
        let id = house.accepted(Kind::Sms, "+34612345678");
        house.closes(id, Closing::default()).unwrap();
        let (by, asked) = (house.marta.clone(), house.asked(&house.marta).remove(0));
        let stopped = house.floor.desk.act(move |tx, now| wrap::stop(tx, &by, asked.id, now));
        if !may {
            assert_eq!(refusal(stopped), Refused::Work(Denied::CountdownStays));
        }
        house.floor.desk.pass(Span::minutes(5));
        house.ticks();
        assert_eq!(house.asked(&house.marta).len(), usize::from(may), "stopped, it waits for her");
    }
}

#[test]
fn s194_an_answer_at_the_moment_of_the_default_is_what_counts() {
    let house = Arc::new(House::counting(|_| {}));
    let mut ids = Vec::new();
    for number in 0..8 {
        let id = house.accepted(Kind::Sms, &format!("+3461234567{number}"));
        house.closes(id, Closing::default()).unwrap();
        ids.push(id);
    }
    house.floor.desk.pass(Span::minutes(1));
    let asked = house.asked(&house.marta);
    let other = Arc::clone(&house);
    let clock = std::thread::spawn(move || other.ticks());
    for asked in asked {
        house.submits(&house.marta, asked.id, &[house.paid]).unwrap();
    }
    clock.join().unwrap();
    house.ticks();
    for id in ids {
        assert_eq!(house.reasons(id), ["Paid"], "whichever came first");
    }
    assert_eq!(
        house.floor.desk.count("SELECT count(*) FROM wrapup WHERE automatic = 1 OR done_at IS NULL"),
        0
    );
}

#[test]
fn s124_taking_a_closing_back_takes_its_reasons_back_and_no_others() {
    let house = House::new(|_, _| {});
    let id = house.accepted(Kind::Sms, "+34612345678");
    house.floor.desk.pass(Span::seconds(1));
    let (petra, from, at) = (house.petra.clone(), house.marta.agent, house.floor.desk.now());
    let agent = petra.agent;
    house.floor.desk.write(move |tx| store::offer::join(tx, id, agent, from, at));
    house.floor.desk.act(move |tx, now| deal::conference::leave(tx, &petra, id, now)).unwrap();
    let asked = house.asked(&house.petra).remove(0);
    house.submits(&house.petra, asked.id, &[house.gone]).unwrap();
    house.floor.desk.pass(Span::seconds(1));
    let (by, act) = (house.marta.clone(), Act::Close(now(&[house.paid], "")));
    let deed = house.floor.desk.act(move |tx, now| many::one(tx, &by, id, &act, now)).unwrap().unwrap();
    assert_eq!(house.reasons(id), ["Gone", "Paid"]);
    let by = house.marta.clone();
    house.floor.desk.act(move |tx, now| take_back::take_back(tx, &by, deed, now)).unwrap();
    assert_eq!((house.status(id), house.reasons(id)), (Status::Open, vec!["Gone".to_owned()]));
}

/// A queue whose conversations close an hour after our last word.
fn closing() -> House {
    House::new(|rules, _| rules.close_after = Some(Span::minutes(60)))
}

#[test]
fn s205_a_conversation_closes_when_nobody_answered_our_last_word() {
    let house = closing();
    let id = house.accepted(Kind::Sms, "+34612345678");
    house.floor.desk.pass(Span::days(2));
    house.ticks();
    assert_eq!(house.status(id), Status::Open, "the customer waits for us");
    house.floor.desk.replies(&house.marta, &answer(id, "It is on its way.")).unwrap();
    house.floor.desk.pass(Span::minutes(40));
    house.floor.desk.replies(&house.marta, &answer(id, "It will be there on Monday.")).unwrap();
    house.floor.desk.pass(Span::minutes(40));
    house.ticks();
    assert_eq!(house.status(id), Status::Open, "the second word began it anew");
    house.floor.desk.pass(Span::minutes(20));
    house.ticks();
    assert_eq!(house.status(id), Status::Closed);
    let closed =
        house.floor.desk.lines(id).into_iter().find(|(what, _)| what == kind::CONVERSATION_CLOSED).unwrap();
    assert_eq!((closed.1.cause, closed.1.by.as_str()), (Some(Cause::Time), ""));
    assert_eq!(house.asked(&house.marta)[0].after, After::Closed, "who had it says why");
}

#[test]
fn s205_an_answer_ends_the_wait_and_what_programs_send_does_not_begin_it() {
    let house = closing();
    let queue = house.floor.queue;
    let channel = house.floor.desk.channel_with(Kind::Sms, |channel| channel.queue = Some(queue));
    let id = house.floor.desk.writes(&channel, "+34612345678", "m1").id;
    house.assign(id, &house.marta);
    let robot = Viewer { sender: Sender::Automatic, ..house.marta.clone() };
    house.floor.desk.replies(&robot, &answer(id, "We have got your message.")).unwrap();
    assert_eq!(house.floor.desk.count("SELECT count(*) FROM auto_close"), 0);
    house.floor.desk.replies(&house.marta, &answer(id, "Which colour?")).unwrap();
    assert_eq!(house.floor.desk.count("SELECT count(*) FROM auto_close"), 1);
    house.floor.desk.pass(Span::minutes(10));
    house.floor.desk.writes(&channel, "+34612345678", "m2");
    house.floor.desk.pass(Span::days(1));
    house.ticks();
    assert_eq!(house.status(id), Status::Open);
}

#[test]
fn s205_what_is_snoozed_waits_until_it_has_woken_and_as_long_again() {
    let house = closing();
    let id = house.accepted(Kind::Sms, "+34612345678");
    house.floor.desk.replies(&house.marta, &answer(id, "It is on its way.")).unwrap();
    let (by, until) = (house.marta.clone(), house.floor.desk.now() + Span::days(2));
    house.floor.desk.act(move |tx, now| snooze::snooze(tx, &by, id, Some(until), now)).unwrap();
    house.floor.desk.pass(Span::days(1));
    house.ticks();
    assert_eq!(house.status(id), Status::Snoozed);
    house.floor.desk.pass(Span::days(1));
    house.ticks();
    assert_eq!(house.status(id), Status::Open, "woken, and not closed in the same breath");
    house.floor.desk.pass(Span::minutes(61));
    house.ticks();
    assert_eq!(house.status(id), Status::Closed);
}

#[test]
fn s205_only_what_opens_after_it_was_switched_on_closes_by_itself() {
    let house = House::new(|_, _| {});
    let id = house.accepted(Kind::Sms, "+34612345678");
    house.floor.desk.pass(Span::minutes(1));
    let (queue, rules) =
        (house.floor.queue, Rules { close_after: Some(Span::minutes(60)), ..Rules::default() });
    let boss = Viewer::console();
    house
        .floor
        .desk
        .act(move |tx, now| transom::actions::queue::rule(tx, &boss, queue, (Mode::Offer, &rules), now))
        .unwrap();
    house.floor.desk.replies(&house.marta, &answer(id, "It is on its way.")).unwrap();
    house.floor.desk.pass(Span::days(1));
    house.ticks();
    assert_eq!(house.status(id), Status::Open, "it was open before");
    house.closes(id, Closing::default()).unwrap();
    let by = house.marta.clone();
    house.floor.desk.act(move |tx, now| reopen::reopen(tx, &by, id, now)).unwrap();
    house.floor.desk.replies(&house.marta, &answer(id, "One more word.")).unwrap();
    house.floor.desk.pass(Span::minutes(61));
    house.ticks();
    assert_eq!(house.status(id), Status::Closed, "its second open period began afterwards");
}

#[test]
fn s205_half_an_hour_to_two_weeks() {
    for (span, allowed) in [
        (Span::minutes(29), false),
        (Span::minutes(30), true),
        (Span::days(14), true),
        (Span(Span::days(14).0 + 1), false),
    ] {
        assert_eq!(auto_close::AFTER.contains(&span), allowed, "{span:?}");
    }
    let never: Option<Timestamp> = Rules::default().closes_since;
    assert!(Rules::default().close_after.is_none() && never.is_none(), "off, until somebody switches it on");
}
