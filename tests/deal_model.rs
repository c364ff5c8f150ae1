//! Whatever happens in whatever order, dealing keeps its promises: no conversation is lost or with two people, nobody
//! has more than fits, every offer ends, the log tells the same as the tables, and a restart changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::support::TestDesk;
use crate::support::desk::NOON;
use transom::actions::{Error, availability, deal, profile};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::availability::{Media, State};
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Status;
use transom::domain::event::kind;
use transom::domain::offer;
use transom::domain::offer::Denied;
use transom::domain::profile::Profile;
use transom::domain::queue::{Mode, Rules};
use transom::domain::{Id, Span};
use transom::jobs::dealer::{self, Memory};
use transom::net::Client;
use transom::store;
use transom::web::App;

/// How much one person takes here.
const CAPACITY: u32 = 2;

#[derive(Clone, Copy, Debug)]
enum Step {
    Arrive,
    Accept(usize),
    Decline(usize),
    TimeOut,
    Available(usize),
    Idle(usize),
    End(usize),
    Leave(usize),
    Come(usize),
    /// Somebody asks the next one to take over the first conversation that the former has.
    Transfer(usize),
    /// The same, to write along.
    Confer(usize),
    /// Whoever writes along leaves.
    Exit(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0_usize..3;
    prop_oneof![
        5 => Just(Step::Arrive),
        4 => who.clone().prop_map(Step::Accept),
        1 => who.clone().prop_map(Step::Decline),
        2 => Just(Step::TimeOut),
        4 => who.clone().prop_map(Step::Available),
        1 => who.clone().prop_map(Step::Idle),
        2 => who.clone().prop_map(Step::End),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Come),
        3 => who.clone().prop_map(Step::Transfer),
        2 => who.clone().prop_map(Step::Confer),
        1 => who.prop_map(Step::Exit),
        1 => Just(Step::Restart),
    ]
}

struct World {
    desk: TestDesk,
    memory: Memory,
    people: Vec<Viewer>,
    there: BTreeSet<usize>,
    channel: Channel,
    arrived: usize,
}

impl World {
    fn new(mode: Mode) -> World {
        let desk = TestDesk::new();
        let people: Vec<Viewer> =
            ["Marta", "Petra", "Olga"].iter().map(|name| desk.viewer(name, Role::Agent)).collect();
        let ids: Vec<_> = people.iter().map(|viewer| viewer.agent).collect();
        let now = desk.now();
        let queue = desk.write(move |tx| {
            let queue = store::queue::insert(tx, "Sales", now)?;
            store::queue::set_rules(tx, queue, mode, &Rules::default())?;
            store::queue::set_members(tx, queue, &ids)?;
            Ok(queue)
        });
        let small = Profile {
            name: "Small".to_owned(),
            capacity: BTreeMap::from([(Media::Social, CAPACITY)]),
            ..Profile::default()
        };
        desk.act(move |tx, now| {
            let by = Viewer::console();
            let id = profile::put(tx, &by, &small, now)?;
            profile::for_team(tx, &by, Some(id), now)
        })
        .unwrap();
        let channel = desk.channel_with(Kind::Sms, |channel| channel.queue = Some(queue));
        let people =
            people.into_iter().map(|who| Viewer { queues: BTreeSet::from([queue]), ..who }).collect();
        World {
            desk,
            memory: Memory::default(),
            people,
            there: BTreeSet::from([0, 1, 2]),
            channel,
            arrived: 0,
        }
    }

    fn first_offer(&self, who: usize) -> Option<Id<offer::Offer>> {
        let offers = self.desk.read(|c| store::offer::waiting_for(c, self.people[who].agent));
        offers.first().map(|offer| offer.id)
    }

    fn takes(&mut self, step: Step) {
        match step {
            Step::Arrive => {
                self.arrived += 1;
                let from = format!("+34612{:06}", self.arrived);
                self.desk.writes(&self.channel, &from, &self.arrived.to_string());
            }
            Step::Accept(who) | Step::Decline(who) => {
                let Some(id) = self.first_offer(who) else { return };
                let by = self.people[who].clone();
                let accepts = matches!(step, Step::Accept(_));
                self.desk
                    .act(move |tx, now| {
                        if accepts {
                            deal::accept(tx, &by, id, now).map(|_| ())
                        } else {
                            deal::decline(tx, &by, id, now)
                        }
                    })
                    .unwrap();
            }
            Step::TimeOut => self.desk.pass(Span::seconds(31)),
            Step::Available(who) => self.chooses(who, State::Available),
            Step::Idle(who) => self.chooses(who, State::Idle(None)),
            Step::End(who) => {
                let held = self.desk.read(|c| store::offer::held_by(c, self.people[who].agent));
                if let Some(first) = held.first() {
                    self.desk.shuts(&self.people[who], first.id);
                }
            }
            Step::Leave(who) => {
                self.there.remove(&who);
                self.desk.desk.attendance.left(self.people[who].agent);
            }
            Step::Come(who) => {
                self.there.insert(who);
            }
            Step::Transfer(who) => self.asks(who, offer::Kind::Transfer),
            Step::Confer(who) => self.asks(who, offer::Kind::Conference),
            Step::Exit(who) => {
                let by = self.people[who].clone();
                if let Some(id) =
                    self.desk.read(|c| store::offer::joined(c, by.agent)).first().map(|(id, _)| *id)
                {
                    self.desk.act(move |tx, now| deal::conference::leave(tx, &by, id, now)).unwrap();
                }
            }
            Step::Restart => {}
        }
    }

