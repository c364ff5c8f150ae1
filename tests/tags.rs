//! Tags and priorities: put on, shown, found along an index, told in the thread.

use crate::support::TestDesk;
use crate::support::cast::refusal;
use serde_json::json;
use transom::actions::{self, tag as tagging};
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::refused::Problem;
use transom::domain::tag::{Colour, Priority, Tag};
use transom::domain::{Id, Refused, Span};

fn a_tag(desk: &TestDesk, name: &str) -> Id<Tag> {
    let (by, name) = (desk.viewer(&format!("Boss of {name}"), Role::Supervisor), name.to_owned());
    desk.act(move |tx, now| tagging::add(tx, &by, &name, Colour::Red, now)).unwrap()
}

#[test]
fn a_tag_is_one_whatever_its_case_and_accents_and_only_supervisors_make_them() {
    let desk = TestDesk::new();
    a_tag(&desk, "Café");
    let again = desk.viewer("Again", Role::Supervisor);
    let taken = desk.act(move |tx, now| tagging::add(tx, &again, "  cafe ", Colour::Grey, now));
    assert_eq!(refusal(taken), Refused::Field { field: "name", problem: Problem::Taken });
    let agent = desk.viewer("Agent", Role::Agent);
    let refused = desk.act(move |tx, now| tagging::add(tx, &agent, "Other", Colour::Grey, now));
    assert_eq!(refusal(refused), Refused::NeedsRole { role: Role::Supervisor });
}

#[test]
fn a_tag_put_on_and_taken_off_is_told_once_each() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let conversation = desk.writes(&channel, "+34612345678", &transom::random::key());
    let (tag, by) = (a_tag(&desk, "VIP"), desk.viewer("Marta", Role::Agent));
    for _ in 0..2 {
        let by = by.clone();
        desk.act(move |tx, now| tagging::put_named(tx, &by, conversation.id, "vip", now)).unwrap();
    }
    for _ in 0..2 {
        let by = by.clone();
        desk.act(move |tx, now| tagging::take(tx, &by, conversation.id, tag, now)).unwrap();
    }
    let lines = desk.lines(conversation.id);
    let told: Vec<(&str, &str)> = lines
        .iter()
        .map(|(kind, line)| (kind.as_str(), line.tag.as_str()))
        .filter(|(_, tag)| !tag.is_empty())
        .collect();
    assert_eq!(told, [("conversation.tagged", "VIP"), ("conversation.untagged", "VIP")]);
    let unknown = desk.act(move |tx, now| tagging::put_named(tx, &by, conversation.id, "nothing", now));
    assert_eq!(refusal(unknown), Refused::Field { field: "tag", problem: Problem::Unknown });
}

#[test]
fn a_list_is_narrowed_by_a_tag_in_its_order_whatever_changes_since() {
    // S200
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.person("Marta", Role::Supervisor);
    let tag = a_tag(&desk, "VIP");
    let by =
        desk.read(|c| transom::store::agent::viewer(c, &transom::store::agent::get(c, marta.id)?.unwrap()));
    let mut ids = Vec::new();
    for who in 0..6 {
        desk.pass(Span::minutes(1));
        let one = desk.writes(&channel, &format!("+3461234567{who}"), &transom::random::key());
        ids.push(one.id);
    }
    for id in [ids[0], ids[2], ids[5]] {
        let by = by.clone();
        desk.act(move |tx, now| tagging::put(tx, &by, id, tag, now)).unwrap();
    }
    // The oldest writes again and moves up; another is closed and leaves the open ones.
    desk.pass(Span::minutes(1));
    desk.writes(&channel, "+34612345670", &transom::random::key());
    let (closing, closer) = (ids[5], by.clone());
    desk.act(move |tx, now| {
        actions::close::close(tx, &closer, closing, &actions::close::Closing::default(), now)
    })
    .unwrap();
    let page = desk.get(&marta, &format!("/inbox?view=all&only=tag:{tag}"));
    let rows: Vec<&str> =
        page.body.split("<li id=\"c").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(rows, [ids[0].to_string(), ids[2].to_string()]);
    let closed = desk.get(&marta, &format!("/inbox?view=all&status=closed&only=tag:{tag}"));
    assert!(closed.body.contains(&format!("id=\"c{}\"", ids[5])));
    assert!(page.body.contains("data-colour=\"red\""), "the row shows the tag");
}

