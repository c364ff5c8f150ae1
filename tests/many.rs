//! The same done to many conversations, each checked by itself, and what was done taken back.

use serde_json::json;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::queue::Queue;
use transom::domain::tag::Priority;
use transom::domain::{Id, Span, Timestamp};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};

struct Stage {
    desk: TestDesk,
    marta: Person,
    ids: Vec<Id<Conversation>>,
}

fn stage(role: Role) -> Stage {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.person("Marta", role);
    let ids = (0..4)
        .map(|who| desk.writes(&channel, &format!("+3461234567{who}"), &transom::random::key()).id)
        .collect();
    Stage { desk, marta, ids }
}

impl Stage {
    fn does(&self, ids: &[Id<Conversation>], verb: &str, more: &[(&str, &str)]) -> Page {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("c", id.as_str())).collect();
        fields.push(("verb", verb));
        fields.extend(more);
        self.desk.post(&self.marta, "/bulk?view=all", &fields)
    }

    fn undo(&self, deed: i64) -> Page {
        self.desk.post(&self.marta, &format!("/deeds/{deed}/undo?view=all"), &[])
    }

    fn one(&self, place: usize) -> Conversation {
        self.desk.conversation(self.ids[place])
    }
}

#[test]
fn many_are_closed_in_one_go_and_those_that_cannot_be_are_named_with_the_reason() {
    let stage = stage(Role::Agent);
    let closer = stage.desk.rights(&stage.marta);
    stage.desk.shuts(&closer, stage.ids[1]);
    stage.desk.write(|tx| Ok(tx.execute("UPDATE contact SET blocked_at = 1 WHERE id = 3", [])?));
    let done = stage.does(&[&stage.ids[..], &[Id::new(999)]].concat(), "close", &[]);
    assert_eq!(done.header("location"), Some("/inbox?view=all&deed=1"));
    let open: Vec<bool> = (0..4).map(|place| stage.one(place).status != Status::Closed).collect();
    assert_eq!(open, [false, false, true, false]);
    let page = stage.desk.get(&stage.marta, "/inbox?view=all&deed=1");
    assert!(page.body.contains("Closed: 2.") && page.body.contains("Left out: 3."), "{}", page.body);
    assert!(page.body.contains("was so already") && page.body.contains("the contact is blocked"));
}

#[test]
fn without_scripts_the_rest_of_what_can_be_done_to_many_is_a_page_of_its_own() {
    let stage = stage(Role::Agent);
    let list = stage.desk.get(&stage.marta, "/inbox?view=all").body;
    assert!(list.contains("data-from=\"/bulk?view=all\"") && list.contains("name=\"verb\" value=\"more\""));
    let page = stage.does(&stage.ids[..2], "more", &[]);
    assert_eq!(page.status, 200);
    for id in &stage.ids[..2] {
        assert!(page.body.contains(&format!("name=\"c\" value=\"{id}\"")), "{}", page.body);
    }
    for verb in ["assign", "priority", "snooze"] {
        assert!(page.body.contains(&format!("name=\"verb\" value=\"{verb}\"")), "{verb}");
    }
    assert!(page.body.contains("action=\"/bulk?view=all\""), "and leads back to the list");
    let none = stage.desk.get(&stage.marta, "/bulk?view=all").body;
    assert!(none.contains("No conversation is selected.") && none.contains("id=\"filling\""));
}

#[test]
fn a_batch_is_taken_back_as_a_whole_with_its_episodes_and_counts() {
    let stage = stage(Role::Agent);
    stage.does(&stage.ids, "close", &[]);
    assert_eq!(stage.undo(1).status, 303);
    for place in 0..4 {
        let one = stage.one(place);
        assert_eq!((one.status, one.episode, one.unread), (Status::Open, 1, 1));
        assert!(one.waiting_since.is_some());
    }
    let open = "SELECT count(*) FROM episode WHERE closed_at IS NULL";
    assert_eq!(stage.desk.count(open), 4);
    assert_eq!(stage.desk.count("SELECT open FROM folder_count WHERE assignee_id = 0"), 4);
    let (kind, line) = stage.desk.lines(stage.ids[0]).pop().unwrap();
    assert_eq!((kind.as_str(), line.by.as_str()), ("conversation.undone", "Marta"));
    assert_eq!(stage.undo(1).status, 409, "once is enough");
}

