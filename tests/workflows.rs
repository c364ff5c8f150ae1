//! Workflows: started by agents, moved on step by step, exactly once, and never where the rules say no.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};
use crate::support::ending::until;
use crate::support::listener::Listener;
use crate::support::process::Served;
use transom::actions::begin::{Begin, begin};
use transom::actions::contact::{Merge, OpenOnes};
use transom::actions::later;
use transom::actions::workflow::{self, Start};
use transom::actions::{self, draft, outgoing};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::{Conversation, Status};
use transom::domain::later::When;
use transom::domain::message;
use transom::domain::offer::Denied;
use transom::domain::tag::Colour;
use transom::domain::workflow::{
    Ask, AskKind, Begins, Flow, Refusal, Run, State, Step, Unfit, Why, Workflow,
};
use transom::domain::{Id, Refused, Span};
use transom::jobs::workflows as job;
use transom::net::{Client, signature};
use transom::store::{self, backup};
use transom::web::App;

/// A desk with an administrator, an agent, and a customer who has just written.
pub(crate) struct Stage {
    pub desk: TestDesk,
    pub admin: Viewer,
    pub marta: Viewer,
    pub channel: Channel,
    pub there: Id<Conversation>,
}

pub(crate) fn stage() -> Stage {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let (admin, marta) = (desk.viewer("Ada", Role::Admin), desk.viewer("Marta", Role::Agent));
    let there = desk.writes(&channel, "+34612345678", "m1").id;
    Stage { desk, admin, marta, channel, there }
}

pub(crate) fn flow(steps: Vec<Step>) -> Flow {
    Flow { steps, ..Flow::default() }
}

pub(crate) fn says(text: &str) -> Step {
    Step::Message { text: text.to_owned() }
}

pub(crate) fn waits(minutes: i64) -> Step {
    Step::Wait { minutes: minutes.to_string() }
}

fn asks(name: &str, kind: AskKind, required: bool) -> Ask {
    Ask { name: name.to_owned(), kind, required, ..Ask::default() }
}

impl Stage {
    pub fn published(&self, name: &str, flow: Flow) -> Id<Workflow> {
        let (by, name) = (self.admin.clone(), name.to_owned());
        let made = self.desk.act(move |tx, now| {
            let id = workflow::add(tx, &by, &name, now)?;
            workflow::save(tx, &by, id, (&name, flow), now)?;
            workflow::publish(tx, &by, id, now)?;
            Ok(id)
        });
        made.unwrap()
    }

    pub fn starts(&self, workflow: Id<Workflow>, answers: &[(&str, &str)]) -> actions::Result<Id<Run>> {
        let answers = answers.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let (by, there, start) = (self.marta.clone(), self.there, Start { workflow, answers, key: None });
        self.desk.act(move |tx, now| workflow::start(tx, &by, there, &start, now))
    }

    pub fn run(&self, id: Id<Run>) -> Run {
        self.desk.read(|c| Ok(store::workflow_run::get(c, id)?.unwrap()))
    }

    pub fn stands(&self, id: Id<Run>) -> (State, u32, Option<Why>) {
        let run = self.run(id);
        (run.state, run.done, run.why)
    }

    fn goes_on(&self) {
        job::drain(&self.desk.desk);
    }

    fn ours(&self, kind: message::Kind) -> Vec<String> {
        let said = self.desk.said(self.there);
        said.into_iter().filter(|m| m.kind == kind).map(|m| m.body).collect()
    }

    /// The event lines that workflows wrote here, with the numbers of their steps.
    fn told(&self) -> Vec<(String, Option<u32>)> {
        let lines = self.desk.lines(self.there);
        let own = lines.into_iter().filter(|(kind, _)| kind.starts_with("workflow."));
        own.map(|(kind, line)| (kind, line.flow.step)).collect()
    }

    fn again(&self, id: Id<Run>) -> actions::Result<()> {
        let (by, there) = (self.marta.clone(), self.there);
        self.desk.act(move |tx, now| workflow::retry(tx, &by, (there, id), now))
    }
}

