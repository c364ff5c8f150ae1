//! Workflows on pages and for programs: made of forms alone, started with inputs, looked after in the thread.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use crate::workflows::{flow, says, stage, waits};
use transom::actions::workflow;
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::message;
use transom::domain::workflow::{Ask, Flow, Step};
use transom::domain::{Span, workflow::State};
use transom::jobs::workflows as job;
use transom::store;

/// Where an answer leads, without what is only said on the way.
fn leads(page: &Page) -> String {
    assert_eq!(page.status, 303, "{}", page.body);
    let place = page.header("location").unwrap();
    place.split(['?', '#']).next().unwrap().to_owned()
}

fn drafted(desk: &TestDesk, ada: &Person, name: &str) -> String {
    leads(&desk.post(ada, "/settings/workflows", &[("name", name)]))
}

#[test]
fn s215_a_workflow_is_made_of_forms_published_and_started_with_scripts_off() {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    let channel = desk.channel(Kind::Webchat);
    let there = desk.writes(&channel, "v1", "m1").id;
    let at = drafted(&desk, &ada, "Return a parcel");
    assert_eq!(leads(&desk.post(&ada, &at, &[("name", "Return a parcel"), ("act", "add-ask")])), at);
    let asked = [
        ("name", "Return a parcel"),
        ("about", "For everything that comes back."),
        ("begins", "hand"),
        ("a0.name", "number"),
        ("a0.label", "Number of the parcel"),
        ("a0.kind", "number"),
        ("a0.required", "on"),
    ];
    let step = [("act", "add-step"), ("new_step", "message")];
    leads(&desk.post(&ada, &at, &[&asked[..], &step[..]].concat()));
    // What cannot be published comes back, and what was typed is kept.
    let wrong = [("s0.kind", "message"), ("s0.text", "Parcel {{stray}}"), ("act", "publish")];
    let page = desk.post(&ada, &at, &[&asked[..], &wrong[..]].concat());
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Nothing fills the gap “stray”."), "{}", page.body);
    let kept = desk.get(&ada, &at).body;
    assert!(kept.contains("Parcel {{stray}}") && kept.contains("Number of the parcel"));
    let right = [("s0.kind", "message"), ("s0.text", "Parcel {{number}}"), ("act", "publish")];
    leads(&desk.post(&ada, &at, &[&asked[..], &right[..]].concat()));
    assert!(desk.get(&ada, "/settings/workflows").body.contains("Published, version 1"));

    let page = desk.get(&marta, &format!("/conversations/{there}"));
    assert!(page.body.contains(&format!("/conversations/{there}/workflows\"")), "the menu leads to it");
    let start = format!("/conversations/{there}/workflows");
    let page = desk.get(&marta, &start).body;
    assert!(page.contains("For everything that comes back.") && page.contains("Number of the parcel"));
    let page = desk.post(&marta, &start, &[("workflow", "1"), ("key", "k1"), ("w1.0", "seventeen")]);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("seventeen"), "what was typed comes back");
    for _ in 0..2 {
        // A form that is sent twice starts one.
        let fields = [("workflow", "1"), ("key", "k2"), ("w1.0", "17")];
        assert_eq!(leads(&desk.post(&marta, &start, &fields)), format!("/conversations/{there}"));
    }
    job::drain(&desk.desk);
    let said = desk.said(there);
    let ours: Vec<&str> =
        said.iter().filter(|m| m.kind == message::Kind::Outbound).map(|m| m.body.as_str()).collect();
    assert_eq!(ours, ["Parcel 17"]);
    let thread = desk.get(&marta, &format!("/conversations/{there}")).body;
    assert!(thread.contains("You started the workflow “Return a parcel” – Number of the parcel: 17"));
    assert!(thread.contains("“Return a parcel”, step 1: send a text"));
    assert!(thread.contains("“Return a parcel” is done"));
}