#[test]
fn what_somebody_changed_meanwhile_stays_as_it_is_and_is_said() {
    let stage = stage(Role::Agent);
    let otto = stage.desk.viewer("Otto", Role::Agent);
    stage.does(&stage.ids[..2], "assign", &[("assignee", &stage.marta.id.to_string())]);
    let (first, to) = (stage.ids[0], otto.agent);
    stage.desk.act(move |tx, now| transom::actions::assign::assign(tx, &otto, first, Some(to), now)).unwrap();
    let back = stage.undo(1);
    assert_eq!(back.header("location"), Some("/inbox?view=all&deed=1"));
    assert_eq!((stage.one(0).assignee, stage.one(1).assignee), (Some(to), None));
    let page = stage.desk.get(&stage.marta, "/inbox?view=all&deed=1");
    assert!(page.body.contains("somebody changed it meanwhile"), "{}", page.body);
    // Where nothing at all can be put back, it is refused with a sentence.
    stage.does(&stage.ids[2..3], "close", &[]);
    let channel = stage.desk.read(|c| Ok(store::channel::all(c)?.remove(0)));
    stage.desk.writes(&channel, "+34612345672", "new");
    let refused = stage.undo(2);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("Somebody changed it in the meantime"), "{}", refused.body);
}

#[test]
fn tags_priorities_snoozes_and_reading_are_done_to_many_and_taken_back() {
    let stage = stage(Role::Supervisor);
    stage.desk.post(&stage.marta, "/settings/tags", &[("name", "VIP"), ("colour", "red")]);
    stage.does(&stage.ids, "tag", &[("tag", "1")]);
    stage.does(&stage.ids[..2], "priority", &[("priority", "urgent")]);
    stage.does(&stage.ids[..2], "read", &[]);
    stage.does(&stage.ids[..1], "snooze", &[("preset", "tomorrow")]);
    let one = stage.one(0);
    assert_eq!((one.status, one.priority, one.unread), (Status::Snoozed, Priority::Urgent, 0));
    assert_eq!(stage.desk.count("SELECT count(*) FROM conversation_tag WHERE status = 'open'"), 3);
    for deed in (1..=4).rev() {
        assert_eq!(stage.undo(deed).status, 303, "{deed}");
    }
    let one = stage.one(0);
    assert_eq!((one.status, one.priority, one.unread), (Status::Open, Priority::None, 1));
    assert_eq!(stage.desk.count("SELECT count(*) FROM conversation_tag"), 0);
}

#[test]
fn a_single_deed_is_taken_back_from_its_page_for_a_while_and_only_by_whoever_did_it() {
    let stage = stage(Role::Agent);
    let path = format!("/conversations/{}", stage.ids[0]);
    let closed = stage.desk.post(&stage.marta, &format!("{path}/close"), &[]);
    assert_eq!(closed.header("location"), Some(&*format!("{path}?done=closed&deed=1")));
    let page = stage.desk.get(&stage.marta, &format!("{path}?done=closed&deed=1"));
    assert!(page.body.contains(&format!("/deeds/1/undo?c={}", stage.ids[0])), "{}", page.body);
    let otto = stage.desk.person("Otto", Role::Admin);
    assert_eq!(stage.desk.post(&otto, "/deeds/1/undo", &[]).status, 404);
    let back = stage.desk.post(&stage.marta, &format!("/deeds/1/undo?c={}", stage.ids[0]), &[]);
    assert_eq!(back.header("location"), Some(&*format!("{path}?deed=1")));
    assert_eq!(stage.one(0).status, Status::Open);
    stage.desk.post(&stage.marta, &format!("{path}/close"), &[]);
    stage.desk.pass(Span::minutes(16));
    assert_eq!(stage.undo(2).status, 409);
    assert_eq!(stage.one(0).status, Status::Closed);
}

#[test]
fn an_agent_who_gave_a_conversation_out_of_sight_can_take_it_back() {
    let stage = stage(Role::Agent);
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Elsewhere", Timestamp(0)));
    stage.does(&stage.ids[..1], "transfer", &[("queue", &queue.to_string())]);
    assert_eq!(stage.desk.get(&stage.marta, &format!("/conversations/{}", stage.ids[0])).status, 404);
    assert_eq!(stage.undo(1).status, 303);
    assert_eq!(stage.one(0).queue, None);
}

#[test]
fn programs_do_it_to_many_and_take_it_back() {
    let stage = stage(Role::Agent);
    let program = stage.desk.token_of(stage.marta.id);
    let ids: Vec<i64> = stage.ids.iter().map(|id| id.get()).chain([999]).collect();
    let done = stage.desk.api_post(&program, "/bulk", json!({ "ids": ids, "verb": "close", "note": "Spam" }));
    assert_eq!((done.status, done.json["done"].as_i64()), (200, Some(4)));
    assert_eq!(done.json["skipped"], json!([{ "conversation": 999, "why": "gone" }]));
    let many: Vec<i64> = (1..=201).collect();
    assert_eq!(stage.desk.api_post(&program, "/bulk", json!({ "ids": many, "verb": "read" })).status, 422);
    assert_eq!(
        stage.desk.api_post(&program, "/bulk", json!({ "ids": [1], "verb": "tag" })).code(),
        "missing_field"
    );
    let back = stage.desk.api_post(&program, "/deeds/1/undo", json!({}));
    assert_eq!((back.status, back.json["done"].as_i64()), (200, Some(4)));
}