#[test]
fn s215_an_agent_starts_a_published_flow_with_inputs_and_each_step_stands_in_the_thread() {
    let stage = stage();
    let admin = stage.admin.clone();
    let tag =
        stage.desk.act(move |tx, now| actions::tag::add(tx, &admin, "Returns", Colour::Grey, now)).unwrap();
    let asked = vec![asks("number", AskKind::Number, true), asks("why", AskKind::Text, false)];
    let steps = vec![
        says("Dear {{customer}}, parcel {{number}} is on its way back. {{agent}}"),
        Step::Tag { tag: Some(tag) },
        Step::Note { text: "Parcel {{number}}".into() },
        Step::Assign { agent: None },
    ];
    let id = stage.published("Return", Flow { asks: asked, ..flow(steps) });
    let typing = draft::Typed { kind: draft::Kind::Reply, body: "Half a sentence".into(), key: None };
    let (by, there) = (stage.marta.clone(), stage.there);
    stage.desk.act(move |tx, now| draft::save(tx, &by, there, &typing, now)).unwrap();

    stage.desk.write(move |tx| {
        let contact = store::conversation::get(tx, there)?.unwrap().contact;
        let contact = store::contact::get(tx, contact)?.unwrap();
        store::contact::update(tx, &transom::domain::contact::Contact { name: "Ana".into(), ..contact })
    });
    let run = stage.starts(id, &[("number", "17")]).unwrap();
    assert_eq!(stage.ours(message::Kind::Outbound).len(), 0, "nothing happens before the start is kept");
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Done, 4, None));
    let text = "Dear Ana, parcel 17 is on its way back. Marta".to_owned();
    assert_eq!(stage.ours(message::Kind::Outbound), [text]);
    assert_eq!(stage.ours(message::Kind::Note), ["Parcel 17"]);
    assert_eq!(stage.desk.conversation(there).assignee, Some(stage.marta.agent));
    assert_eq!(stage.desk.read(|c| store::tag::of(c, there)).len(), 1);
    let steps = (1..=4).map(|n| ("workflow.step".to_owned(), Some(n)));
    let whole: Vec<_> = std::iter::once(("workflow.started".to_owned(), None))
        .chain(steps)
        .chain(std::iter::once(("workflow.done".to_owned(), None)))
        .collect();
    assert_eq!(stage.told(), whole);
    let (_, begun) =
        stage.desk.lines(there).into_iter().find(|(kind, _)| kind == "workflow.started").unwrap();
    assert_eq!((begun.by.as_str(), begun.note.as_str()), ("Marta", "number: 17"));
    let place =
        store::draft::Place { agent: stage.marta.agent, conversation: there, kind: draft::Kind::Reply };
    assert_eq!(stage.desk.read(|c| store::draft::get(c, place)), "Half a sentence");
}

#[test]
fn s215_inputs_that_do_not_fit_are_refused_and_nothing_starts() {
    let stage = stage();
    let mut choice = asks("size", AskKind::Choice, false);
    choice.choices = vec!["S".into(), "L".into()];
    let asked = vec![asks("number", AskKind::Number, true), asks("day", AskKind::Date, false), choice];
    let id = stage.published("Return", Flow { asks: asked, ..flow(vec![says("{{number}}")]) });
    for wrong in [
        &[][..],
        &[("number", "x")],
        &[("number", "1"), ("day", "tomorrow")],
        &[("number", "1"), ("size", "M")],
        &[("number", "1"), ("stray", "1")],
    ] {
        let refused = refusal(stage.starts(id, wrong));
        assert!(
            matches!(refused, Refused::Workflow { why: Refusal::Input { .. } }),
            "{wrong:?}: {refused:?}"
        );
    }
    assert_eq!(stage.desk.count("SELECT count(*) FROM workflow_run"), 0);
    stage.starts(id, &[("number", "1,5"), ("day", "2026-03-04"), ("size", "L")]).unwrap();
    let twice = refusal(stage.starts(id, &[("number", "1")]));
    assert_eq!(twice, Refused::Workflow { why: Refusal::Runs { name: "Return".into() } });
}

