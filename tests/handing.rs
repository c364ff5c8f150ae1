//! Handing a conversation to a colleague who is asked, and bringing one in: what is accepted, what comes back, who may.

use std::collections::BTreeSet;

use crate::deal::Floor;
use crate::support::cast::refusal;
use transom::actions::{self, begin, close, deal, many, transfer};
use transom::domain::access::Viewer;
use transom::domain::agent::{Agent, Role};
use transom::domain::availability::State;
use transom::domain::channel::Kind as ChannelKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::kind;
use transom::domain::message::Kind::Outbound;
use transom::domain::offer::Denied;
use transom::domain::offer::{Kind, Offer, State as OfferState};
use transom::domain::queue::{Mode, Rules};
use transom::domain::{Id, Refused, Span};
use transom::store;

/// Marta has accepted what came; Petra and Olga are there and free.
fn accepted() -> (Floor, Vec<Viewer>, Id<Conversation>) {
    let (floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra", "Olga"]);
    let came = floor.desk.writes(&floor.channel, "+34612345678", "1");
    floor.chooses(&people[0], State::Available);
    floor.deal(&[&people[0], &people[1], &people[2]]);
    let offer = floor.waiting_for(&people[0]).remove(0);
    floor.accepts(&people[0], &offer).unwrap();
    floor.chooses(&people[1], State::Available);
    floor.chooses(&people[2], State::Available);
    (floor, people, came.id)
}

fn ask(
    floor: &Floor,
    people: &[Viewer],
    by: &Viewer,
    conversation: Id<Conversation>,
    kind: Kind,
    whom: deal::Whom,
) -> actions::Result<Id<Offer>> {
    let present: BTreeSet<Id<Agent>> = people.iter().map(|who| who.agent).collect();
    let (by, request) =
        (by.clone(), deal::Request { kind, whom, note: "She waits for a refund.".to_owned() });
    floor.desk.act(move |tx, now| deal::ask(tx, &by, conversation, &request, &present, now))
}

fn transfers(floor: &Floor, people: &[Viewer], to: usize, id: Id<Conversation>) -> Id<Offer> {
    ask(floor, people, &people[0], id, Kind::Transfer, deal::Whom::Agent(people[to].agent)).unwrap()
}

fn lines(floor: &Floor, id: Id<Conversation>) -> Vec<String> {
    floor.desk.lines(id).into_iter().map(|(kind, _)| kind).collect()
}

fn asked(floor: &Floor, who: &Viewer) -> Vec<Offer> {
    floor.desk.read(|c| store::offer::asked_by(c, who.agent, 10))
}

#[test]
fn s63_s123_a_transfer_moves_when_the_colleague_accepts_and_not_before() {
    let (floor, people, id) = accepted();
    transfers(&floor, &people, 1, id);
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[0].agent), "still hers");
    assert_eq!(asked(&floor, &people[0])[0].state, OfferState::Waiting);
    let offer = floor.waiting_for(&people[1]).remove(0);
    assert_eq!((offer.note.as_str(), offer.from), ("She waits for a refund.", Some(people[0].agent)));
    assert!(floor.accepts(&people[2], &offer).is_err(), "another was asked");
    floor.accepts(&people[1], &offer).unwrap();
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[1].agent));
    assert!(asked(&floor, &people[0]).is_empty(), "nothing is left to see to");
    assert!(lines(&floor, id).contains(&kind::CONVERSATION_TRANSFERRED.to_owned()));
}

#[test]
fn s69_s105_s186_what_nobody_takes_comes_back_to_a_list_and_is_never_nowhere() {
    let (floor, people, id) = accepted();
    let both = [&people[0], &people[1], &people[2]];
    transfers(&floor, &people, 1, id);
    floor.desk.pass(Span::seconds(31));
    floor.deal(&both);
    let back = asked(&floor, &people[0]).remove(0);
    assert_eq!((back.state, back.conversation), (OfferState::Expired, id));
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[0].agent), "it stays with who asked");
    assert_eq!(floor.state(&people[1]), State::Rona);
    assert!(lines(&floor, id).contains(&kind::REQUEST_UNANSWERED.to_owned()));
    // Declined by the next.
    transfers(&floor, &people, 2, id);
    let offer = floor.waiting_for(&people[2]).remove(0);
    let olga = people[2].clone();
    floor.desk.act(move |tx, now| deal::decline(tx, &olga, offer.id, now)).unwrap();
    assert_eq!(asked(&floor, &people[0]).len(), 2);
    for offer in asked(&floor, &people[0]) {
        let marta = people[0].clone();
        floor.desk.act(move |tx, now| deal::keep(tx, &marta, offer.id, now)).unwrap();
    }
    assert!(asked(&floor, &people[0]).is_empty());
}

