//! Work that is dealt: offered, taken, let pass, not answered, and back where it came from.

use std::collections::BTreeSet;

use crate::support::TestDesk;
use crate::support::cast::refusal;
use transom::actions::{availability, deal};
use transom::domain::access::Viewer;
use transom::domain::agent::{Agent, Role};
use transom::domain::availability::{Media, State};
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::offer::Denied;
use transom::domain::offer::{self, Offer};
use transom::domain::queue::{Mode, Queue, Rules};
use transom::domain::{Id, Refused, Span};
use transom::store;

/// A desk with one queue that offers, and people in it.
pub(crate) struct Floor {
    pub desk: TestDesk,
    pub queue: Id<Queue>,
    pub channel: Channel,
}

impl Floor {
    pub fn new(mode: Mode, people: &[&str]) -> (Floor, Vec<Viewer>) {
        let desk = TestDesk::new();
        let viewers: Vec<Viewer> = people.iter().map(|name| desk.viewer(name, Role::Agent)).collect();
        let members: Vec<Id<Agent>> = viewers.iter().map(|viewer| viewer.agent).collect();
        let now = desk.now();
        let queue = desk.write(move |tx| {
            let queue = store::queue::insert(tx, "Sales", now)?;
            store::queue::set_rules(tx, queue, mode, &Rules::default())?;
            store::queue::set_members(tx, queue, &members)?;
            Ok(queue)
        });
        let channel = desk.channel_with(Kind::Sms, |channel| channel.queue = Some(queue));
        let viewers = viewers
            .iter()
            .map(|viewer| Viewer { queues: BTreeSet::from([queue]), ..viewer.clone() })
            .collect();
        (Floor { desk, queue, channel }, viewers)
    }

    pub fn chooses(&self, by: &Viewer, state: State) {
        let by = by.clone();
        self.desk
            .act(move |tx, now| availability::choose_state(tx, &by, by.agent, (None, state), now))
            .unwrap();
    }

    pub fn deal(&self, present: &[&Viewer]) {
        let present: BTreeSet<Id<Agent>> = present.iter().map(|viewer| viewer.agent).collect();
        self.desk.act(move |tx, now| deal::deal(tx, &present, now)).unwrap();
    }

    pub fn waiting_for(&self, who: &Viewer) -> Vec<Offer> {
        self.desk.read(|c| store::offer::waiting_for(c, who.agent))
    }

    pub fn state(&self, who: &Viewer) -> State {
        self.desk.read(|c| store::availability::get(c, who.agent, Media::Social)).state
    }

    pub fn accepts(&self, who: &Viewer, offer: &Offer) -> transom::actions::Result<Id<Conversation>> {
        let (who, id) = (who.clone(), offer.id);
        self.desk.act(move |tx, now| deal::accept(tx, &who, id, now))
    }
}

