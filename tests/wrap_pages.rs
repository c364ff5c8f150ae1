//! The end of work as people see it: the settings of a queue, the form that closes, and the card that asks.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::desk::Person;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::jobs::ticker::{self, Rounds};

const ENDINGS: [(&str, &str); 9] = [
    ("ask", "required"),
    ("most", "2"),
    ("closing_note", "optional"),
    ("countdown", "60"),
    ("default_reason", "1"),
    ("may_stop", "on"),
    ("consent", "on"),
    ("close_after", "1440"),
    ("left_text", "{{agent}} says goodbye."),
];

/// Two shared queues, one of which asks; Marta works in both.
fn office() -> (TestDesk, Person, Person, Channel) {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    let who = marta.id.to_string();
    for (number, name) in [("1", "Sales"), ("2", "Billing")] {
        desk.post(&ada, "/settings/queues", &[("name", name)]);
        desk.post(&ada, &format!("/settings/queues/{number}"), &[("name", name), ("member", &who)]);
    }
    for name in ["Nothing to do", "Sold", "Complaint", "Advice"] {
        desk.post(&ada, "/settings/reasons", &[("name", name)]);
    }
    assert_eq!(desk.post(&ada, "/settings/queues/1/endings", &ENDINGS).status, 303);
    let queue = desk.read(|c| transom::store::queue::by_name(c, "Sales")).unwrap().id;
    let channel = desk.channel_with(Kind::Sms, |channel| channel.queue = Some(queue));
    (desk, ada, marta, channel)
}

/// Marta takes what a customer writes.
fn taken(desk: &TestDesk, marta: &Person, channel: &Channel, from: &str) -> String {
    let id = desk.writes(channel, from, from).id;
    let at = format!("/conversations/{id}");
    assert_eq!(desk.post(marta, &format!("{at}/assign"), &[("to", "me")]).status, 303);
    at
}

