//! Sending later: at a moment and when the window opens again; never outside the window, and never lost.

use proptest::prelude::*;
use serde_json::json;
use transom::actions::later::{self, Plan};
use transom::actions::outgoing::Knows;
use transom::actions::{dispatch, draft as drafts, reply};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::{Conversation, Status};
use transom::domain::later::{Later, When, Why};
use transom::domain::outbox::Outcome;
use transom::domain::{Id, Refused, Span};
use transom::jobs::ticker::{self, Rounds};
use transom::store;

use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};

pub(crate) const ANA: &str = "+34612345678";

pub(crate) struct Stage {
    pub desk: TestDesk,
    channel: Channel,
    pub marta: Viewer,
    pub ana: Id<Conversation>,
}

/// Ana has just written on a channel with a window of a day.
pub(crate) fn stage() -> Stage {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let marta = desk.viewer("Marta", Role::Agent);
    let ana = desk.writes(&channel, ANA, "first").id;
    Stage { desk, channel, marta, ana }
}

impl Stage {
    pub fn plan(&self, body: &str, when: When, until: Option<Span>) -> transom::actions::Result<Id<Later>> {
        let until = until.map(|span| self.desk.now() + span);
        let plan = Plan {
            conversation: self.ana,
            body: body.to_owned(),
            attachments: Vec::new(),
            when,
            until,
            seen: None,
            mail: None,
            knows: Knows::default(),
            key: None,
        };
        let by = self.marta.clone();
        self.desk.act(move |tx, now| later::plan(tx, &by, &plan, now))
    }

    fn at(&self, body: &str, span: Span, alone: bool) -> Id<Later> {
        self.plan(body, When::At { at: self.desk.now() + span, alone }, None).unwrap()
    }

    fn for_window(&self, body: &str, by_itself: bool) -> Id<Later> {
        self.plan(body, When::Window { by_itself }, Some(Span::days(3))).unwrap()
    }

    pub fn passes(&self, span: Span) {
        self.desk.pass(span);
        ticker::tick(&self.desk.desk, &mut Rounds::default()).unwrap();
    }

    pub fn writes(&self) {
        self.desk.writes(&self.channel, ANA, &transom::random::key());
        ticker::tick(&self.desk.desk, &mut Rounds::default()).unwrap();
    }

    pub fn held(&self, id: Id<Later>) -> Option<Why> {
        self.desk.read(|c| store::later::get(c, id)).and_then(|later| later.held)
    }

    fn waiting(&self) -> i64 {
        self.desk.count("SELECT count(*) FROM outbox")
    }

    pub fn ours(&self) -> Vec<String> {
        let said = self.desk.said(self.ana);
        said.into_iter().filter(|m| m.kind.as_str() == "outbound").map(|m| m.body).collect()
    }
}

#[test]
fn a_planned_message_leaves_at_its_moment_once_and_not_before() {
    let stage = stage();
    stage.at("See you at nine", Span::hours(1), true);
    stage.passes(Span::minutes(59));
    assert_eq!((stage.ours().len(), stage.waiting()), (0, 0));
    stage.passes(Span::minutes(1));
    stage.passes(Span::minutes(1));
    assert_eq!(stage.ours(), ["See you at nine"]);
    assert_eq!(stage.desk.count("SELECT count(*) FROM later"), 0);
}

#[test]
fn a_planned_message_whose_window_has_closed_is_held_and_its_owner_told() {
    let stage = stage();
    let id = stage.at("Too late", Span::hours(30), true);
    stage.passes(Span::hours(31));
    assert_eq!((stage.held(id), stage.ours().len()), (Some(Why::Window), 0));
    let (kind, line) = stage.desk.lines(stage.ana).pop().unwrap();
    assert_eq!((kind.as_str(), line.held, line.to.as_str()), ("later.held", Some(Why::Window), "Marta"));
    assert_eq!(stage.desk.read(|c| store::later::held(c, stage.marta.agent)), 1);
    // The customer writes: nothing leaves without a word of its owner, and one click sends it.
    stage.writes();
    assert_eq!(stage.ours().len(), 0);
    let by = stage.marta.clone();
    stage.desk.act(move |tx, now| later::send_now(tx, &by, (id, false), now)).unwrap();
    assert_eq!(stage.ours(), ["Too late"]);
}

#[test]
fn a_message_that_is_to_stand_alone_is_held_when_somebody_wrote_before() {
    let stage = stage();
    let (alone, anyway) =
        (stage.at("Alone", Span::hours(2), true), stage.at("Anyway", Span::hours(2), false));
    stage.passes(Span::hours(1));
    stage.writes();
    stage.passes(Span::hours(1));
    assert_eq!(stage.held(alone), Some(Why::Moved));
    assert_eq!(stage.ours(), ["Anyway"]);
    assert_eq!(stage.desk.read(|c| store::later::get(c, anyway)), None);
}