#[test]
fn s85_s86_what_waits_is_offered_to_who_is_available_and_theirs_when_accepted() {
    let (floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
    let came = floor.desk.writes(&floor.channel, "+34612345678", "1");
    assert_eq!(came.queue, Some(floor.queue));
    floor.deal(&[&people[0], &people[1]]);
    assert!(floor.waiting_for(&people[0]).is_empty(), "idle until somebody says otherwise (S190)");
    floor.chooses(&people[1], State::Available);
    floor.deal(&[&people[0]]);
    assert!(floor.waiting_for(&people[1]).is_empty(), "not there");
    floor.deal(&[&people[0], &people[1]]);
    let offer = floor.waiting_for(&people[1]).remove(0);
    assert_eq!((offer.conversation, offer.why.as_str()), (came.id, "only"));
    assert_eq!(floor.desk.conversation(came.id).assignee, None, "S64: not theirs before they accept");
    assert!(floor.accepts(&people[0], &offer).is_err(), "it was offered to somebody else");
    assert_eq!(floor.accepts(&people[1], &offer).unwrap(), came.id);
    assert_eq!(floor.desk.conversation(came.id).assignee, Some(people[1].agent));
    assert_eq!(refusal(floor.accepts(&people[1], &offer)), Refused::Work(Denied::NoOffer));
}

#[test]
fn s81_s83_s84_what_nobody_answers_goes_back_and_the_silent_one_is_not_asked_again() {
    let (floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
    let came = floor.desk.writes(&floor.channel, "+34612345678", "1");
    floor.chooses(&people[0], State::Available);
    let both = [&people[0], &people[1]];
    floor.deal(&both);
    let missed = floor.waiting_for(&people[0]).remove(0);
    floor.desk.pass(Span::seconds(31));
    assert_eq!(
        refusal(floor.accepts(&people[0], &missed)),
        Refused::Work(Denied::NoOffer),
        "its time is over"
    );
    floor.deal(&both);
    assert_eq!(floor.state(&people[0]), State::Rona);
    assert!(floor.waiting_for(&people[0]).is_empty());
    assert_eq!(floor.desk.read(|c| store::offer::undealt(c, floor.queue, 10)).len(), 1, "back in the queue");
    floor.chooses(&people[1], State::Available);
    floor.deal(&both);
    assert_eq!(floor.waiting_for(&people[1])[0].conversation, came.id);
    floor.chooses(&people[0], State::Available);
    assert_eq!(floor.state(&people[0]), State::Available, "left by hand");
}

#[test]
fn s195_nobody_is_given_more_than_the_profile_holds() {
    let (floor, people) = Floor::new(Mode::Assign, &["Marta"]);
    for number in 0..7 {
        floor.desk.writes(&floor.channel, &format!("+3461234560{number}"), &number.to_string());
    }
    floor.chooses(&people[0], State::Available);
    floor.deal(&[&people[0]]);
    let load = floor.desk.read(|c| store::offer::load(c, people[0].agent));
    assert_eq!(load.get(&Media::Social), Some(&5), "the longest waiting five");
    assert_eq!(floor.desk.read(|c| store::offer::undealt(c, floor.queue, 10)).len(), 2);
}

#[test]
fn s192_idle_chosen_during_work_holds_when_the_work_has_ended() {
    let (floor, people) = Floor::new(Mode::Assign, &["Marta"]);
    let came = floor.desk.writes(&floor.channel, "+34612345678", "1");
    floor.chooses(&people[0], State::Available);
    floor.deal(&[&people[0]]);
    floor.chooses(&people[0], State::Idle(None));
    assert_eq!(floor.state(&people[0]), State::Available);
    let next = floor.desk.writes(&floor.channel, "+34612345679", "2");
    floor.deal(&[&people[0]]);
    assert_eq!(floor.desk.conversation(next.id).assignee, None, "nothing more until then");
    floor.desk.shuts(&people[0], came.id);
    floor.deal(&[&people[0]]);
    assert_eq!(floor.state(&people[0]), State::Idle(None));
}

#[test]
fn an_offer_ends_with_its_reason_and_who_declined_is_asked_last() {
    let (floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
    let came = floor.desk.writes(&floor.channel, "+34612345678", "1");
    floor.chooses(&people[0], State::Available);
    let both = [&people[0], &people[1]];
    floor.deal(&both);
    let first = floor.waiting_for(&people[0]).remove(0);
    floor.chooses(&people[1], State::Available);
    let (who, id) = (people[0].clone(), first.id);
    floor.desk.act(move |tx, now| deal::decline(tx, &who, id, now)).unwrap();
    assert_eq!(floor.state(&people[0]), State::Available, "to decline is an answer");
    floor.deal(&both);
    let second = floor.waiting_for(&people[1]).remove(0);
    let boss = floor.desk.viewer("Boss", Role::Supervisor);
    floor.desk.shuts(&boss, came.id);
    assert_eq!(refusal(floor.accepts(&people[1], &second)), Refused::Work(Denied::NoOffer));
    floor.deal(&both);
    let ended = floor.desk.read(|c| store::offer::get(c, second.id)).unwrap();
    assert_eq!(ended.state, offer::State::Withdrawn);
}

#[test]
fn who_is_gone_keeps_no_offer() {
    let (floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
    floor.desk.writes(&floor.channel, "+34612345678", "1");
    floor.chooses(&people[0], State::Available);
    floor.chooses(&people[1], State::Available);
    floor.deal(&[&people[0]]);
    let agent = people[0].agent;
    floor.desk.act(move |tx, now| deal::gone(tx, agent, now)).unwrap();
    floor.deal(&[&people[1]]);
    assert_eq!(floor.waiting_for(&people[1]).len(), 1);
    assert_eq!(floor.state(&people[0]), State::Available, "being gone is no missed offer");
}
