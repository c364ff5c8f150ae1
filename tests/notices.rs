//! What people of the team are told personally: mentions, what they were given, what they follow, windows that close.

use std::collections::BTreeMap;

use transom::domain::agent::{Agent, Role, Theme};
use transom::domain::channel::Kind;
use transom::domain::conversation::Conversation;
use transom::domain::notice::{Kind as Why, mentioned};
use transom::domain::{Id, Span, Timestamp};
use transom::jobs::ticker::{self, Rounds};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::Person;

struct Stage {
    desk: TestDesk,
    marta: Person,
    otto: Person,
    ana: Id<Conversation>,
}

fn stage(kind: Kind) -> Stage {
    let desk = TestDesk::new();
    let channel = desk.channel(kind);
    let (marta, otto) = (desk.person("Marta", Role::Agent), desk.person("Otto", Role::Agent));
    let ana = desk.writes(&channel, "+34612345678", "first").id;
    Stage { desk, marta, otto, ana }
}

impl Stage {
    fn does(&self, who: &Person, verb: &str, fields: &[(&str, &str)]) {
        let page = self.desk.post(who, &format!("/conversations/{}/{verb}", self.ana), fields);
        assert_eq!(page.status, 303, "{verb}: {}", page.body);
    }

    fn notes(&self, who: &Person, body: &str) {
        self.does(who, "messages", &[("kind", "note"), ("body", body)]);
    }

    fn told(&self, who: &Person) -> Vec<Why> {
        let id = who.id;
        let notices = self.desk.read(move |c| store::notice::page(c, id, (None, None), 50));
        notices.into_iter().filter(|notice| !notice.seen).map(|notice| notice.kind).collect()
    }

    fn passes(&self, span: Span) {
        self.desk.pass(span);
        ticker::tick(&self.desk.desk, &mut Rounds::default()).unwrap();
    }

    /// What stands in the list must be what the number says.
    fn kept_number_is_true(&self) {
        let wrong = self.desk.count(
            "SELECT count(*) FROM (SELECT agent_id, kind, unseen FROM notice_count WHERE unseen <> 0
             EXCEPT SELECT agent_id, kind, count(*) FROM notice WHERE seen_at IS NULL GROUP BY agent_id, kind)",
        );
        let missing = self.desk.count(
            "SELECT count(*) FROM (SELECT agent_id, kind, count(*) FROM notice WHERE seen_at IS NULL
             GROUP BY agent_id, kind EXCEPT SELECT agent_id, kind, unseen FROM notice_count)",
        );
        assert_eq!((wrong, missing), (0, 0));
    }
}

fn agent(id: i64, name: &str, email: &str) -> Agent {
    Agent {
        id: Id::new(id),
        email: email.into(),
        name: name.into(),
        role: Role::Agent,
        language: None,
        time_zone: None,
        theme: Theme::System,
        keys: true,
        keymap: transom::domain::keys::Keymap::default(),
        enter_sends: true,
        disabled_at: None,
        created_at: Timestamp(0),
    }
}

#[test]
fn a_name_behind_an_at_means_one_person_or_nobody() {
    let team = [
        agent(1, "Marta López", "mlopez@example.org"),
        agent(2, "Marta Ruiz", "ruiz@example.org"),
        agent(3, "José", "jose@example.org"),
    ];
    let ids = |body: &str| mentioned(body, &team).into_iter().map(Id::get).collect::<Vec<_>>();
    assert_eq!(ids("@Marta López, please"), [1]);
    assert_eq!(ids("@marta lopez and (@RUIZ)"), [1, 2]);
    assert_eq!(ids("@jose? @José!"), [3]);
    assert_eq!(ids("ask @mlopez."), [1]);
    assert!(ids("@Marta knows").is_empty(), "two share the first name");
    assert!(ids("write to ana@jose or @joseph").is_empty());
    assert!(ids("@").is_empty());
}