    /// The rules may refuse it; whatever they say, what holds goes on holding.
    fn asks(&self, who: usize, kind: offer::Kind) {
        let by = self.people[who].clone();
        let held = self.desk.read(|c| store::offer::held_by(c, by.agent));
        let Some(first) = held.first().map(|conversation| conversation.id) else { return };
        let next = self.people[(who + 1) % self.people.len()].agent;
        let request = deal::Request { kind, whom: deal::Whom::Agent(next), note: String::new() };
        let present = self.there.iter().map(|who| self.people[*who].agent).collect();
        let asked = self.desk.act(move |tx, now| deal::ask(tx, &by, first, &request, &present, now));
        assert!(matches!(asked, Ok(_) | Err(Error::Refused(_))), "{asked:?}");
    }

    fn chooses(&self, who: usize, state: State) {
        let by = self.people[who].clone();
        self.desk
            .act(move |tx, now| availability::choose_state(tx, &by, by.agent, (None, state), now))
            .unwrap();
    }

    /// The desk stops and is opened anew: nothing but the file is left.
    fn restart(self) -> World {
        let now = self.desk.now();
        let TestDesk { desk, app, folder } = self.desk;
        drop(app);
        drop(desk);
        let path = folder.path().join("transom.db");
        let client = Client { allow_private: true, ..Client::default() };
        let desk =
            std::sync::Arc::new(Desk::open(&path, Clock::standing(now), client, Options::default()).unwrap());
        let app = App::new(desk.clone()).unwrap();
        World { desk: TestDesk { desk, app, folder }, memory: Memory::default(), ..self }
    }

    fn round(&mut self) {
        for who in &self.there {
            self.desk.desk.attendance.seen(self.people[*who].agent, self.desk.now());
        }
        while dealer::round(&self.desk.desk, &mut self.memory).unwrap() {}
    }

    fn holds(&self) {
        let offers = self.desk.read(store::offer::waiting);
        let mut asked = BTreeSet::new();
        for offer in &offers {
            let conversation = self.desk.conversation(offer.conversation);
            assert!(asked.insert((offer.conversation, offer.kind.as_str())), "held out twice");
            assert_eq!(conversation.status, Status::Open);
            assert_eq!(conversation.assignee, offer.from, "held out though somebody else has it");
            assert_ne!(conversation.assignee, Some(offer.agent), "asked for what one has");
            assert!(offer.expires_at > self.desk.now(), "an offer outlives its time");
        }
        for who in &self.people {
            let load = self.desk.read(|c| store::offer::load(c, who.agent));
            assert!(
                load.get(&Media::Social).is_none_or(|count| *count <= CAPACITY),
                "more than fits: {load:?}"
            );
            let state = self.desk.read(|c| store::availability::get(c, who.agent, Media::Social)).state;
            if state == State::Rona {
                assert!(offers.iter().all(|offer| offer.agent != who.agent), "RONA receives nothing");
            }
        }
        for who in &self.people {
            for (joined, _) in self.desk.read(|c| store::offer::joined(c, who.agent)) {
                let conversation = self.desk.conversation(joined);
                assert_ne!(conversation.status, Status::Closed, "somebody writes along in what has ended");
                assert_ne!(conversation.assignee, Some(who.agent), "twice in one conversation");
            }
        }
        let (all, kept) = self.desk.read(|c| {
            let all: i64 = c.query_row("SELECT count(*) FROM conversation", [], |row| row.get(0))?;
            let kept: i64 = c
                .query_row("SELECT sum(open + snoozed + closed) FROM folder_count", [], |row| row.get(0))
                .unwrap_or(0);
            Ok((all, kept))
        });
        assert_eq!(usize::try_from(all).unwrap(), self.arrived, "a conversation is lost");
        assert_eq!(all, kept, "the folders count something else");
        self.replays(&offers);
    }