#[test]
fn priorities_stand_first_and_are_told() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.person("Marta", Role::Supervisor);
    let mut ids = Vec::new();
    for who in 0..4 {
        desk.pass(Span::minutes(1));
        ids.push(desk.writes(&channel, &format!("+3461234567{who}"), &transom::random::key()).id);
    }
    for (id, level) in [(ids[0], "urgent"), (ids[1], "low"), (ids[3], "high")] {
        let done = desk.post(&marta, &format!("/conversations/{id}/priority"), &[("priority", level)]);
        assert_eq!(done.status, 303);
    }
    let page = desk.get(&marta, "/inbox?view=all&sort=priority");
    let rows: Vec<&str> =
        page.body.split("<li id=\"c").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(rows, [ids[0].to_string(), ids[3].to_string(), ids[1].to_string()]);
    let (kind, line) = desk.lines(ids[0]).pop().unwrap();
    assert_eq!((kind.as_str(), line.priority), ("conversation.priority", Some(Priority::Urgent)));
    let thread = desk.get(&marta, &format!("/conversations/{}", ids[0]));
    assert!(thread.body.contains("You set the priority: Urgent"), "{}", thread.body);
}

#[test]
fn programs_make_tags_put_them_on_and_filter_by_them() {
    let desk = TestDesk::new();
    let program = desk.program("Boss", Role::Supervisor);
    let channel = desk.channel(Kind::Sms);
    let one = desk.writes(&channel, "+34612345678", &transom::random::key()).id;
    let other = desk.writes(&channel, "+34612345679", &transom::random::key()).id;
    let tag = desk.api_post(&program, "/tags", json!({ "name": "VIP", "colour": "blue" }));
    assert_eq!((tag.status, tag.json["colour"].as_str()), (201, Some("blue")));
    let put = desk.api_post(&program, &format!("/conversations/{one}/tags"), json!({ "name": "vip" }));
    assert_eq!(put.json["tags"][0]["name"], "VIP");
    desk.api_post(&program, &format!("/conversations/{other}/priority"), json!({ "priority": "high" }));
    let found = |filter: &str| -> Vec<i64> {
        let query: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let told = desk.api_get(&program, &format!("/conversations?filter={query}"));
        assert_eq!(told.status, 200, "{told:?}");
        let mut ids: Vec<i64> =
            told.json["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(found(&format!("tag:{}", tag.id())), [one.get()]);
    assert_eq!(found("!tag:any"), [other.get()]);
    assert_eq!(found(r#"{"any":["priority:high","tag:any"]}"#), [one.get(), other.get()]);
    assert_eq!(desk.api_get(&program, "/conversations?filter=nonsense").code(), "invalid_parameter");
    let off = desk.api_delete(&program, &format!("/conversations/{one}/tags/{}", tag.id()));
    assert_eq!(off.json["tags"], json!([]));
}

#[test]
fn a_tag_that_is_taken_away_leaves_the_conversations_and_their_story() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let conversation = desk.writes(&channel, "+34612345678", &transom::random::key()).id;
    let boss = desk.person("Boss", Role::Supervisor);
    let made = desk.post(&boss, "/settings/tags", &[("name", "VIP"), ("colour", "teal")]);
    assert_eq!(made.status, 303);
    let tag = desk.count("SELECT id FROM tag");
    desk.post(&boss, &format!("/conversations/{conversation}/tags"), &[("tag", "vip")]);
    assert_eq!(desk.count("SELECT count(*) FROM conversation_tag"), 1);
    desk.post(&boss, &format!("/settings/tags/{tag}/delete"), &[]);
    assert_eq!(desk.count("SELECT count(*) FROM conversation_tag"), 0);
    let thread = desk.get(&boss, &format!("/conversations/{conversation}"));
    assert!(thread.body.contains("You put on the tag VIP"));
}