#[test]
fn what_waits_for_the_window_leaves_by_itself_or_asks_when_the_customer_has_written() {
    let stage = stage();
    stage.passes(Span::hours(25));
    let (itself, asks) = (stage.for_window("By itself", true), stage.for_window("Ask me", false));
    stage.passes(Span::hours(1));
    assert_eq!((stage.held(itself), stage.held(asks), stage.ours().len()), (None, None, 0));
    stage.writes();
    assert_eq!(stage.ours(), ["By itself"]);
    assert_eq!(stage.held(asks), Some(Why::Ready));
}

#[test]
fn what_waits_for_the_window_ends_with_its_validity_and_when_the_conversation_moves_on() {
    let stage = stage();
    stage.passes(Span::hours(25));
    let old = stage.for_window("Old", true);
    stage.passes(Span::days(3));
    assert_eq!(stage.held(old), Some(Why::Expired));
    let closed = stage.for_window("Closed meanwhile", true);
    stage.desk.shuts(&stage.marta, stage.ana);
    stage.writes();
    assert_eq!(stage.held(closed), Some(Why::Moved));
    stage.passes(Span::hours(25));
    let answered = stage.for_window("Answered meanwhile", true);
    stage.desk.writes(&stage.channel, ANA, "again");
    let otto = stage.desk.viewer("Otto", Role::Agent);
    stage.desk.replies(&otto, &answer(stage.ana, "I have it")).unwrap();
    stage.passes(Span::seconds(1));
    assert_eq!(stage.held(answered), Some(Why::Moved));
    assert_eq!(stage.ours(), ["I have it"]);
}

#[test]
fn a_message_written_for_a_closed_conversation_opens_it_when_the_customer_has_written() {
    let stage = stage();
    stage.passes(Span::hours(25));
    stage.desk.shuts(&stage.marta, stage.ana);
    stage.for_window("Welcome back", true);
    stage.writes();
    assert_eq!(stage.ours(), ["Welcome back"]);
    assert_eq!(stage.desk.conversation(stage.ana).status, Status::Open);
}

#[test]
fn a_blocked_contact_is_not_written_to_later_either() {
    let stage = stage();
    let id = stage.at("Hello", Span::hours(1), false);
    stage.desk.write(|tx| Ok(tx.execute("UPDATE contact SET blocked_at = 1", [])?));
    stage.passes(Span::hours(1));
    assert_eq!((stage.held(id), stage.ours().len()), (Some(Why::Unwanted), 0));
}

#[test]
fn only_its_owner_sends_it_and_what_is_taken_back_is_a_draft_again() {
    let stage = stage();
    let id = stage.at("Later", Span::hours(1), true);
    let otto = stage.desk.viewer("Otto", Role::Agent);
    let (sends, cancels) = (otto.clone(), otto);
    let sent = stage.desk.act(move |tx, now| later::send_now(tx, &sends, (id, false), now));
    assert_eq!(refusal(sent), Refused::NotYours);
    let cancelled = stage.desk.act(move |tx, now| later::cancel(tx, &cancels, id, now));
    assert_eq!(refusal(cancelled), Refused::NeedsRole { role: Role::Supervisor });
    let by = stage.marta.clone();
    assert_eq!(stage.desk.act(move |tx, now| later::cancel(tx, &by, id, now)).unwrap(), "Later");
    let draft: String = stage.desk.read(|c| Ok(c.query_row("SELECT body FROM draft", [], |row| row.get(0))?));
    assert_eq!(draft, "Later");
    stage.passes(Span::hours(2));
    assert_eq!(stage.ours().len(), 0);
}

#[test]
fn what_is_typed_meanwhile_stays_when_a_planned_message_leaves() {
    let stage = stage();
    stage.at("Planned", Span::hours(1), true);
    let (by, ana) = (stage.marta.clone(), stage.ana);
    let typed = drafts::Typed { kind: transom::domain::draft::Kind::Reply, body: "typing".into(), key: None };
    stage.desk.act(move |tx, now| drafts::save(tx, &by, ana, &typed, now)).unwrap();
    stage.passes(Span::hours(1));
    assert_eq!(stage.ours(), ["Planned"]);
    let draft: String = stage.desk.read(|c| Ok(c.query_row("SELECT body FROM draft", [], |row| row.get(0))?));
    assert_eq!(draft, "typing");
}

#[test]
fn a_restored_copy_sends_nothing_that_was_planned_before() {
    let stage = stage();
    let id = stage.at("Perhaps sent already", Span::hours(1), true);
    stage.desk.act(dispatch::doubt).unwrap();
    stage.passes(Span::hours(2));
    assert_eq!((stage.held(id), stage.ours().len()), (Some(Why::Restored), 0));
}