#[test]
fn a_colleague_whose_browser_is_gone_gives_it_back_without_rona() {
    let (floor, people, id) = accepted();
    transfers(&floor, &people, 1, id);
    let petra = people[1].agent;
    floor.desk.act(move |tx, now| deal::gone(tx, petra, now)).unwrap();
    assert_eq!(asked(&floor, &people[0])[0].state, OfferState::Withdrawn);
    assert_eq!(floor.state(&people[1]), State::Available);
    assert!(lines(&floor, id).contains(&kind::REQUEST_UNANSWERED.to_owned()));
}

#[test]
fn a_request_is_called_off_by_who_asked_and_by_nobody_else() {
    let (floor, people, id) = accepted();
    let offer = transfers(&floor, &people, 1, id);
    let olga = people[2].clone();
    assert!(floor.desk.act(move |tx, now| deal::call_off(tx, &olga, offer, now)).is_err());
    let marta = people[0].clone();
    floor.desk.act(move |tx, now| deal::call_off(tx, &marta, offer, now)).unwrap();
    assert!(floor.waiting_for(&people[1]).is_empty() && asked(&floor, &people[0]).is_empty());
    let petra = people[1].clone();
    let late = floor.desk.act(move |tx, now| deal::accept(tx, &petra, offer, now));
    assert_eq!(refusal(late), Refused::Work(Denied::NoOffer));
}

#[test]
fn s66_s102_only_who_is_there_free_and_has_room_is_asked() {
    let (floor, people, id) = accepted();
    let whom = deal::Whom::Agent(people[1].agent);
    let away = ask(&floor, &people[..1], &people[0], id, Kind::Transfer, whom);
    assert_eq!(refusal(away), Refused::Work(Denied::NotFree { name: "Petra".to_owned() }));
    floor.chooses(&people[1], State::Idle(None));
    let idle = ask(&floor, &people, &people[0], id, Kind::Transfer, whom);
    assert_eq!(refusal(idle), Refused::Work(Denied::NotFree { name: "Petra".to_owned() }));
    let own = ask(&floor, &people, &people[0], id, Kind::Transfer, deal::Whom::Agent(people[0].agent));
    assert!(matches!(refusal(own), Refused::Field { field: "agent", .. }));
    transfers(&floor, &people, 2, id);
    floor.chooses(&people[1], State::Available);
    let twice = ask(&floor, &people, &people[0], id, Kind::Transfer, whom);
    assert_eq!(refusal(twice), Refused::Work(Denied::AlreadyAsked { name: "Olga".to_owned() }));
}

#[test]
fn s64_s228_what_is_not_accepted_is_neither_handed_on_nor_ended_nor_shared() {
    let (floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
    let id = floor.desk.writes(&floor.channel, "+34612345678", "1").id;
    floor.chooses(&people[1], State::Available);
    let whom = deal::Whom::Agent(people[1].agent);
    for kind in [Kind::Transfer, Kind::Conference] {
        assert_eq!(
            refusal(ask(&floor, &people, &people[0], id, kind, whom)),
            Refused::Work(Denied::NotAccepted)
        );
    }
    let queue = transfer::To::Queue(floor.queue);
    let marta = people[0].clone();
    let moved = floor.desk.act(move |tx, now| transfer::transfer(tx, &marta, id, queue, "", now));
    assert_eq!(refusal(moved), Refused::Work(Denied::NotAccepted));
    let marta = people[0].clone();
    let ended = floor.desk.act(move |tx, now| close::close(tx, &marta, id, &close::Closing::default(), now));
    assert_eq!(refusal(ended), Refused::Work(Denied::NotAccepted));
    // What somebody else has is theirs to end.
    floor.deal(&[&people[0], &people[1]]);
    let offer = floor.waiting_for(&people[1]).remove(0);
    floor.accepts(&people[1], &offer).unwrap();
    let marta = people[0].clone();
    let ended = floor.desk.act(move |tx, now| close::close(tx, &marta, id, &close::Closing::default(), now));
    assert!(matches!(refusal(ended), Refused::AssignedTo { name, .. } if name == "Petra"));
    // A supervisor moves what lies there.
    let boss = floor.desk.viewer("Boss", Role::Supervisor);
    floor.desk.act(move |tx, now| transfer::transfer(tx, &boss, id, queue, "", now)).unwrap();
}

#[test]
fn s68_many_conversations_at_once_are_not_given_to_somebody_who_is_not_asked() {
    let (floor, people, id) = accepted();
    let (marta, to) = (people[0].clone(), transfer::To::Agent(people[1].agent));
    let act = many::Act::Transfer(to, String::new());
    let deed = floor.desk.act(move |tx, now| many::all(tx, &marta, &[id], &act, now)).unwrap();
    assert_eq!(floor.desk.read(|c| store::deed::get(c, deed)).unwrap().done, 0);
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[0].agent));
}