#[test]
fn who_is_named_in_a_note_is_told_and_opening_it_marks_it_as_seen() {
    let stage = stage(Kind::Sms);
    stage.notes(&stage.marta, "@otto can you look? @Marta");
    assert_eq!(stage.told(&stage.otto), [Why::Mention]);
    assert!(stage.told(&stage.marta).is_empty(), "nobody is told of the own note");
    let inbox = stage.desk.get(&stage.otto, "/inbox").body;
    assert!(inbox.contains("Notices: 1"), "{inbox}");
    let page = stage.desk.get(&stage.otto, "/notices?kind=mention").body;
    assert!(page.contains("Marta mentioned you") && page.contains("can you look?"), "{page}");
    assert!(!stage.desk.get(&stage.otto, "/notices?kind=window").body.contains("mentioned you"));
    let opened = stage.desk.post(&stage.otto, &format!("/notices/{}/open", stage.ana), &[]);
    assert_eq!(opened.header("location"), Some(&*format!("/conversations/{}?view=all", stage.ana)));
    assert!(stage.told(&stage.otto).is_empty());
    assert!(stage.desk.get(&stage.otto, "/notices").body.contains("Marta mentioned you"));
}

#[test]
fn who_may_not_see_a_conversation_is_not_told_of_it() {
    let stage = stage(Kind::Sms);
    let (ana, otto) = (stage.ana, stage.otto.id);
    stage.notes(&stage.marta, "@otto see the result");
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Medical", Timestamp(1)));
    let marta = stage.marta.id;
    stage.desk.write(move |tx| {
        store::queue::set_members(tx, queue, &[marta])?;
        let mut one = store::conversation::get(tx, ana)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    let page = stage.desk.get(&stage.otto, "/notices").body;
    assert!(!page.contains("see the result") && !page.contains("mentioned you"), "{page}");
    assert_eq!(stage.desk.post(&stage.otto, &format!("/notices/{ana}/open"), &[]).status, 404);
    assert_eq!(
        stage.desk.post(&stage.otto, &format!("/conversations/{ana}/follow"), &[("on", "yes")]).status,
        404
    );
    let before = stage.desk.count("SELECT count(*) FROM notice");
    stage.notes(&stage.marta, "@otto once more");
    assert_eq!(stage.desk.count("SELECT count(*) FROM notice"), before, "{otto}");
}

#[test]
fn who_is_given_a_conversation_by_a_colleague_is_told_and_who_takes_one_is_not() {
    let stage = stage(Kind::Sms);
    stage.does(&stage.otto, "assign", &[("to", "me")]);
    assert!(stage.told(&stage.otto).is_empty());
    stage.does(&stage.otto, "assign", &[("to", &stage.marta.id.to_string())]);
    assert_eq!(stage.told(&stage.marta), [Why::Assigned]);
    stage.does(&stage.marta, "transfer", &[("to", &format!("agent:{}", stage.otto.id)), ("note", "")]);
    assert_eq!(stage.told(&stage.otto), [Why::Assigned]);
    let page = stage.desk.get(&stage.otto, "/notices").body;
    assert!(page.contains("Marta gave you the conversation"), "{page}");
}

#[test]
fn who_follows_a_conversation_is_told_once_until_it_was_seen() {
    let stage = stage(Kind::Sms);
    let channel = stage.desk.conversation(stage.ana).channel;
    let channel = stage.desk.read(move |c| store::channel::get(c, channel)).unwrap();
    let writes = |id: &str| stage.desk.writes(&channel, "+34612345678", id);
    stage.does(&stage.otto, "follow", &[("on", "yes")]);
    let page = stage.desk.get(&stage.otto, &format!("/conversations/{}?view=all", stage.ana)).body;
    assert!(page.contains("No longer follow"), "{page}");
    writes("second");
    writes("third");
    assert_eq!(stage.told(&stage.otto), [Why::Followed]);
    assert!(stage.told(&stage.marta).is_empty());
    stage.does(&stage.otto, "read", &[]);
    assert!(stage.told(&stage.otto).is_empty());
    writes("fourth");
    assert_eq!(stage.told(&stage.otto), [Why::Followed]);
    stage.does(&stage.otto, "read", &[]);
    stage.does(&stage.otto, "follow", &[("on", "no")]);
    writes("fifth");
    assert!(stage.told(&stage.otto).is_empty());
}

#[test]
fn one_is_not_told_what_one_does_not_want_to_hear() {
    let stage = stage(Kind::Sms);
    stage.desk.post(&stage.otto, "/notices/choice", &[("assigned", "told"), ("window", "told")]);
    stage.notes(&stage.marta, "@otto look");
    assert!(stage.told(&stage.otto).is_empty());
    stage.does(&stage.marta, "assign", &[("to", &stage.otto.id.to_string())]);
    assert_eq!(stage.told(&stage.otto), [Why::Assigned]);
    let newest = stage.desk.count("SELECT max(id) FROM notice").to_string();
    stage.desk.post(&stage.otto, "/notices/seen", &[("last", &newest)]);
    assert!(stage.told(&stage.otto).is_empty());
}

#[test]
fn before_a_window_closes_on_somebody_who_waits_the_assignee_is_told_once() {
    let stage = stage(Kind::Whatsapp);
    stage.does(&stage.marta, "assign", &[("to", "me")]);
    stage.passes(Span::hours(22));
    assert!(stage.told(&stage.marta).is_empty(), "there are two hours left");
    stage.passes(Span::minutes(70));
    assert_eq!(stage.told(&stage.marta), [Why::Window]);
    assert!(stage.told(&stage.otto).is_empty(), "it is not Otto's");
    stage.does(&stage.marta, "read", &[]);
    stage.passes(Span::minutes(10));
    assert!(stage.told(&stage.marta).is_empty(), "told once");
}

#[test]
fn nobody_is_told_of_a_window_where_the_team_does_not_want_it_or_nobody_waits() {
    let quiet = stage(Kind::Whatsapp);
    quiet.desk.write(|tx| store::setting::set(tx, store::setting::key::NUDGE_MINUTES, Some("0")));
    quiet.passes(Span::minutes(23 * 60 + 30));
    assert!(quiet.told(&quiet.marta).is_empty());
    let answered = stage(Kind::Whatsapp);
    answered.does(&answered.marta, "messages", &[("kind", "reply"), ("body", "Hello")]);
    answered.passes(Span::minutes(23 * 60 + 30));
    assert!(answered.told(&answered.marta).is_empty());
    let unassigned = stage(Kind::Whatsapp);
    unassigned.passes(Span::minutes(23 * 60 + 30));
    assert_eq!(unassigned.told(&unassigned.marta), [Why::Window]);
    assert_eq!(unassigned.told(&unassigned.otto), [Why::Window]);
}

#[test]
fn the_number_is_kept_through_all_that_happens_to_notices() {
    let stage = stage(Kind::Sms);
    let channel = stage.desk.conversation(stage.ana).channel;
    let channel = stage.desk.read(move |c| store::channel::get(c, channel)).unwrap();
    stage.does(&stage.otto, "follow", &[("on", "yes")]);
    for turn in 0..3 {
        stage.notes(&stage.marta, "@otto once more");
        stage.desk.writes(&channel, "+34612345678", &format!("more {turn}"));
        stage.kept_number_is_true();
    }
    assert_eq!(stage.told(&stage.otto).len(), 4, "three mentions, and one for all that the customer wrote");
    stage.desk.post(&stage.otto, &format!("/notices/{}/open", stage.ana), &[]);
    stage.kept_number_is_true();
    stage.notes(&stage.marta, "@otto and again");
    let (otto, ana) = (stage.otto.id, stage.ana);
    stage.desk.write(move |tx| {
        tx.execute("DELETE FROM conversation WHERE id = ?1", [ana])?;
        Ok::<_, store::Error>(())
    });
    stage.kept_number_is_true();
    assert_eq!(stage.desk.read(move |c| store::notice::unseen(c, otto)).total(), 0);
    stage.desk.pass(Span::days(91));
    ticker::tick(&stage.desk.desk, &mut Rounds::default()).unwrap();
    assert_eq!(stage.desk.count("SELECT count(*) FROM notice"), 0);
}

#[test]
fn who_watches_over_a_queue_is_told_of_what_comes_into_it_with_nobody() {
    let stage = stage(Kind::Sms);
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Medical", Timestamp(1)));
    let (marta, otto) = (stage.marta.id, stage.otto.id);
    stage.desk.write(move |tx| store::queue::set_members(tx, queue, &[marta, otto]));
    stage.does(&stage.marta, "transfer", &[("to", &format!("queue:{queue}")), ("note", "")]);
    assert!(stage.told(&stage.otto).is_empty(), "nobody is told who did not ask for it");
    stage.desk.post(&stage.otto, "/notices/choice", &[("queue", "told"), ("queue", "sound")]);
    stage.desk.post(&stage.marta, "/notices/choice", &[("queue", "told")]);
    stage.does(&stage.marta, "transfer", &[("to", &format!("queue:{queue}")), ("note", "")]);
    assert_eq!(stage.told(&stage.otto), [Why::Queue]);
    assert!(stage.told(&stage.marta).is_empty(), "who put it there knows");
    let page = stage.desk.get(&stage.otto, "/notices?kind=queue").body;
    assert!(page.contains("Marta put") && page.contains("data-sound"), "{page}");
    stage.desk.post(&stage.otto, &format!("/notices/{}/open", stage.ana), &[]);
    let channel = stage.desk.conversation(stage.ana).channel;
    let channel = stage.desk.read(move |c| store::channel::get(c, channel)).unwrap();
    stage.desk.writes(&channel, "+34612345678", "second");
    assert!(stage.told(&stage.otto).is_empty(), "it waited already");
    let of_mine: Id<Conversation> = stage.ana;
    stage.does(&stage.marta, "assign", &[("to", "me")]);
    stage.does(&stage.marta, "messages", &[("kind", "reply"), ("body", "Hello")]);
    stage.desk.writes(&channel, "+34612345678", "third");
    assert!(stage.told(&stage.otto).is_empty(), "{of_mine} is Marta's");
}

#[test]
fn who_follows_hears_of_colleagues_too_but_not_of_oneself() {
    let stage = stage(Kind::Sms);
    stage.does(&stage.otto, "follow", &[("on", "yes")]);
    stage.does(&stage.marta, "follow", &[("on", "yes")]);
    stage.does(&stage.marta, "messages", &[("kind", "reply"), ("body", "We look into it")]);
    assert_eq!(stage.told(&stage.otto), [Why::Followed]);
    assert!(stage.told(&stage.marta).is_empty());
    let page = stage.desk.get(&stage.otto, "/notices").body;
    assert!(page.contains("Marta answered") && page.contains("We look into it"), "{page}");
    let page = stage.desk.get(&stage.otto, &format!("/conversations/{}?view=all", stage.ana)).body;
    assert!(page.contains("Followed by Marta"), "{page}");
}

#[test]
fn the_completion_offers_whom_the_note_would_reach() {
    let stage = stage(Kind::Sms);
    let path = format!("/conversations/{}/people", stage.ana);
    let twin = stage.desk.person("Eva", Role::Agent);
    let id = twin.id;
    stage.desk.write(move |tx| {
        tx.execute("UPDATE agent SET name = 'Otto' WHERE id = ?1", [id])?;
        Ok::<_, store::Error>(())
    });
    let offered: serde_json::Value = serde_json::from_str(&stage.desk.get(&stage.marta, &path).body).unwrap();
    let handles: Vec<String> =
        offered.as_array().unwrap().iter().map(|one| one["handle"].as_str().unwrap().to_owned()).collect();
    assert_eq!(handles.len(), 2, "{offered}");
    let all = stage.desk.read(store::agent::all);
    let meant: Vec<_> = handles.iter().flat_map(|handle| mentioned(&format!("@{handle} "), &all)).collect();
    assert!(meant.contains(&stage.otto.id) && meant.contains(&twin.id), "{offered}");
    let queue = stage.desk.write(|tx| store::queue::insert(tx, "Medical", Timestamp(1)));
    let (marta, ana) = (stage.marta.id, stage.ana);
    stage.desk.write(move |tx| {
        store::queue::set_members(tx, queue, &[marta])?;
        let mut one = store::conversation::get(tx, ana)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    assert_eq!(stage.desk.get(&stage.marta, &path).body, "[]", "nobody else may see it");
}

#[test]
fn the_line_of_a_nudge_stands_in_the_thread_and_the_list_shows_the_time_left() {
    let stage = stage(Kind::Whatsapp);
    stage.does(&stage.marta, "assign", &[("to", "me")]);
    stage.passes(Span::minutes(23 * 60 + 20));
    let page = stage.desk.get(&stage.marta, &format!("/conversations/{}?view=all", stage.ana)).body;
    assert!(page.contains("and the customer waits for an answer"), "{page}");
    let page = stage.desk.get(&stage.marta, "/notices").body;
    assert!(page.contains("chip warn"), "{page}");
    stage.does(&stage.marta, "messages", &[("kind", "reply"), ("body", "Hello")]);
    let channel = stage.desk.conversation(stage.ana).channel;
    let channel = stage.desk.read(move |c| store::channel::get(c, channel)).unwrap();
    stage.desk.writes(&channel, "+34612345678", "a new window");
    stage.does(&stage.marta, "read", &[]);
    stage.passes(Span::minutes(23 * 60 + 20));
    assert_eq!(stage.told(&stage.marta), [Why::Window], "another closing is another nudge");
}

#[test]
fn a_notice_of_a_window_says_when_it_has_closed_and_goes_when_somebody_answered() {
    let stage = stage(Kind::Whatsapp);
    stage.does(&stage.marta, "assign", &[("to", "me")]);
    stage.passes(Span::minutes(23 * 60 + 20));
    let list = || stage.desk.get(&stage.marta, "/notices").body;
    assert!(list().contains("the window closes soon"), "{}", list());
    stage.passes(Span::hours(1));
    assert_eq!(stage.told(&stage.marta), [Why::Window]);
    assert!(list().contains("and the window has closed") && !list().contains("closes soon"), "{}", list());
    let channel = stage.desk.conversation(stage.ana).channel;
    let channel = stage.desk.read(move |c| store::channel::get(c, channel)).unwrap();
    stage.desk.writes(&channel, "+34612345678", "still there?");
    stage.does(&stage.marta, "messages", &[("kind", "reply"), ("body", "Hello")]);
    assert!(stage.told(&stage.marta).is_empty(), "whoever was answered waits no more");
    assert!(list().contains("no longer waits for an answer"), "{}", list());
    stage.kept_number_is_true();
}

#[test]
fn what_is_unseen_comes_with_the_live_changes() {
    let stage = stage(Kind::Sms);
    let page = stage.desk.get(&stage.otto, "/notices");
    let told = page.body.split("data-told=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let since = page.body.split("data-cursor=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ask = format!("/changes?since={since}&told={told}&live=notices");
    assert_eq!(stage.desk.get(&stage.otto, &ask).status, 204);
    stage.notes(&stage.marta, "@otto look");
    let changes = stage.desk.get(&stage.otto, &ask);
    assert_eq!(changes.status, 200);
    assert!(
        changes.body.contains("Marta mentioned you") && changes.body.contains("Notices: 1"),
        "{}",
        changes.body
    );
    let told = changes.header("x-transom-told").unwrap().to_owned();
    let since = changes.header("x-transom-cursor").unwrap().to_owned();
    let again = stage.desk.get(&stage.otto, &format!("/changes?since={since}&told={told}&live=notices"));
    assert_eq!(again.status, 204, "an answer that is always new would be asked for without end");
}

/// Where a person may go on by hand for a week, the day of the free window ends nothing; and what was put off is told of
/// as well.
#[test]
fn a_window_closes_when_nobody_can_answer_any_more_also_on_what_is_put_off() {
    let desk = TestDesk::new();
    let settings = BTreeMap::from([("human_agent".to_owned(), "yes".to_owned())]);
    let channel = desk.channel_with(Kind::Messenger, |channel| {
        channel.card = transom::channels::card(Kind::Messenger, &settings);
    });
    let marta = desk.person("Marta", Role::Agent);
    let ana = desk.writes(&channel, "7700001", "first").id;
    let stage = Stage { otto: desk.person("Otto", Role::Agent), marta, ana, desk };
    stage.does(&stage.marta, "assign", &[("to", "me")]);
    stage.does(&stage.marta, "snooze", &[("preset", "reply")]);
    let order = || stage.desk.get(&stage.marta, "/inbox?view=all&status=snoozed&sort=closing").body;
    stage.passes(Span::minutes(23 * 60 + 20));
    assert_eq!(stage.told(&stage.marta), [], "she can answer for days");
    stage.passes(Span::days(1));
    assert!(order().contains(&format!("id=\"c{ana}\"")), "{}", order());
    assert!(order().contains("5 d left"), "{}", order());
    stage.passes(Span::days(5));
    assert_eq!(stage.told(&stage.marta), [Why::Window]);
    stage.passes(Span::hours(1));
    assert!(!order().contains(&format!("id=\"c{ana}\"")), "{}", order());
}