#[test]
fn giving_to_somebody_is_taken_back_to_whoever_had_it_before() {
    let stage = stage(Role::Agent);
    let otto = stage.desk.person("Otto", Role::Agent);
    stage.does(&stage.ids[..1], "assign", &[("assignee", &otto.id.to_string())]);
    stage.does(&stage.ids[..1], "assign", &[("assignee", &stage.marta.id.to_string())]);
    assert_eq!(stage.one(0).assignee, Some(stage.marta.id));
    assert_eq!(stage.undo(2).status, 303);
    assert_eq!(stage.one(0).assignee, Some(otto.id));
    assert_eq!(stage.undo(1).status, 409, "something happened since");
    assert_eq!(stage.one(0).assignee, Some(otto.id));
}

#[test]
fn what_is_closed_is_left_out_with_that_reason() {
    let stage = stage(Role::Agent);
    let closer = stage.desk.rights(&stage.marta);
    stage.desk.shuts(&closer, stage.ids[1]);
    for (deed, verb, more) in
        [(1, "snooze", ("preset", "tomorrow")), (2, "transfer", ("queue", "1")), (3, "close", ("", ""))]
    {
        stage.does(&stage.ids[1..2], verb, &[more]);
        let page = stage.desk.get(&stage.marta, &format!("/inbox?view=all&deed={deed}")).body;
        let wanted = if verb == "close" { "was so already" } else { "is closed" };
        assert!(page.contains("Left out: 1.") && page.contains(wanted), "{verb}: {page}");
    }
}

#[test]
fn what_was_read_meanwhile_stays_read_when_a_deed_is_taken_back() {
    let stage = stage(Role::Agent);
    let otto = stage.desk.viewer("Otto", Role::Agent);
    stage.does(&stage.ids[..2], "assign", &[("assignee", &stage.marta.id.to_string())]);
    stage.does(&stage.ids[2..3], "snooze", &[("preset", "tomorrow")]);
    for &id in &stage.ids[..3] {
        let by = otto.clone();
        stage.desk.act(move |tx, now| transom::actions::read::mark_read(tx, &by, id, now)).unwrap();
    }
    stage.does(&stage.ids[3..], "close", &[]);
    for deed in (1..=3).rev() {
        assert_eq!(stage.undo(deed).status, 303, "{deed}");
    }
    let unread: Vec<i64> = (0..4).map(|place| stage.one(place).unread).collect();
    assert_eq!(unread, [0, 0, 0, 1], "closing counted as reading, and was taken back");
    assert!(
        (0..4).all(|place| stage.one(place).status == Status::Open && stage.one(place).assignee.is_none())
    );
}

#[test]
fn what_cannot_stand_again_as_it_stood_is_left_out_and_the_rest_comes_back() {
    let stage = stage(Role::Supervisor);
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Temp", Timestamp(1)));
    let other = stage.desk.write(|tx| store::queue::insert(tx, "Orders", Timestamp(1)));
    let otto = stage.desk.person("Otto", Role::Agent);
    let to = |queue: Id<Queue>| queue.to_string();
    stage.does(&stage.ids[..1], "transfer", &[("queue", &to(queue))]);
    stage.does(&stage.ids[..2], "transfer", &[("queue", &to(other))]);
    stage.does(&stage.ids[2..3], "assign", &[("assignee", &otto.id.to_string())]);
    stage.does(&stage.ids[2..3], "assign", &[("assignee", &stage.marta.id.to_string())]);
    stage.does(&stage.ids[3..4], "close", &[]);
    stage.desk.write(move |tx| {
        tx.execute("DELETE FROM queue WHERE id = ?1", [queue])?;
        tx.execute("UPDATE agent SET disabled_at = 5 WHERE id = ?1", [otto.id])?;
        Ok(tx.execute("UPDATE contact SET blocked_at = 1 WHERE id = 4", [])?)
    });
    assert_eq!(stage.undo(2).status, 303);
    assert_eq!(
        (stage.one(0).queue, stage.one(1).queue),
        (Some(other), None),
        "one lay in a queue that is gone"
    );
    assert_eq!(stage.undo(4).status, 409, "Otto works here no more");
    assert_eq!(stage.undo(5).status, 409, "nobody writes to that contact any more");
    assert_eq!(stage.one(3).status, Status::Closed);
}

#[test]
fn what_does_not_touch_a_deed_does_not_keep_it_from_being_taken_back() {
    let stage = stage(Role::Supervisor);
    let one = &stage.ids[..1];
    for name in ["Alpha", "Beta"] {
        stage.desk.post(&stage.marta, "/settings/tags", &[("name", name), ("colour", "red")]);
    }
    stage.does(one, "assign", &[("assignee", &stage.marta.id.to_string())]);
    stage.does(one, "tag", &[("tag", "1")]);
    stage.does(one, "tag", &[("tag", "2")]);
    assert_eq!(stage.undo(2).status, 303, "another tag is another matter");
    assert_eq!(stage.undo(1).status, 303, "and so is a tag that was taken back");
    assert_eq!(stage.one(0).assignee, None);
}
