//! What one click would send: held again when a colleague has answered, its validity has ended or the window closed.

use serde_json::json;
use transom::actions::later;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::later::{Later, When, Why};
use transom::domain::{Id, Refused, Span};

use crate::later::{ANA, Stage, stage};
use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};

impl Stage {
    /// A text that asks its owner, and the customer has just written.
    fn ready(&self, body: &str, until: Span) -> Id<Later> {
        self.passes(Span::hours(25));
        let id = self.plan(body, When::Window { by_itself: false }, Some(until)).unwrap();
        self.writes();
        assert_eq!(self.held(id), Some(Why::Ready));
        id
    }

    fn sends(&self, id: Id<Later>, anyway: bool) -> transom::actions::Result<()> {
        let by = self.marta.clone();
        self.desk.act(move |tx, now| later::send_now(tx, &by, (id, anyway), now)).map(drop)
    }
}

#[test]
fn what_one_click_would_send_is_held_when_a_colleague_has_answered() {
    let stage = stage();
    let id = stage.ready("Shall I call you?", Span::days(3));
    let (_, line) = stage.desk.lines(stage.ana).pop().unwrap();
    assert_eq!(line.held, Some(Why::Ready));
    let otto = stage.desk.viewer("Otto", Role::Agent);
    stage.desk.replies(&otto, &answer(stage.ana, "I have called")).unwrap();
    // The click may come before the clock has looked.
    assert_eq!(refusal(stage.sends(id, false)), Refused::Overtaken { why: Why::Moved });
    stage.passes(Span::seconds(1));
    assert_eq!(stage.held(id), Some(Why::Moved));
    assert_eq!(refusal(stage.sends(id, false)), Refused::Overtaken { why: Why::Moved });
    assert_eq!(stage.ours(), ["I have called"]);
    stage.sends(id, true).unwrap();
    assert_eq!(stage.ours(), ["I have called", "Shall I call you?"]);
}

#[test]
fn what_one_click_would_send_is_held_when_its_validity_has_ended() {
    let stage = stage();
    let id = stage.ready("Only today", Span::minutes(30));
    stage.passes(Span::minutes(29));
    assert_eq!(stage.held(id), Some(Why::Ready));
    stage.desk.pass(Span::minutes(1));
    assert_eq!(refusal(stage.sends(id, false)), Refused::Overtaken { why: Why::Expired });
    stage.passes(Span::seconds(1));
    assert_eq!((stage.held(id), stage.ours().len()), (Some(Why::Expired), 0));
    let (_, line) = stage.desk.lines(stage.ana).pop().unwrap();
    assert_eq!(line.held, Some(Why::Expired));
}

#[test]
fn what_one_click_would_send_waits_again_when_the_window_has_closed_again() {
    let stage = stage();
    let id = stage.ready("Here it is", Span::days(30));
    let told = || stage.desk.lines(stage.ana).iter().filter(|(kind, _)| kind == "later.held").count();
    let before = told();
    stage.passes(Span::hours(23));
    assert_eq!(stage.held(id), Some(Why::Ready));
    stage.passes(Span::hours(1));
    assert_eq!(stage.held(id), None);
    assert!(matches!(refusal(stage.sends(id, false)), Refused::WindowClosed { .. }));
    assert_eq!(told(), before, "waiting on is nothing to tell");
    stage.writes();
    assert_eq!(stage.held(id), Some(Why::Ready));
    stage.desk.shuts(&stage.marta, stage.ana);
    stage.passes(Span::seconds(1));
    assert_eq!(stage.held(id), Some(Why::Moved), "it was written for the conversation before it was closed");
}

#[test]
fn the_page_says_how_what_one_click_would_send_stands() {
    let stage = stage();
    let (marta, at) = (stage.desk.person("Martha", Role::Agent), format!("/conversations/{}", stage.ana));
    stage.passes(Span::hours(25));
    let form = [("body", "Here it is"), ("how", "ask"), ("days", "30"), ("key", "k1")];
    assert_eq!(stage.desk.post(&marta, &format!("{at}/later"), &form).status, 303);
    stage.writes();
    let page = stage.desk.get(&marta, &at).body;
    assert!(page.contains("The window is open: a message of"), "{page}");
    assert!(!page.contains("was not sent"), "{page}");
    stage.passes(Span::hours(25));
    let page = stage.desk.get(&marta, &at).body;
    assert!(
        page.contains("waits for the window to open") && !page.contains("The window is open now"),
        "{page}"
    );
    stage.writes();
    let otto = stage.desk.viewer("Otto", Role::Agent);
    stage.desk.replies(&otto, &answer(stage.ana, "I have it")).unwrap();
    let page = stage.desk.get(&marta, &at).body;
    assert!(page.contains("The conversation has moved on") && page.contains("Send anyway"), "{page}");
    let refused = stage.desk.post(&marta, "/later/1/send", &[]);
    assert!(refused.status == 409 && refused.body.contains("has moved on"), "{}", refused.body);
    assert_eq!(stage.desk.post(&marta, "/later/1/send", &[("anyway", "on")]).status, 303);
    assert_eq!(stage.ours(), ["I have it", "Here it is"]);
}

#[test]
fn programs_are_told_when_what_waits_was_overtaken() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let ana = desk.writes(&channel, ANA, "first").id;
    let program = desk.program("Ada", Role::Agent);
    let path = format!("/conversations/{ana}/later");
    let backwards = json!({ "body": "x", "at": "2026-03-03T13:00:00Z", "until": "2026-03-03T13:00:00Z" });
    let refused = desk.api_post(&program, &path, backwards);
    assert_eq!((refused.status, refused.code()), (422, "invalid_field"), "{}", refused.json);
    assert_eq!(refused.json["error"]["field"], json!("until"), "{}", refused.json);
    let planned = json!({ "body": "Hello", "at": "2026-03-03T13:00:00Z", "alone": true });
    let id = desk.api_post(&program, &path, planned).id();
    desk.writes(&channel, ANA, "again");
    let refused = desk.api_post(&program, &format!("/later/{id}/send"), json!({}));
    assert_eq!((refused.status, refused.code()), (409, "overtaken"));
    assert_eq!(desk.api_post(&program, &format!("/later/{id}/send"), json!({ "anyway": true })).status, 204);
}
