//! Two people at one conversation see each other before they answer twice.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::{Span, Timestamp};
use transom::store;

use crate::support::TestDesk;

#[test]
fn who_else_looks_and_writes_is_shown_and_ends_by_itself() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let (marta, otto) = (desk.person("Marta", Role::Agent), desk.person("Otto", Role::Agent));
    let ana = desk.writes(&channel, "+34612345678", "first").id;
    let path = format!("/conversations/{ana}?view=all");
    let since = desk.read(store::event::latest);
    let marta_waits = || desk.get(&marta, &format!("/changes?since={since}&view=all&c={ana}&others="));
    assert_eq!(marta_waits().status, 204, "nobody else is there");
    assert!(!desk.get(&marta, &path).body.contains("Otto is reading"));
    desk.get(&otto, &format!("/changes?since={since}&view=all&c={ana}&others="));
    let changes = marta_waits();
    assert!(changes.status == 200 && changes.body.contains("Otto is reading"), "{}", changes.body);
    assert_eq!(desk.post(&otto, &format!("/conversations/{ana}/writing"), &[]).status, 204);
    assert!(desk.get(&marta, &path).body.contains("Otto is writing"));
    assert!(!desk.get(&otto, &path).body.contains("Otto is writing"), "nobody sees oneself");
    desk.pass(Span::seconds(9));
    let page = desk.get(&marta, &path).body;
    assert!(!page.contains("Otto is writing") && page.contains("Otto is reading"), "{page}");
    desk.pass(Span::seconds(40));
    assert!(!desk.get(&marta, &path).body.contains("Otto is reading"), "whoever left is not shown");
}

/// Somebody looks at a conversation, and writes in it, while it is erased or goes where it cannot be seen.
#[test]
fn a_conversation_that_goes_while_somebody_writes_says_so_and_gives_the_text_back() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.person("Marta", Role::Agent);
    let ana = desk.writes(&channel, "+34612345678", "first").id;
    let ben = desk.writes(&channel, "+34612345679", "second").id;
    let since = desk.read(store::event::latest);
    let changes = || desk.get(&marta, &format!("/changes?since={since}&view=all&list=1&c={ana}&others="));
    desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", Timestamp(1))?;
        let mut one = store::conversation::get(tx, ana)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    let there = changes();
    assert_eq!(there.status, 200, "{}", there.body);
    let gone = "data-state=\"gone\"";
    assert!(there.body.contains(gone) && there.body.contains("not here any more"), "{}", there.body);
    assert!(there.body.contains(&format!("id=\"c{ben}\"")), "the inbox goes on: {}", there.body);
    // Nobody is told of as reading there, or the page would ask again and again.
    assert!(there.body.contains("id=\"readers\" data-mark=\"\"></p>"), "{}", there.body);
    assert!(!there.body.contains("first") && !there.body.contains(&format!("id=\"c{ana}\"")));
    for kind in ["reply", "note"] {
        let fields = [("kind", kind), ("body", "It leaves <today>"), ("key", kind)];
        let lost = desk.post(&marta, &format!("/conversations/{ana}/messages"), &fields);
        assert_eq!(lost.status, 404);
        assert!(lost.body.contains("It leaves &lt;today&gt;</textarea>"), "{}", lost.body);
    }
    // Where it is not the conversation that is missing, nothing of the kind is said.
    let fields = [("kind", "reply"), ("body", "Hello"), ("template", "99")];
    let other = desk.post(&marta, &format!("/conversations/{ben}/messages"), &fields);
    assert!(!other.body.contains("not here any more"), "{}", other.body);
}
