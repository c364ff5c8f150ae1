//! Announcements: for whom they are, from when until when, and who has read them.

use transom::domain::agent::Role;
use transom::domain::{Id, Span};
use transom::jobs::ticker::{self, Rounds};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::ANA;
use transom::domain::channel::Kind;

const NEWS: &str = "The phones are down until noon. <b>Write</b> instead.";
const SHOWN: &str = "The phones are down until noon. &lt;b&gt;Write&lt;/b&gt; instead.";

struct Team {
    desk: TestDesk,
    boss: Person,
    petra: Person,
    marc: Person,
}

/// Petra is in the queue Sales, Marc is not.
fn team() -> Team {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let agent = petra.id;
    desk.write(move |tx| {
        let sales = store::queue::insert(tx, "Sales", transom::domain::Timestamp(1))?;
        store::queue::set_members(tx, sales, &[agent])
    });
    Team { desk, boss, petra, marc }
}

impl Team {
    /// Announces it; the address of its page.
    fn announces(&self, audience: &str, starts: &str, ends: &str) -> String {
        let fields = [("text", NEWS), ("audience", audience), ("starts_at", starts), ("ends_at", ends)];
        let page = self.desk.post(&self.boss, "/settings/announcements", &fields);
        assert_eq!(page.status, 303, "{}", page.body);
        page.header("location").unwrap().split('?').next().unwrap().to_owned()
    }

    fn sees(&self, who: &Person) -> bool {
        self.desk.get(who, "/inbox").body.contains(SHOWN)
    }

    fn ticks(&self) {
        ticker::tick(&self.desk.desk, &mut Rounds::default()).unwrap();
    }
}

#[test]
fn s214_each_audience_sees_it_beside_its_work_and_nobody_else() {
    let team = team();
    for (audience, seen) in
        [("all", [true, true, true]), ("queue:1", [false, true, false]), ("leaders", [true, false, false])]
    {
        let at = team.announces(audience, "", "");
        let who = [&team.boss, &team.petra, &team.marc];
        assert_eq!(who.map(|person| team.sees(person)), seen, "{audience}");
        let read = format!("/announcements/{}/read", at.rsplit('/').next().unwrap());
        // On the page of a conversation, where people work, and on every other.
        let chat = team.desk.connects(Kind::Whatsapp, "Shop");
        let ana = team.desk.says(&chat, ANA, "Hello");
        let places =
            [format!("/conversations/{ana}?view=all"), "/contacts".to_owned(), "/announcements".to_owned()];
        for place in places {
            let page = team.desk.get(&team.petra, &place).body;
            assert_eq!(page.contains(&format!("action=\"{read}\"")), seen[1], "{audience} {place}");
        }
        // Who is not meant cannot say to have read it, nor learn that it is there.
        assert_eq!(team.desk.post(&team.marc, &read, &[]).status, if seen[2] { 303 } else { 404 });
        team.desk.post(&team.boss, &format!("{at}/end"), &[]);
        assert_eq!(who.map(|person| team.sees(person)), [false; 3], "{audience} is over");
    }
}

#[test]
fn s214_it_goes_when_it_was_read_and_the_receipt_stays() {
    let team = team();
    let at = team.announces("all", "", "");
    assert!(team.desk.get(&team.boss, &at).body.contains("Read by 0 of 3"));
    let id = at.rsplit('/').next().unwrap().to_owned();
    let read = format!("/announcements/{id}/read");
    team.desk.pass(Span::minutes(5));
    assert_eq!(team.desk.post(&team.petra, &read, &[]).status, 303);
    assert!(!team.sees(&team.petra) && team.sees(&team.marc));
    // Pressed again in another window: the first receipt holds.
    team.desk.pass(Span::hours(1));
    assert_eq!(team.desk.post(&team.petra, &read, &[]).status, 303);
    let receipts = team.desk.read(|c| store::announcement::receipts(c, Id::new(id.parse().unwrap())));
    assert_eq!(receipts, [(team.petra.id, crate::support::desk::NOON + Span::minutes(5))]);
    let page = team.desk.get(&team.boss, &at).body;
    assert!(page.contains("Read by 1 of 3") && page.matches("Not yet").count() == 2, "{page}");
    // What was read can be read again, with when that was.
    let mine = team.desk.get(&team.petra, "/announcements").body;
    assert!(mine.contains(SHOWN) && mine.contains("You read it"), "{mine}");
    assert_eq!(team.desk.post(&team.petra, "/announcements/99/read", &[]).status, 404);
}