#[test]
fn s204_s205_the_endings_of_a_queue_are_set_on_its_page_and_nonsense_comes_back() {
    let (desk, ada, marta, _) = office();
    let page = desk.get(&ada, "/settings/queues/1").body;
    for shown in ["value=\"1440\"", "value=\"60\"", "{{agent}} says goodbye.", "value=\"required\" selected"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    for (place, wrong) in [
        (1, ("most", "0")),
        (3, ("countdown", "2")),
        (3, ("countdown", "soon")),
        (4, ("default_reason", "")),
        (4, ("default_reason", "99")),
        (7, ("close_after", "29")),
        (7, ("close_after", "20161")),
    ] {
        let mut fields = ENDINGS;
        fields[place] = wrong;
        let back = desk.post(&ada, "/settings/queues/1/endings", &fields);
        assert_eq!(back.status, 422, "{wrong:?}");
        assert!(back.body.contains("{{agent}} says goodbye."), "{wrong:?}");
    }
    assert_eq!(desk.post(&marta, "/settings/queues/1/endings", &ENDINGS).status, 403);
    let kept = desk.read(|c| transom::store::queue::by_name(c, "Sales")).unwrap().rules;
    assert_eq!(kept.wrap_up.countdown, Some(Span::minutes(1)), "what was refused changed nothing");
}

#[test]
fn s113_s115_s204_the_form_that_closes_asks_and_what_is_missing_loses_nothing() {
    let (desk, _, marta, channel) = office();
    let at = taken(&desk, &marta, &channel, "+34612345678");
    let page = desk.get(&marta, &at).body;
    assert!(page.contains("Why (1 to 2 reasons)") && page.contains("The customer agrees"), "{page}");
    assert!(!page.contains("id=\"state\""), "nobody is dealt anything, so nobody has a state");
    let close = format!("{at}/close");
    let refused = desk.post(&marta, &close, &[("note", "She will call"), ("reason", "2")]);
    assert_eq!(refused.status, 422);
    for shown in ["She will call", "value=\"2\" checked", "The customer has not agreed yet"] {
        assert!(refused.body.contains(shown), "{shown}");
    }
    let bare = desk.post(&marta, &close, &[("consent", "on"), ("note", "She will call")]);
    assert!(bare.body.contains("A reason is needed.") && bare.body.contains("She will call"));
    let many = [("consent", "on"), ("reason", "1"), ("reason", "2"), ("reason", "3")];
    assert!(desk.post(&marta, &close, &many).body.contains("2 reasons at most"));
    assert_eq!(desk.post(&marta, &close, &many[..3]).status, 303);
    let page = desk.get(&marta, &at).body;
    assert!(page.contains("You closed the conversation (the customer agreed): "), "{page}");
    assert!(!desk.get(&marta, "/offers").body.contains("Submit wrap-up"), "it was said in the form");
}

#[test]
fn s70_s116_s194_the_card_asks_counts_down_is_stopped_and_answered() {
    let (desk, ada, marta, channel) = office();
    let at = taken(&desk, &marta, &channel, "+34612345678");
    let moved = desk.post(&marta, &format!("{at}/transfer"), &[("to", "queue:2")]);
    assert_eq!(moved.status, 303);
    let inbox = desk.get(&marta, "/inbox").body;
    for shown in
        ["id=\"wrapup-1\"", "data-timer", "data-until", "“Nothing to do” is taken in", "Stop the countdown"]
    {
        assert!(inbox.contains(shown), "{shown}");
    }
    assert!(!desk.get(&ada, "/inbox").body.contains("wrapup-1"), "only who ended it is asked");
    let page = desk.get(&marta, "/offers");
    assert!(page.header("refresh").is_none(), "what is being typed is not taken away");
    assert!(page.body.contains("You handed this over."));
    assert_eq!(desk.post(&ada, "/wrapups/1/stop", &[]).status, 404);
    assert_eq!(desk.post(&ada, "/wrapups/1", &[("reason", "2")]).status, 404);
    let stopped = desk.post_on(&marta, "/contacts", "/wrapups/1/stop", &[]);
    assert_eq!(stopped.header("location"), Some("/contacts"));
    desk.pass(Span::minutes(5));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert!(!desk.get(&marta, "/inbox").body.contains("data-until"), "stopped");
    let bare = desk.post(&marta, "/wrapups/1", &[("note", "She pays by card")]);
    assert_eq!(bare.status, 422);
    assert!(bare.body.contains("A reason is needed.") && bare.body.contains("She pays by card"));
    assert_eq!(bare.body.matches("id=\"wrapup-1\"").count(), 1, "asked once");
    let done = desk.post_on(&marta, "//elsewhere.example", "/wrapups/1", &[("reason", "2")]);
    assert_eq!(done.header("location"), Some("/offers"), "never to another site");
    assert!(!desk.get(&marta, "/inbox").body.contains("wrapup-1"));
    assert!(desk.get(&marta, &at).body.contains("You wrapped up: Sold"));
}

#[test]
fn s194_the_default_reason_is_told_in_the_thread() {
    let (desk, ada, marta, channel) = office();
    let at = taken(&desk, &marta, &channel, "+34612345678");
    desk.post(&marta, &format!("{at}/transfer"), &[("to", "queue:2")]);
    desk.pass(Span::minutes(2));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    let seen = desk.get(&ada, &at).body;
    assert!(
        seen.contains("Marta named no reason in time, so the default was taken: Nothing to do"),
        "{seen}"
    );
}

#[test]
fn s113_s116_s194_a_program_is_asked_stops_the_countdown_and_answers() {
    let (desk, ada, marta, channel) = office();
    let (hers, others) = (desk.token_of(marta.id), desk.token_of(ada.id));
    let at = taken(&desk, &marta, &channel, "+34612345678");
    let moved = desk.api_post(&hers, &format!("{at}/transfer"), json!({ "queue_id": 2 }));
    assert_eq!(moved.status, 200, "{moved:?}");
    let asked = desk.api_get(&hers, "/wrapups").json["items"][0].clone();
    for (field, value) in [
        ("after", json!("transferred")),
        ("default_reason_id", json!(1)),
        ("most_reasons", json!(2)),
        ("note", json!("optional")),
        ("may_stop", json!(true)),
        ("reason_required", json!(true)),
    ] {
        assert_eq!(asked[field], value, "{field}");
    }
    assert!(asked["due_at"].is_string());
    assert_eq!(desk.api_get(&others, "/wrapups").json["items"], json!([]), "only who ended it is asked");
    assert_eq!(desk.api_post(&others, "/wrapups/1", json!({ "reasons": [2] })).status, 404);
    assert_eq!(desk.api_post(&hers, "/wrapups/1/stop", json!({})).status, 204);
    assert!(desk.api_get(&hers, "/wrapups").json["items"][0]["due_at"].is_null());
    let bare = desk.api_post(&hers, "/wrapups/1", json!({ "note": "She pays by card" }));
    assert_eq!(bare.status, 422, "{bare:?}");
    let said = json!({ "reasons": [2], "note": "She pays by card" });
    assert_eq!(desk.api_post(&hers, "/wrapups/1", said).status, 204);
    assert_eq!(desk.api_get(&hers, "/wrapups").json["items"], json!([]));
    // Closing by a program may name the consent with the reasons.
    let next = taken(&desk, &marta, &channel, "+34612345679");
    let closed = desk.api_post(&hers, &format!("{next}/close"), json!({ "reasons": [2], "consent": true }));
    assert_eq!(closed.status, 200, "{closed:?}");
    assert!(desk.get(&marta, &next).body.contains("the customer agreed"));
}

/// A team without queues has the same for all of its work.
#[test]
fn s204_s205_work_in_no_queue_ends_by_the_rules_of_the_house() {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    desk.post(&ada, "/settings/reasons", &[("name", "Sold")]);
    assert_eq!(desk.post(&marta, "/settings/endings", &ENDINGS).status, 403);
    let mut wrong = ENDINGS;
    wrong[7] = ("close_after", "29");
    let back = desk.post(&ada, "/settings/endings", &wrong);
    assert!(back.status == 422 && back.body.contains("{{agent}} says goodbye."));
    assert_eq!(desk.post(&ada, "/settings/endings", &ENDINGS).status, 303);
    assert!(desk.get(&ada, "/settings/endings").body.contains("value=\"1440\""));
    let channel = desk.channel(Kind::Sms);
    let at = taken(&desk, &marta, &channel, "+34612345678");
    let bare = desk.post(&marta, &format!("{at}/close"), &[("consent", "on"), ("asked", "now")]);
    assert_eq!(bare.status, 422, "{}", bare.body);
    assert!(bare.body.contains("A reason is needed."));
    // Whoever answered and heard nothing for a day sees it closed, and is asked why.
    desk.post(&marta, &format!("{at}/messages"), &[("body", "We do.")]);
    desk.pass(Span::days(1));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert!(desk.get(&marta, "/inbox").body.contains("id=\"wrapup-1\""));
    assert!(desk.get(&ada, &at).body.contains("Reopen"), "closed by itself");
}