#[test]
fn s215_s216_what_can_be_started_stands_in_the_list_of_all_actions() {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    let there = desk.writes(&desk.channel(Kind::Webchat), "v1", "m1").id;
    let at = drafted(&desk, &ada, "Return <a> parcel");
    let list = format!("/palette?conversation={there}");
    let way = format!("href=\"/conversations/{there}/workflows#w1\"");
    assert!(!desk.get(&marta, &list).body.contains("workflows#"), "nothing is published");
    let step = [("name", "Return <a> parcel"), ("begins", "hand"), ("s0.kind", "close"), ("act", "publish")];
    leads(&desk.post(&ada, &at, &step));
    let page = desk.get(&marta, &list).body;
    assert!(page.contains(&way) && page.contains("Return &lt;a&gt; parcel"), "{page}");
    assert!(desk.get(&marta, &format!("/conversations/{there}/workflows")).body.contains("id=\"w1\""));
    for elsewhere in ["/palette", "/palette?conversation=999", "/palette?conversation=%3Cscript%3E"] {
        let page = desk.get(&marta, elsewhere);
        assert!(page.status == 200 && !page.body.contains("workflows#"), "{elsewhere}");
    }
    // What is closed says what to do first, in the list and on the page.
    desk.post(&marta, &format!("/conversations/{there}/close"), &[]);
    let told = "This conversation is closed. Reopen it to start a workflow.";
    let page = desk.get(&marta, &list).body;
    assert!(page.contains(told) && !page.contains(&way), "{page}");
    assert!(desk.get(&marta, &format!("/conversations/{there}/workflows")).body.contains(told));
}

#[test]
fn s215_steps_are_moved_and_removed_by_buttons() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let at = drafted(&desk, &ada, "Order");
    let fields = [
        ("name", "Order"),
        ("s0.kind", "note"),
        ("s0.text", "first"),
        ("s1.kind", "note"),
        ("s1.text", "second"),
        ("s2.kind", "wait"),
        ("s2.minutes", "soon"),
    ];
    let texts = || {
        let steps = desk.read(|c| Ok(store::workflow::get(c, Id::new(1))?.unwrap().draft.steps));
        let told = steps.into_iter().map(|step| match step {
            Step::Note { text } => text,
            Step::Wait { minutes } => minutes,
            other => other.kind().to_owned(),
        });
        told.collect::<Vec<_>>()
    };
    for (act, wanted) in [
        ("up:1", vec!["second", "first", "soon"]),
        ("down:1", vec!["first", "soon", "second"]),
        ("drop:0", vec!["second", "soon"]),
        ("up:0", vec!["first", "second", "soon"]),
        ("down:9", vec!["first", "second", "soon"]),
    ] {
        leads(&desk.post(&ada, &at, &[&fields[..], &[("act", act)]].concat()));
        assert_eq!(texts(), wanted, "{act}");
    }
    let marta = desk.person("Marta", Role::Supervisor);
    assert_eq!(desk.get(&marta, &at).status, 403);
}

#[test]
fn s215_a_failure_is_shown_with_its_reason_and_tried_again_on_the_page() {
    let stage = stage();
    let marta = Person { id: stage.marta.agent, token: transom::random::token() };
    let hash = transom::web::session::hash(&marta.token);
    let (agent, now) = (marta.id, stage.desk.now());
    stage.desk.write(move |tx| {
        let session = store::session::New {
            token_hash: &hash,
            agent,
            peer: "127.0.0.1",
            user_agent: "",
            provider: false,
            strange: false,
        };
        store::session::insert(tx, &session, now)
    });
    let id = stage.published("Late", flow(vec![waits(25 * 60), says("Still there?")]));
    let run = stage.starts(id, &[]).unwrap();
    job::drain(&stage.desk.desk);
    let here = format!("/conversations/{}", stage.there);
    let page = stage.desk.get(&marta, &format!("{here}/workflows")).body;
    assert!(page.contains("waits until") && page.contains("step 2 of 2"), "{page}");
    stage.desk.pass(Span::hours(26));
    job::drain(&stage.desk.desk);
    let thread = stage.desk.get(&marta, &here).body;
    assert!(thread.contains("“Late” did not go on at step 2. The window does not allow it now."));
    assert!(thread.contains(&format!("href=\"{here}/workflows\">What to do")));
    stage.desk.writes(&stage.channel, "+34612345678", "m2");
    let run_field = run.to_string();
    let again = stage.desk.post(&marta, &format!("{here}/workflows/again"), &[("run", &run_field)]);
    assert_eq!(leads(&again), format!("{here}/workflows"));
    job::drain(&stage.desk.desk);
    assert_eq!(stage.run(run).state, State::Done);
    let late = stage.desk.post(&marta, &format!("{here}/workflows/stop"), &[("run", &run_field)]);
    assert_eq!(late.status, 409, "what is done cannot be stopped");
    // A closed conversation says why nothing can be started.
    stage.desk.shuts(&stage.marta, stage.there);
    let page = stage.desk.get(&marta, &format!("{here}/workflows")).body;
    assert!(page.contains("Nothing can be started here now:") && !page.contains("name=\"workflow\""));
}