#[test]
fn s106_s108_s112_a_colleague_writes_along_and_leaves_and_the_chat_goes_on() {
    let (floor, people, id) = accepted();
    // Somebody from outside of the queue sees it while writing along, and not afterwards.
    let away = Viewer { queues: BTreeSet::new(), ..people[1].clone() };
    let sees = |who: &Viewer| {
        let conversation = floor.desk.conversation(id);
        floor.desk.read(|c| Ok(actions::reach::may_see(c, who, &conversation).unwrap()))
    };
    assert!(!sees(&away));
    let offer =
        ask(&floor, &people, &people[0], id, Kind::Conference, deal::Whom::Agent(away.agent)).unwrap();
    let petra = away.clone();
    floor.desk.act(move |tx, now| deal::accept(tx, &petra, offer, now)).unwrap();
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[0].agent), "it stays Marta's");
    assert!(sees(&away));
    assert!(lines(&floor, id).contains(&kind::CONFERENCE_JOINED.to_owned()), "S109");
    let petra = away.clone();
    floor.desk.act(move |tx, now| deal::conference::leave(tx, &petra, id, now)).unwrap();
    assert!(!sees(&away));
    assert_eq!(floor.desk.conversation(id).status, Status::Open);
    assert!(lines(&floor, id).contains(&kind::CONFERENCE_LEFT.to_owned()));
}

#[test]
fn who_wrote_along_and_is_given_the_conversation_is_no_guest_in_it_any_more() {
    let (floor, people, id) = accepted();
    let whom = deal::Whom::Agent(people[1].agent);
    let offer = ask(&floor, &people, &people[0], id, Kind::Conference, whom).unwrap();
    let petra = people[1].clone();
    floor.desk.act(move |tx, now| deal::accept(tx, &petra, offer, now)).unwrap();
    let (boss, to) = (floor.desk.viewer("Boss", Role::Supervisor), transfer::To::Agent(people[1].agent));
    floor.desk.act(move |tx, now| transfer::transfer(tx, &boss, id, to, "", now)).unwrap();
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[1].agent));
    assert!(floor.desk.read(|c| store::offer::participants(c, id)).is_empty());
}

#[test]
fn s111_s144_s187_only_who_asked_ends_a_conference() {
    let (floor, people, id) = accepted();
    let offer =
        ask(&floor, &people, &people[0], id, Kind::Conference, deal::Whom::Queue(floor.queue)).unwrap();
    let joined = floor.desk.read(|c| store::offer::get(c, offer)).unwrap().agent;
    let guest = people.iter().find(|who| who.agent == joined).unwrap().clone();
    assert_ne!(guest.agent, people[0].agent, "who asks is not asked (S187)");
    let by = guest.clone();
    floor.desk.act(move |tx, now| deal::accept(tx, &by, offer, now)).unwrap();
    let ended = floor.desk.act(move |tx, now| deal::conference::end(tx, &guest, id, now));
    assert_eq!(refusal(ended), Refused::Work(Denied::NotInitiator { name: "Marta".to_owned() }));
    let marta = people[0].clone();
    floor.desk.act(move |tx, now| deal::conference::end(tx, &marta, id, now)).unwrap();
    assert!(floor.desk.read(|c| store::offer::participants(c, id)).is_empty());
}