    /// The log alone tells which offers wait and how everybody stands.
    fn replays(&self, offers: &[offer::Offer]) {
        let mut waiting = BTreeSet::new();
        let mut states = BTreeMap::new();
        for entry in self.desk.read(|c| store::event::after(c, 0, 100_000)) {
            let place = (entry.conversation, entry.agent, entry.data["offer"].as_i64());
            match entry.kind {
                kind::OFFER_MADE => assert!(waiting.insert(place), "made twice"),
                kind::OFFER_ACCEPTED
                | kind::OFFER_DECLINED
                | kind::OFFER_EXPIRED
                | kind::OFFER_WITHDRAWN
                | kind::OFFER_RECALLED => {
                    assert!(waiting.remove(&place), "ended without having been made");
                }
                kind::AGENT_STATE => {
                    let agent = entry.data["agent"].as_i64().unwrap();
                    states
                        .insert(agent, entry.data["states"]["social"].as_str().unwrap_or("idle").to_owned());
                }
                _ => {}
            }
        }
        let told: BTreeSet<_> = offers
            .iter()
            .map(|offer| (Some(offer.conversation), Some(offer.agent), Some(offer.id.get())))
            .collect();
        assert_eq!(waiting, told, "the log and the table of offers differ");
        for who in &self.people {
            let state = self.desk.read(|c| store::availability::get(c, who.agent, Media::Social)).state;
            let replayed = states.get(&who.agent.get()).map_or("idle", String::as_str);
            assert_eq!(replayed, state.as_str(), "the log and the table of states differ");
        }
    }
}

fn lives(mode: Mode, steps: &[Step]) {
    let mut world = World::new(mode);
    for step in steps {
        if matches!(step, Step::Restart) {
            world = world.restart();
        } else {
            world.takes(*step);
        }
        world.round();
        world.holds();
    }
    world.there.clear();
    world.desk.pass(Span::minutes(10));
    world.round();
    assert!(world.desk.read(store::offer::waiting).is_empty(), "every offer ends");
    assert!(world.desk.now() > NOON);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s69_s81_s83_s195_dealing_keeps_its_promises_whatever_happens(steps in prop::collection::vec(step(), 1..30)) {
        lives(Mode::Offer, &steps);
    }
}

#[test]
fn what_was_held_out_before_a_restart_can_be_accepted_after_it() {
    let mut world = World::new(Mode::Offer);
    world.takes(Step::Available(0));
    world.takes(Step::Arrive);
    world.round();
    let offer = world.first_offer(0).unwrap();
    world = world.restart();
    world.round();
    assert_eq!(world.first_offer(0), Some(offer), "the restart took it away");
    world.takes(Step::Accept(0));
    world.holds();
    assert_eq!(world.desk.read(|c| store::offer::held_by(c, world.people[0].agent)).len(), 1);
}

#[test]
fn work_of_somebody_who_is_gone_goes_back_where_the_queue_wants_it_so() {
    let mut world = World::new(Mode::Assign);
    world.takes(Step::Available(0));
    world.takes(Step::Arrive);
    world.round();
    assert_eq!(world.desk.read(|c| store::offer::held_by(c, world.people[0].agent)).len(), 1);
    world.takes(Step::Leave(0));
    world.desk.pass(Span::minutes(3));
    world.round();
    assert_eq!(
        world.desk.read(|c| store::offer::held_by(c, world.people[0].agent)).len(),
        1,
        "kept by default"
    );
    let queue = world.channel.queue.unwrap();
    world.desk.write(move |tx| {
        let rules = Rules { release_when_gone: true, ..Rules::default() };
        store::queue::set_rules(tx, queue, Mode::Assign, &rules)
    });
    world.takes(Step::Available(1));
    world.round();
    world.round();
    assert_eq!(world.desk.read(|c| store::offer::held_by(c, world.people[1].agent)).len(), 1, "dealt anew");
}

#[test]
fn s193_nobody_signs_out_while_something_is_held_out() {
    let mut world = World::new(Mode::Offer);
    world.takes(Step::Available(0));
    world.takes(Step::Arrive);
    world.round();
    let by = world.people[0].clone();
    let refused = world.desk.act(move |tx, now| transom::actions::sign_in::end(tx, &by, 1, now));
    assert!(matches!(refused, Err(Error::Refused(transom::domain::Refused::Work(Denied::OfferWaits)))));
    world.takes(Step::Decline(0));
    let by = world.people[0].clone();
    world.desk.act(move |tx, now| transom::actions::sign_in::end(tx, &by, 1, now)).unwrap();
    let state = world.desk.read(|c| store::availability::get(c, world.people[0].agent, Media::Social)).state;
    assert_eq!(state, State::Idle(None), "S190: whoever comes back begins idle");
}