#[test]
fn s215_only_administrators_publish_and_only_what_is_whole() {
    let stage = stage();
    let marta = stage.marta.clone();
    let refused = refusal(stage.desk.act(move |tx, now| workflow::add(tx, &marta, "Mine", now)));
    assert!(matches!(refused, Refused::NeedsRole { role: Role::Admin }));
    let wrong = [
        (flow(vec![]), Unfit::Nothing),
        (flow(vec![says(" ")]), Unfit::Missing),
        (flow(vec![says("{{stray}}")]), Unfit::Gap { name: "stray".into() }),
        (flow(vec![says("{{answer.n}}")]), Unfit::Gap { name: "answer.n".into() }),
        (flow(vec![Step::Tag { tag: None }]), Unfit::Missing),
        (flow(vec![Step::Tag { tag: Some(Id::new(99)) }]), Unfit::Gone),
        (flow(vec![Step::Template { template: Some(Id::new(99)), values: BTreeMap::new() }]), Unfit::Gone),
        (flow(vec![Step::Call { url: "ftp://a".into() }]), Unfit::Url),
        (flow(vec![waits(0)]), Unfit::Wait),
        (flow(vec![Step::Close, waits(1)]), Unfit::AfterEnd),
        (Flow { begins: Begins::Ended, ..flow(vec![says("a")]) }, Unfit::Closed),
        (Flow { begins: Begins::Created, ..flow(vec![Step::Assign { agent: None }]) }, Unfit::Nobody),
        (
            Flow { asks: vec![asks("customer", AskKind::Text, true)], ..flow(vec![says("a")]) },
            Unfit::Name { name: "customer".into() },
        ),
    ];
    let by = stage.admin.clone();
    let id = stage.desk.act(move |tx, now| workflow::add(tx, &by, "Draft", now)).unwrap();
    for (draft, what) in wrong {
        let by = stage.admin.clone();
        let outcome = stage.desk.act(move |tx, now| {
            // What is not whole is kept as a draft all the same.
            workflow::save(tx, &by, id, ("Draft", draft), now)?;
            workflow::publish(tx, &by, id, now)
        });
        let Refused::Workflow { why: Refusal::Unfit { faults } } = refusal(outcome) else {
            unreachable!("{what:?}")
        };
        assert_eq!(faults.iter().map(|fault| &fault.what).collect::<Vec<_>>(), [&what]);
    }
    assert_eq!(stage.desk.count("SELECT count(*) FROM workflow_version"), 0);
    assert!(matches!(refusal(stage.starts(id, &[])), Refused::Field { field: "workflow", .. }));
}

#[test]
fn s215_what_runs_goes_on_as_it_was_published_when_it_began() {
    let stage = stage();
    let id = stage.published("Two texts", flow(vec![says("first"), waits(60), says("second")]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.ours(message::Kind::Outbound), ["first"]);
    let by = stage.admin.clone();
    let changed = stage.desk.act(move |tx, now| {
        workflow::save(tx, &by, id, ("Renamed", flow(vec![says("other")])), now)?;
        workflow::publish(tx, &by, id, now)?;
        workflow::withdraw(tx, &by, id, now)
    });
    changed.unwrap();
    stage.desk.pass(Span::minutes(59));
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Running, 2, None));
    stage.desk.pass(Span::minutes(1));
    stage.goes_on();
    assert_eq!(stage.ours(message::Kind::Outbound), ["first", "second"]);
    assert_eq!(stage.stands(run), (State::Done, 3, None));
    assert!(matches!(refusal(stage.starts(id, &[])), Refused::Field { field: "workflow", .. }));
}

#[test]
fn s215_a_closed_window_stops_it_with_the_reason_and_it_is_tried_again() {
    let stage = stage();
    let id = stage.published("Late", flow(vec![waits(25 * 60), says("Still there?")]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    stage.desk.pass(Span::hours(26));
    stage.goes_on();
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Failed, 1, Some(Why::Window)));
    assert_eq!(stage.ours(message::Kind::Outbound).len(), 0);
    let (kind, line) = stage.desk.lines(stage.there).pop().unwrap();
    assert_eq!(
        (kind.as_str(), line.flow.failed, line.flow.step),
        ("workflow.failed", Some(Why::Window), Some(2))
    );
    let told = "SELECT count(*) FROM notice WHERE kind = 'workflow'";
    assert_eq!(stage.desk.count(told), 1, "whoever started it is told, once");
    stage.desk.writes(&stage.channel, "+34612345678", "m2");
    stage.goes_on();
    assert_eq!(stage.ours(message::Kind::Outbound).len(), 0, "not without a person's word");
    stage.again(run).unwrap();
    stage.goes_on();
    assert_eq!(stage.ours(message::Kind::Outbound), ["Still there?"]);
    assert_eq!(stage.stands(run), (State::Done, 2, None));
    assert_eq!(refusal(stage.again(run)), Refused::NotRetryable);
}