#[test]
fn ending_the_conversation_ends_the_conference_and_what_was_asked() {
    let (floor, people, id) = accepted();
    let offer = ask(&floor, &people, &people[0], id, Kind::Conference, deal::Whom::Agent(people[1].agent));
    let (petra, offer) = (people[1].clone(), offer.unwrap());
    floor.desk.act(move |tx, now| deal::accept(tx, &petra, offer, now)).unwrap();
    let waits = transfers(&floor, &people, 2, id);
    floor.desk.shuts(&people[0], id);
    assert!(floor.desk.read(|c| store::offer::participants(c, id)).is_empty());
    floor.deal(&[&people[0]]);
    assert_eq!(floor.desk.read(|c| store::offer::get(c, waits)).unwrap().state, OfferState::Withdrawn);
    assert!(asked(&floor, &people[0]).is_empty(), "nothing came back that could be seen to");
}

#[test]
fn s60_nobody_is_brought_into_a_conversation_that_was_begun_here() {
    let (floor, people, _) = accepted();
    let order = begin::Begin {
        channel: floor.channel.id,
        to: "+34 699 000 111".to_owned(),
        subject: String::new(),
        body: "Your order is ready.".to_owned(),
        template: None,
        attachments: Vec::new(),
        key: None,
    };
    let marta = people[0].clone();
    let begun = floor.desk.act(move |tx, now| begin::begin(tx, &marta, &order, now)).unwrap();
    let whom = deal::Whom::Agent(people[1].agent);
    let brought = ask(&floor, &people, &people[0], begun, Kind::Conference, whom);
    assert_eq!(refusal(brought), Refused::Work(Denied::ConferenceBegun));
    ask(&floor, &people, &people[0], begun, Kind::Transfer, whom).unwrap();
}

#[test]
fn s178_s223_mail_from_a_customer_goes_to_queues_only_and_has_no_conference() {
    let (floor, people, _) = accepted();
    let queue = floor.queue;
    let mailbox = floor.desk.channel_with(ChannelKind::Email, |channel| channel.queue = Some(queue));
    let id = floor.desk.writes(&mailbox, "ana@example.org", "m1").id;
    let (marta, agent) = (people[0].clone(), people[0].agent);
    floor.desk.act(move |tx, now| actions::assign::assign(tx, &marta, id, Some(agent), now)).unwrap();
    let whom = deal::Whom::Agent(people[1].agent);
    assert_eq!(refusal(ask(&floor, &people, &people[0], id, Kind::Transfer, whom)), Refused::QueueOnly);
    assert_eq!(
        refusal(ask(&floor, &people, &people[0], id, Kind::Conference, whom)),
        Refused::Work(Denied::ConferenceMail)
    );
    let (marta, to) = (people[0].clone(), transfer::To::Queue(queue));
    floor.desk.act(move |tx, now| transfer::transfer(tx, &marta, id, to, "", now)).unwrap();
    assert_eq!(floor.desk.conversation(id).assignee, None);
}

#[test]
fn s109_s114_the_customer_is_told_who_joined_and_who_left_in_the_words_of_the_queue() {
    let (floor, people, id) = accepted();
    let (queue, rules) = (
        floor.queue,
        Rules {
            joined_text: "{{agent}} joined the conversation.".to_owned(),
            left_text: "{{agent}} left the conversation.".to_owned(),
            ..Rules::default()
        },
    );
    floor.desk.write(move |tx| store::queue::set_rules(tx, queue, Mode::Offer, &rules));
    let waiting = floor.desk.conversation(id).waiting_since;
    transfers(&floor, &people, 1, id);
    let offer = floor.waiting_for(&people[1]).remove(0);
    floor.accepts(&people[1], &offer).unwrap();
    assert_eq!(floor.desk.conversation(id).waiting_since, waiting, "she still waits for an answer");
    floor.desk.shuts(&people[1], id);
    let said = floor.desk.said(id).into_iter().filter(|message| message.kind == Outbound);
    let said: Vec<String> = said.map(|message| message.body).collect();
    assert_eq!(said, ["Petra joined the conversation.", "Petra left the conversation."]);
}
