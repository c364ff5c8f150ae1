//! Two people at one conversation see each other before they answer twice.

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;

use crate::support::TestDesk;

#[test]
fn who_else_looks_and_writes_is_shown_and_ends_by_itself() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let (marta, otto) = (desk.person("Marta", Role::Agent), desk.person("Otto", Role::Agent));
    let ana = desk.writes(&channel, "+34612345678", "first").id;
    let path = format!("/conversations/{ana}?view=all");
    let since = desk.read(transom::store::event::latest);
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