#[test]
fn s215_it_ends_with_the_conversation_and_when_somebody_stops_it() {
    let stage = stage();
    let id = stage.published("Long", flow(vec![waits(60), says("late")]));
    let first = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    stage.desk.shuts(&stage.marta, stage.there);
    assert_eq!(stage.stands(first), (State::Stopped, 1, Some(Why::Closed)));
    assert_eq!(refusal(stage.starts(id, &[])), Refused::AlreadyThere { status: Status::Closed });
    stage.desk.writes(&stage.channel, "+34612345678", "m2");
    let second = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    let (by, there) = (stage.marta.clone(), stage.there);
    stage.desk.act(move |tx, now| workflow::stop(tx, &by, (there, second), now)).unwrap();
    stage.desk.pass(Span::hours(2));
    stage.goes_on();
    assert_eq!(stage.stands(second), (State::Stopped, 1, Some(Why::Hand)));
    assert_eq!(stage.ours(message::Kind::Outbound).len(), 0);
    let closes = stage.published("Goodbye", flow(vec![says("Goodbye"), Step::Close]));
    let third = stage.starts(closes, &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(third).0, State::Done);
    assert_eq!(stage.desk.conversation(stage.there).status, Status::Closed);
}

#[test]
fn s215_a_program_is_told_once_signed_and_its_answer_fills_gaps() {
    let stage = stage();
    let listener = Listener::saying(&[(200, r#"{"code":"X-7","many":3}"#)]);
    let steps = vec![
        Step::Call { url: listener.url.clone() },
        says("Your code is {{answer.code}} ({{answer.many}})"),
    ];
    let id = stage.published("Code", flow(steps));
    let (by, secret) = (stage.admin.clone(), "a secret of the test");
    let sealed = stage.desk.desk.seal_webhook(&workflow::place(id.get()), secret);
    stage.desk.act(move |tx, now| workflow::renew_secret(tx, &by, id, &sealed, now)).unwrap();
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Done, 2, None));
    let heard = heard(&listener, 1);
    assert_eq!(heard[0].header("x-transom-signature"), signature::sha256_header(secret, &heard[0].body));
    assert_eq!(heard[0].json()["conversation"]["id"], stage.there.get());
    assert_eq!(stage.ours(message::Kind::Outbound), ["Your code is X-7 (3)"]);
    let lines = stage.desk.lines(stage.there);
    assert!(lines.iter().any(|(_, line)| line.note.starts_with("200 {")), "the result stands in the thread");
}

#[test]
fn s215_a_busy_program_is_called_again_under_the_same_name_and_a_no_is_shown() {
    let stage = stage();
    let listener = Listener::answering(&[503, 200, 404, 200]);
    let id = stage.published("Tell", flow(vec![Step::Call { url: listener.url.clone() }]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    assert_eq!((heard(&listener, 1).len(), stage.stands(run)), (1, (State::Running, 0, None)));
    stage.desk.pass(Span::hours(1));
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Done, 1, None));
    let second = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(second), (State::Failed, 0, Some(Why::Answer)));
    stage.again(second).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(second), (State::Done, 1, None));
    let heard = heard(&listener, 4);
    let names: Vec<&str> = heard.iter().map(|one| one.header("x-transom-delivery")).collect();
    assert!(
        names.len() == 4 && names[0] == names[1] && names[1] != names[2] && names[2] == names[3],
        "{names:?}"
    );
}

#[test]
fn s215_an_address_inside_the_house_is_not_called() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::answering(&[]);
    let desk =
        Desk::open(&folder.path().join("a.db"), Clock::system(), Client::default(), Options::default());
    let desk = Arc::new(desk.unwrap());
    let desk = TestDesk { app: App::new(desk.clone()).unwrap(), desk, folder };
    let channel = desk.channel(Kind::Whatsapp);
    let (admin, marta) = (desk.viewer("Ada", Role::Admin), desk.viewer("Marta", Role::Agent));
    let there = desk.writes(&channel, "+34612345678", "m1").id;
    let stage = Stage { desk, admin, marta, channel, there };
    let id = stage.published("Inside", flow(vec![Step::Call { url: listener.url.clone() }]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Failed, 0, Some(Why::Forbidden)));
    assert_eq!(listener.heard().len(), 0);
}