#[test]
fn s215_programs_list_start_and_look_after_workflows() {
    let stage = stage();
    let program = stage.desk.token_of(stage.marta.agent);
    let asks = vec![Ask { name: "number".into(), required: true, ..Ask::default() }];
    let id = stage.published("Return", Flow { asks, ..flow(vec![waits(60), says("{{number}}")]) });
    let listed = stage.desk.api_get(&program, "/workflows");
    assert_eq!(listed.json["items"][0]["inputs"][0]["name"], "number");
    let start = format!("/conversations/{}/workflows", stage.there);
    let missing = stage.desk.api_post(&program, &start, json!({ "workflow_id": id.get() }));
    assert_eq!((missing.status, missing.code()), (422, "workflow_input"));
    let order = json!({ "workflow_id": id.get(), "inputs": { "number": "17" }, "key": "one" });
    let begun = stage.desk.api_post(&program, &start, order.clone());
    assert_eq!((begun.status, &begun.json["state"]), (201, &json!("running")), "{begun:?}");
    assert_eq!(stage.desk.api_post(&program, &start, order).id(), begun.id(), "the same key, the same run");
    let second = stage.desk.api_post(
        &program,
        &start,
        json!({ "workflow_id": id.get(), "inputs": { "number": "1" } }),
    );
    assert_eq!((second.status, second.code()), (409, "workflow_runs"));
    let at = format!("/workflow-runs/{}", begun.id());
    assert_eq!(stage.desk.api_post(&program, &format!("{at}/retry"), json!({})).status, 409);
    let other = stage.desk.program("Other", Role::Agent);
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Medical", transom::domain::Timestamp(1)));
    let (there, owner) = (stage.there, stage.marta.agent);
    stage.desk.write(move |tx| {
        let mut one = store::conversation::get(tx, there)?.unwrap();
        (one.queue, one.assignee) = (Some(queue), Some(owner));
        store::conversation::update(tx, &one)
    });
    for path in [format!("{at}/stop"), format!("{at}/retry")] {
        assert_eq!(stage.desk.api_post(&other, &path, json!({})).status, 404, "{path}");
    }
    assert_eq!(stage.desk.api_get(&other, &start).status, 404);
    assert_eq!(stage.desk.api_post(&program, &format!("{at}/stop"), json!({})).status, 204);
    let ran = stage.desk.api_get(&program, &start);
    assert_eq!(
        (&ran.json["items"][0]["state"], &ran.json["items"][0]["why"]),
        (&json!("stopped"), &json!("hand"))
    );
}

#[test]
fn s215_everything_of_it_is_there_in_spanish() {
    let stage = stage();
    let ada = stage.desk.person("Adela", Role::Admin);
    let who = ada.id;
    stage.desk.write(move |tx| {
        let mut agent = store::agent::get(tx, who)?.unwrap();
        agent.language = Some("es".into());
        store::agent::update(tx, &agent)
    });
    let id = stage.published("Devolución", flow(vec![waits(5)]));
    stage.starts(id, &[]).unwrap();
    job::drain(&stage.desk.desk);
    for (path, words) in [
        ("/settings/workflows".to_owned(), "Publicado, versión 1"),
        (format!("/settings/workflows/{id}"), "Paso 1: esperar"),
        (format!("/conversations/{}/workflows", stage.there), "espera hasta"),
        (format!("/conversations/{}", stage.there), "Marta inició el flujo «Devolución»"),
    ] {
        let page = stage.desk.get(&ada, &path);
        assert!(page.status == 200 && page.body.contains(words), "{path}: {}", page.body);
    }
}

#[test]
fn s215_the_secret_of_its_calls_is_shown_once() {
    let stage = stage();
    let ada = stage.desk.person("Adela", Role::Admin);
    let id = stage.published("Tell", flow(vec![Step::Call { url: "https://example.org/hook".into() }]));
    let page = stage.desk.post(&ada, &format!("/settings/workflows/{id}/secret"), &[]);
    assert_eq!(page.status, 200);
    let sealed = stage.desk.read(|c| store::workflow::secret(c, id)).unwrap();
    let secret = stage.desk.desk.webhook_secret(&workflow::place(id.get()), &sealed).unwrap();
    assert!(page.body.contains(&secret));
    assert!(!stage.desk.get(&ada, &format!("/settings/workflows/{id}")).body.contains(&secret));
}