#[test]
fn the_composer_plans_with_files_and_the_thread_shows_what_waits() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.person("Marta", Role::Agent);
    let ana = desk.writes(&channel, ANA, "first").id;
    let path = format!("/conversations/{ana}/messages");
    let fields =
        [("kind", "reply"), ("body", "Good morning"), ("later", "tomorrow"), ("key", "k1"), ("alone", "on")];
    for _ in 0..2 {
        let planned = desk.post(&marta, &path, &fields);
        assert_eq!(planned.header("location"), Some(&*format!("/conversations/{ana}?done=planned")));
    }
    assert_eq!(desk.count("SELECT count(*) FROM later"), 1, "a double click plans once");
    // Tomorrow at nine in the zone of the desk.
    assert_eq!(desk.count("SELECT at FROM later"), 1_772_614_800_000);
    let page = desk.get(&marta, &format!("/conversations/{ana}"));
    assert!(page.body.contains("Good morning") && page.body.contains("Marta: to be sent"), "{}", page.body);
    let past = desk.post(
        &marta,
        &path,
        &[("kind", "reply"), ("body", "Kept"), ("later", "at"), ("at", "2020-01-01T10:00")],
    );
    assert_eq!(past.status, 422);
    assert!(past.body.contains(">Kept</textarea>"), "what was typed is not lost");
    let changed = desk.post(&marta, "/later/1/change", &[]);
    assert_eq!(changed.header("location"), Some(&*format!("/conversations/{ana}?done=changing")));
    assert!(desk.get(&marta, &format!("/conversations/{ana}")).body.contains("Good morning"));
}

/// Enter in the field of the time presses Send, the first button of the form: the time is meant all the same.
#[test]
fn a_time_that_stands_in_its_field_is_meant_whichever_button_is_pressed() {
    let desk = TestDesk::new();
    let marta = desk.person("Marta", Role::Agent);
    let ana = desk.writes(&desk.channel(Kind::Sms), ANA, "first").id;
    let path = format!("/conversations/{ana}/messages");
    let fields = [("kind", "reply"), ("body", "Hello {{order}}"), ("at", "2026-03-04T10:00"), ("key", "k1")];
    let asked = desk.post(&marta, &path, &fields);
    assert_eq!(asked.status, 422, "of the gap");
    assert!(
        asked.body.contains("name=\"at\" value=\"2026-03-04T10:00\""),
        "the time is not lost: {}",
        asked.body
    );
    let sent = desk.post(&marta, &path, &[fields.as_slice(), &[("knows", "gaps")]].concat());
    assert_eq!(sent.header("location"), Some(&*format!("/conversations/{ana}?done=planned")));
    let counted = (desk.count("SELECT count(*) FROM later"), desk.count("SELECT count(*) FROM outbox"));
    assert_eq!(counted, (1, 0));
}