#[test]
fn s215_a_call_that_was_cut_off_by_a_crash_is_not_made_again_without_a_persons_word() {
    let stage = stage();
    let listener = Listener::answering(&[]);
    let id = stage.published("Tell", flow(vec![Step::Call { url: listener.url.clone() }]));
    let run = stage.starts(id, &[]).unwrap();
    // The desk ends between the claim and the answer.
    let calling = stage.desk.act(move |tx, now| workflow::advance(tx, run, now)).unwrap().unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(run).0, State::Calling, "nobody else makes the call");
    job::recover(&stage.desk.desk);
    stage.goes_on();
    assert_eq!((stage.stands(run), listener.heard().len()), ((State::Failed, 0, Some(Why::Unsure)), 0));
    stage.again(run).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(run).0, State::Done);
    assert_eq!(heard(&listener, 1)[0].header("x-transom-delivery"), calling.delivery);
}

#[test]
fn s58_a_flow_is_started_in_an_outbound_conversation() {
    let mut stage = stage();
    let sms = stage.desk.channel(Kind::Sms);
    stage.there = stage.begins(&sms, "+34612000001");
    let id = stage.published("Follow up", flow(vec![says("And one more thing"), Step::Close]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(run).0, State::Done);
    assert_eq!(stage.ours(message::Kind::Outbound), ["Hello", "And one more thing"]);
}

#[test]
fn s61_lifecycle_workflows_do_not_fire_for_an_outbound_conversation() {
    let stage = stage();
    let note = |text: &str| Step::Note { text: text.to_owned() };
    for (name, begins) in [("Created", Begins::Created), ("Routed", Begins::Routed), ("Ended", Begins::Ended)]
    {
        stage.published(name, Flow { begins, ..flow(vec![note(name)]) });
    }
    let sms = stage.desk.channel(Kind::Sms);
    let outbound = stage.begins(&sms, "+34612000001");
    stage.goes_on();
    stage.desk.shuts(&stage.marta, outbound);
    stage.goes_on();
    assert_eq!(stage.desk.count("SELECT count(*) FROM workflow_run"), 0);
    // The same three do fire where the customer began.
    let inbound = stage.desk.writes(&stage.channel, "+34612000002", "m7");
    stage.goes_on();
    let by = stage.marta.clone();
    stage
        .desk
        .act(move |tx, now| {
            let line = transom::domain::event::Line {
                cause: Some(transom::domain::event::Cause::Dealt),
                ..transom::domain::event::Line::default()
            };
            let entry = store::event::New {
                kind: transom::domain::event::kind::CONVERSATION_ASSIGNED,
                agent: by.author(),
                conversation: Some(inbound.id),
                data: serde_json::to_value(line).unwrap(),
                ..store::event::New::default()
            };
            store::event::append(tx, &entry, now)?;
            Ok(())
        })
        .unwrap();
    stage.goes_on();
    stage.desk.shuts(&stage.marta, inbound.id);
    stage.goes_on();
    stage.goes_on();
    let said: Vec<String> = stage.desk.said(inbound.id).into_iter().map(|m| m.body).collect();
    assert_eq!(said[1..], ["Created", "Routed", "Ended"]);
}

#[test]
fn s61_what_begins_by_itself_says_nothing_by_mail_and_begins_once() {
    let stage = stage();
    stage.published("Hello", Flow { begins: Begins::Created, ..flow(vec![says("Hello")]) });
    let mail = stage.desk.channel(Kind::Email);
    stage.desk.writes(&mail, "kim@example.org", "m8");
    let chat = stage.desk.writes(&stage.channel, "+34612000003", "m9");
    for _ in 0..3 {
        stage.goes_on();
    }
    assert_eq!(stage.desk.count("SELECT count(*) FROM workflow_run"), 1);
    let run: Run = stage.desk.read(|c| store::workflow_run::of(c, chat.id, 5)).remove(0);
    assert_eq!((run.state, run.agent), (State::Done, None));
}

#[test]
fn s215_erasing_and_merging_a_person_takes_along_what_ran() {
    let stage = stage();
    let id = stage.published("Long", flow(vec![waits(60)]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    let sms = stage.desk.channel(Kind::Sms);
    let keep = stage.desk.writes(&sms, "+34699999999", "m2").contact;
    let gone = stage.desk.conversation(stage.there).contact;
    let order = Merge { survivor: keep, other: gone, open: OpenOnes::Keep };
    let by = stage.admin.clone();
    stage.desk.act(move |tx, now| actions::contact::merge(tx, &by, order, now)).unwrap();
    assert_eq!(stage.stands(run).0, State::Running, "it goes on with the conversation");
    let by = stage.admin.clone();
    stage.desk.act(move |tx, now| actions::contact::delete(tx, &by, keep, now)).unwrap();
    assert_eq!(stage.desk.count("SELECT count(*) FROM workflow_run"), 0);
    stage.desk.pass(Span::hours(2));
    stage.goes_on();
}

#[test]
fn s215_a_copy_that_was_put_back_leaves_what_ran_to_people() {
    let stage = stage();
    let id = stage.published("Long", flow(vec![waits(60), says("late")]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    stage.desk.act(actions::dispatch::doubt).unwrap();
    stage.desk.pass(Span::hours(2));
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Failed, 1, Some(Why::Restored)));
    assert_eq!(stage.ours(message::Kind::Outbound).len(), 0);
}

#[test]
fn a_copy_that_is_opened_elsewhere_holds_what_is_planned_and_what_runs_even_with_an_empty_outbox() {
    let stage = stage();
    let id = stage.published("Long", flow(vec![waits(60), says("late")]));
    let run = stage.starts(id, &[]).unwrap();
    stage.goes_on();
    let plan = later::Plan {
        conversation: stage.there,
        body: "At one".into(),
        attachments: Vec::new(),
        when: When::At { at: stage.desk.now() + Span::hours(1), alone: false },
        until: None,
        seen: None,
        mail: None,
        knows: outgoing::Knows::default(),
        key: None,
    };
    let by = stage.marta.clone();
    stage.desk.act(move |tx, now| later::plan(tx, &by, &plan, now)).unwrap();
    assert_eq!(stage.desk.count("SELECT count(*) FROM outbox"), 0);
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("transom.db");
    stage
        .desk
        .desk
        .readers
        .read(|c| backup::copy_seen(c, &copy, backup::Pace::Gentle, &mut |_, _| true))
        .unwrap();
    std::fs::copy(
        transom::vault::key_path(&stage.desk.folder.path().join("transom.db")),
        transom::vault::key_path(&copy),
    )
    .unwrap();
    let there = open(&copy);
    let held = there.read(|c| store::later::of(c, stage.there)).remove(0).held;
    assert_eq!(held, Some(transom::domain::later::Why::Restored));
    let run = there.read(|c| Ok(store::workflow_run::get(c, run)?.unwrap()));
    assert_eq!((run.state, run.why), (State::Failed, Some(Why::Restored)));
}

#[test]
fn s228_where_work_is_handed_out_only_who_has_it_starts_something() {
    let stage = stage();
    let there = stage.there;
    let queue = stage.desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Sales", transom::domain::Timestamp(1))?;
        let rules = store::queue::get(tx, queue)?.unwrap().rules;
        store::queue::set_rules(tx, queue, transom::domain::queue::Mode::Offer, &rules)?;
        let mut one = store::conversation::get(tx, there)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)?;
        Ok(queue)
    });
    let members = vec![stage.marta.agent];
    stage.desk.write(move |tx| store::queue::set_members(tx, queue, &members));
    let id = stage.published("Any", flow(vec![says("a")]));
    let mut marta = stage.marta.clone();
    marta.queues.insert(queue);
    let start = Start { workflow: id, answers: BTreeMap::new(), key: None };
    let refused = stage.desk.act(move |tx, now| workflow::start(tx, &marta, there, &start, now));
    assert_eq!(refusal(refused), Refused::Work(Denied::NotAccepted));
}