#[test]
fn s214_it_begins_and_ends_by_itself_and_open_pages_are_told() {
    let team = team();
    let at = team.announces("all", "2026-03-03T13:00", "2026-03-03T14:00");
    let id = at.rsplit('/').next().unwrap();
    assert!(!team.sees(&team.petra), "not before its time");
    assert_eq!(team.desk.post(&team.petra, &format!("/announcements/{id}/read"), &[]).status, 404);
    assert!(!team.desk.get(&team.petra, "/announcements").body.contains(SHOWN));
    let changes =
        |team: &Team, since: &str| team.desk.get(&team.petra, &format!("/changes?since={since}&told="));
    let cursor = |team: &Team| team.desk.read(store::event::latest).to_string();
    for (pass, expected) in [(Span::hours(1), true), (Span::hours(1), false)] {
        let since = cursor(&team);
        team.ticks();
        assert_eq!(cursor(&team), since, "nothing turns before its time");
        team.desk.pass(pass);
        team.ticks();
        let told = changes(&team, &since);
        assert_eq!(told.status, 200, "open pages are told");
        assert!(told.body.contains("data-target=\"announcements\""), "{}", told.body);
        assert_eq!(told.body.contains(SHOWN), expected, "{}", told.body);
        assert_eq!(team.sees(&team.petra), expected);
        let since = cursor(&team);
        team.ticks();
        assert_eq!(cursor(&team), since, "told once");
    }
    assert!(team.desk.get(&team.boss, "/settings/announcements").body.contains("Over"));
    // Ended by hand before its time, a planned one never shows.
    let at = team.announces("all", "2026-03-04T13:00", "");
    team.desk.post(&team.boss, &format!("{at}/end"), &[]);
    team.desk.pass(Span::days(2));
    team.ticks();
    assert!(!team.sees(&team.petra));
}

#[test]
fn s214_bad_input_loses_nothing_and_agents_announce_nothing() {
    let team = team();
    let long = "x".repeat(501);
    for (text, audience, starts, ends) in [
        ("", "all", "", ""),
        (&*long, "all", "", ""),
        ("Kept", "queue:9", "", ""),
        ("Kept", "everyone", "", ""),
        ("Kept", "all", "soon", ""),
        ("Kept", "all", "2026-03-04T12:00", "2026-03-04T12:00"),
        ("Kept", "all", "", "2026-03-03T11:00"),
    ] {
        let fields = [("text", text), ("audience", audience), ("starts_at", starts), ("ends_at", ends)];
        let page = team.desk.post(&team.boss, "/settings/announcements", &fields);
        assert_eq!(page.status, 422, "{fields:?}");
        assert!(page.body.contains(text) && page.body.contains("aria-invalid"), "{fields:?}: {}", page.body);
    }
    assert_eq!(team.desk.count("SELECT count(*) FROM announcement"), 0);
    let fields = [("text", NEWS), ("audience", "all")];
    assert_eq!(team.desk.post(&team.petra, "/settings/announcements", &fields).status, 403);
    let at = team.announces("all", "", "");
    assert_eq!(team.desk.get(&team.petra, &at).status, 403);
    assert_eq!(team.desk.post(&team.petra, &format!("{at}/end"), &[]).status, 403);
    assert!(team.sees(&team.petra));
}

#[test]
fn s214_many_at_once_leave_room_for_work() {
    let team = team();
    for _ in 0..5 {
        team.announces("all", "", "");
    }
    let page = team.desk.get(&team.petra, "/inbox").body;
    assert_eq!(
        page.matches("id=\"announcement").count(),
        2 + 2,
        "the list, two of them, and the rest in a line"
    );
    assert!(page.contains("Announcements that you have not read: 3 more"), "{page}");
    assert_eq!(team.desk.get(&team.petra, "/announcements").body.matches(SHOWN).count(), 5 * 2);
}