/// What is asked of an answer that is sent is asked of one that is to be sent later.
#[test]
fn whoever_plans_learns_of_a_colleagues_answer_and_of_card_numbers() {
    let stage = stage();
    let tom = stage.desk.viewer("Tom", Role::Agent);
    let seen = stage.desk.read(|c| store::message::newest_said(c, stage.ana)).unwrap().id;
    let order = reply::Reply {
        conversation: stage.ana,
        body: "It leaves tomorrow".into(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    stage.desk.pass(Span::minutes(1));
    stage.desk.act(move |tx, now| reply::reply(tx, &tom, &order, now)).unwrap();
    let at = stage.desk.now() + Span::hours(1);
    let plan = |seen, body: &str| {
        let (by, when) = (stage.marta.clone(), When::At { at, alone: true });
        let plan = Plan {
            conversation: stage.ana,
            body: body.to_owned(),
            attachments: Vec::new(),
            when,
            until: None,
            seen,
            mail: None,
            knows: Knows::default(),
            key: None,
        };
        stage.desk.act(move |tx, now| later::plan(tx, &by, &plan, now))
    };
    let newer = refusal(plan(Some(seen), "It leaves today"));
    assert!(matches!(newer, Refused::NewerMessage { .. }), "{newer:?}");
    let card = refusal(plan(None, "4111 1111 1111 1111"));
    assert!(matches!(card, Refused::Sensitive { may: true, .. }), "{card:?}");
    assert!(plan(None, "It leaves today").is_ok());
}

#[test]
fn the_wall_of_a_closed_window_offers_to_write_for_when_it_opens() {
    let stage = stage();
    let marta = stage.desk.person("Martha", Role::Agent);
    stage.passes(Span::hours(25));
    let page = stage.desk.get(&marta, &format!("/conversations/{}", stage.ana));
    assert!(page.body.contains("Write now, send when"), "{}", page.body);
    let kept = stage.desk.post(
        &marta,
        &format!("/conversations/{}/later", stage.ana),
        &[("body", "Here it is"), ("how", "ask"), ("days", "3"), ("key", "k1")],
    );
    assert_eq!(kept.status, 303);
    stage.writes();
    let list = stage.desk.get(&marta, "/later");
    assert!(
        list.body.contains("Here it is") && list.body.contains("The window is open now"),
        "{}",
        list.body
    );
    assert_eq!(stage.desk.post(&marta, "/later/1/send", &[]).status, 303);
    assert_eq!(stage.ours(), ["Here it is"]);
}

#[test]
fn programs_plan_list_and_take_back() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let ana = desk.writes(&channel, ANA, "first").id;
    let program = desk.program("Ada", Role::Agent);
    let path = format!("/conversations/{ana}/later");
    let planned = desk.api_post(&program, &path, json!({ "body": "Hello", "at": "2026-03-03T13:00:00Z" }));
    assert_eq!((planned.status, planned.json["at"].as_str()), (201, Some("2026-03-03T13:00:00Z")));
    let both = desk.api_post(
        &program,
        &path,
        json!({ "body": "x", "at": "2026-03-03T13:00:00Z", "window": "self" }),
    );
    assert_eq!(both.code(), "invalid_field");
    assert_eq!(desk.api_post(&program, &path, json!({ "body": " ", "window": "ask" })).code(), "empty");
    assert_eq!(desk.api_get(&program, &path).json["items"].as_array().unwrap().len(), 1);
    assert_eq!(desk.api_delete(&program, &format!("/later/{}", planned.id())).status, 204);
    assert_eq!(desk.api_get(&program, &path).json["items"], json!([]));
}

#[derive(Clone, Debug)]
enum Step {
    Customer,
    Passes(i64),
    PlansAt(i64, bool),
    PlansWindow(bool),
    Replies,
    Closes,
    SendsNow(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Customer),
        6 => (1_i64..1800).prop_map(Step::Passes),
        3 => ((1_i64..3000), any::<bool>()).prop_map(|(minutes, alone)| Step::PlansAt(minutes, alone)),
        3 => any::<bool>().prop_map(Step::PlansWindow),
        1 => Just(Step::Replies),
        1 => Just(Step::Closes),
        1 => (1_i64..6).prop_map(Step::SendsNow),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The model knows only when the customer last wrote; whatever is planned, nothing is claimed for sending a
    /// day or more after.
    #[test]
    fn no_path_of_sending_later_leads_outside_the_window(steps in prop::collection::vec(step(), 1..40)) {
        let stage = stage();
        let mut wrote = stage.desk.now();
        for step in steps {
            let (by, ana) = (stage.marta.clone(), stage.ana);
            match step {
                Step::Customer => {
                    stage.desk.writes(&stage.channel, ANA, &transom::random::key());
                    wrote = stage.desk.now();
                }
                Step::Passes(minutes) => stage.desk.pass(Span::minutes(minutes)),
                Step::PlansAt(minutes, alone) => {
                    let at = stage.desk.now() + Span::minutes(minutes);
                    stage.plan("planned", When::At { at, alone }, None).map(drop).unwrap_or_default();
                }
                Step::PlansWindow(by_itself) => {
                    stage.plan("for the window", When::Window { by_itself }, Some(Span::days(2))).map(drop).unwrap_or_default();
                }
                Step::Replies => drop(stage.desk.act(move |tx, now| reply::reply(tx, &by, &answer(ana, "by hand"), now))),
                Step::Closes => drop(stage.desk.act(move |tx, now| {
                    transom::actions::close::close(tx, &by, ana, &transom::actions::close::Closing::default(), now)
                })),
                Step::SendsNow(id) => drop(stage.desk.act(move |tx, now| later::send_now(tx, &by, (Id::new(id), true), now))),
            }
            ticker::tick(&stage.desk.desk, &mut Rounds::default()).unwrap();
            let channel = stage.channel.id;
            while let Some(claimed) = stage.desk.act(move |tx, now| dispatch::claim(tx, channel, now)).unwrap() {
                let since = stage.desk.now().since(wrote);
                prop_assert!(since < Span::hours(24), "{:?} left {:?} after the customer wrote", claimed.message.body, since);
                let attempt = dispatch::Attempt {
                    dispatch: claimed.dispatch, outcome: Outcome::Sent { provider_id: Some(transom::random::key()) }, dice: 0,
                };
                stage.desk.act(move |tx, now| dispatch::record(tx, &attempt, now)).unwrap();
            }
        }
        prop_assert_eq!(stage.desk.count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }
}