impl Stage {
    fn begins(&self, channel: &Channel, to: &str) -> Id<Conversation> {
        let order = Begin {
            channel: channel.id,
            to: to.to_owned(),
            subject: String::new(),
            body: "Hello".into(),
            template: None,
            attachments: Vec::new(),
            key: None,
        };
        let by = self.marta.clone();
        self.desk.act(move |tx, now| begin(tx, &by, &order, now)).unwrap()
    }
}

/// What the program has heard, once it is so much: it remembers a moment after it has answered.
fn heard(listener: &Listener, many: usize) -> Vec<crate::support::listener::Heard> {
    while listener.heard().len() < many {
        std::thread::yield_now();
    }
    let heard = listener.heard();
    assert_eq!(heard.len(), many);
    heard
}

/// How many steps stand in the file, as another program sees it.
fn steps_done(path: &Path) -> usize {
    let file =
        rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    file.busy_timeout(Duration::from_secs(10)).unwrap();
    let sql = "SELECT count(*) FROM log WHERE kind = 'workflow.step'";
    let steps: i64 = file.query_row(sql, [], |row| row.get(0)).unwrap();
    usize::try_from(steps).unwrap()
}

fn open(path: &Path) -> TestDesk {
    let desk = Desk::open(path, Clock::system(), Client::default(), Options::default()).unwrap();
    let desk = Arc::new(desk);
    TestDesk { app: App::new(desk.clone()).unwrap(), desk, folder: tempfile::tempdir().unwrap() }
}

#[test]
fn s215_killed_in_the_middle_every_step_happens_exactly_once() {
    const RUNS: usize = 12;
    const KILLS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let desk = open(&db);
    let channel = desk.channel(Kind::Webchat);
    let (admin, marta) = (desk.viewer("Ada", Role::Admin), desk.viewer("Marta", Role::Agent));
    let there = desk.writes(&channel, "v0", "m0").id;
    let mut stage = Stage { desk, admin, marta, channel, there };
    let steps: Vec<Step> = (0..20).map(|n| Step::Note { text: format!("note {n}") }).collect();
    let id = stage.published("Twenty notes", flow(steps));
    let mut all = Vec::new();
    for n in 0..RUNS {
        stage.there = stage.desk.writes(&stage.channel, &format!("v{n}"), &format!("w{n}")).id;
        all.push((stage.there, stage.starts(id, &[]).unwrap()));
    }
    drop(stage);
    let mut interrupted = 0;
    for _ in 0..KILLS {
        let before = steps_done(&db);
        let served = Served::with(&db, &["serve"], "Transom serves");
        until("a step more", || steps_done(&db) != before || before == 20 * RUNS);
        std::thread::sleep(Duration::from_micros(transom::random::number() % 8000));
        // Letting it go kills it (SIGKILL).
        drop(served);
        interrupted += usize::from(steps_done(&db) < 20 * RUNS);
    }
    assert!(interrupted > 0, "it was killed while it worked");
    let desk = open(&db);
    job::recover(&desk.desk);
    job::drain(&desk.desk);
    let wanted: Vec<String> = (0..20).map(|n| format!("note {n}")).collect();
    for (there, run) in all {
        let run = desk.read(|c| Ok(store::workflow_run::get(c, run)?.unwrap()));
        assert_eq!(run.state, State::Done);
        let said = desk.said(there);
        let notes: Vec<String> =
            said.into_iter().filter(|m| m.kind == message::Kind::Note).map(|m| m.body).collect();
        assert_eq!(notes, wanted);
        let lines = desk.lines(there);
        let steps: Vec<u32> = lines.iter().filter_map(|(_, line)| line.flow.step).collect();
        assert_eq!(steps, (1..=20).collect::<Vec<u32>>());
    }
}

#[test]
fn s215_it_takes_back_nothing_that_it_has_handed_to_a_queue() {
    let stage = stage();
    stage.desk.replies(&stage.marta, &answer(stage.there, "mine")).unwrap();
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Medical", transom::domain::Timestamp(1)));
    let steps = vec![Step::Queue { queue: Some(queue) }, says("A colleague goes on")];
    let run = stage.starts(stage.published("Hand over", flow(steps)), &[]).unwrap();
    stage.goes_on();
    assert_eq!(stage.stands(run), (State::Done, 2, None));
    let after = stage.desk.conversation(stage.there);
    assert_eq!((after.queue, after.assignee), (Some(queue), None));
}
