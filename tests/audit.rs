//! The chained log: what stands in it, that nothing of it can be changed unseen, and how it is taken along.

use transom::domain::agent::Role;
use transom::store::{audit, check};

use crate::support::TestDesk;
use crate::support::browser::Browser;

const GOOD: &str = "a quiet harbour at dawn";

/// A desk at which a few things have happened.
fn desk() -> TestDesk {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Admin);
    desk.set_password("boss@example.org", GOOD);
    let mut browser = Browser::at(&desk, "192.0.2.1");
    browser.sign_in("boss@example.org", "not the password");
    browser.sign_in("boss@example.org", GOOD);
    let fields = [("name", "Billing"), ("agent", &*boss.id.to_string())];
    assert_eq!(desk.post(&boss, "/settings/tokens", &fields).status, 200);
    let team = [("team", "Harbour"), ("time_zone", "UTC"), ("language", "en")];
    assert_eq!(desk.post(&boss, "/settings/team", &team).status, 303);
    desk
}

fn kinds(desk: &TestDesk) -> Vec<String> {
    desk.read(|c| Ok(audit::after(c, 0, 100)?.into_iter().map(|entry| entry.kind).collect()))
}

#[test]
fn what_concerns_security_is_chained() {
    let desk = desk();
    let kinds = kinds(&desk);
    for kind in ["security.sign_in_failed", "security.signed_in", "security.token_created", "setting.changed"]
    {
        assert!(kinds.contains(&kind.to_owned()), "{kind} in {kinds:?}");
    }
    assert_eq!(desk.read(audit::broken), None);
    assert_eq!(desk.read(|c| check::run(c, check::Step::Audit)), Vec::<String>::new());
}

#[test]
fn the_log_is_only_added_to_and_a_forged_one_is_told() {
    // ASVS 16.4.2
    let file = |desk: &TestDesk| rusqlite::Connection::open(desk.folder.path().join("transom.db")).unwrap();
    for refused in ["UPDATE audit SET data = 'x' WHERE id = 1", "DELETE FROM audit WHERE id = 1"] {
        let desk = desk();
        assert!(file(&desk).execute(refused, []).is_err(), "{refused}");
    }
    for (forged, told) in [
        ("UPDATE audit SET data = 'x' WHERE id = 2", "entry 2 of"),
        ("UPDATE audit SET agent_id = 77 WHERE id = 1", "entry 1 of"),
        ("UPDATE audit SET at = at + 1 WHERE id = 3", "entry 3 of"),
        ("DELETE FROM audit WHERE id = 2", "missing between 1 and 3"),
        ("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)", "missing after"),
    ] {
        let desk = desk();
        let db = file(&desk);
        db.execute_batch("DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept;").unwrap();
        assert_eq!(db.execute(forged, []).unwrap(), 1);
        let said = audit::broken(&db).unwrap().unwrap_or_default();
        assert!(said.contains(told), "{forged}: {said}");
    }
}

#[test]
fn administrators_look_through_it_and_take_it_along() {
    let desk = desk();
    let (ada, eva) = (desk.person("Ada", Role::Admin), desk.person("Eva", Role::Supervisor));
    assert_eq!(desk.get(&eva, "/settings/audit").status, 403);
    assert_eq!(desk.post(&eva, "/settings/audit/export", &[("format", "csv")]).status, 403);
    let page = desk.get(&ada, "/settings/audit?kind=security.signed_in");
    assert!(page.body.contains("<td><code>security.signed_in"), "{}", page.body);
    assert!(!page.body.contains("<td><code>security.token_created"));
    let lines = desk.post(&ada, "/settings/audit/export", &[("format", "jsonl")]).body;
    let kinds = kinds(&desk);
    assert_eq!(lines.lines().count(), kinds.len());
    assert_eq!(kinds.last().map(String::as_str), Some("security.audit_exported"), "taking it stands in it");
    for line in lines.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].is_string());
    }
    let table = desk.post(&ada, "/settings/audit/export", &[("format", "csv")]).body;
    assert_eq!(table.lines().count(), kinds.len() + 2, "a head, and the second time");
}

#[test]
fn a_long_log_is_paged_by_its_numbers() {
    let desk = desk();
    let ada = desk.person("Ada", Role::Admin);
    desk.write(|tx| {
        for _ in 0..70 {
            let new = audit::New { kind: "queue.changed", agent: None, contact: None, data: "=1+1".into() };
            audit::append(tx, new, transom::domain::Timestamp(1))?;
        }
        Ok(())
    });
    let first = desk.get(&ada, "/settings/audit?kind=queue.changed");
    assert_eq!(first.body.matches("<td><code>queue.changed").count(), 50);
    let link = first.body.split("/settings/audit?before=").nth(1).unwrap().split('&').next().unwrap();
    let second = desk.get(&ada, &format!("/settings/audit?before={link}&kind=queue.changed"));
    assert_eq!(second.body.matches("<td><code>queue.changed").count(), 20);
    let table = desk.post(&ada, "/settings/audit/export", &[("format", "csv")]).body;
    assert!(table.contains("\"'=1+1\""), "no formula");
}

#[test]
fn each_test_that_the_security_page_names_is_there() {
    let page = include_str!("../docs/security.md");
    let tests = crate::support::tree::files(std::path::Path::new("tests"));
    let mut named = 0;
    for name in page.split('`').skip(1).step_by(2).filter(|word| word.contains("::")) {
        let (file, function) = name.split_once("::").unwrap();
        let found = tests.iter().any(|path| {
            let place =
                path.file_stem().is_some_and(|stem| stem == file) || path.ends_with(format!("{file}/mod.rs"));
            place && std::fs::read_to_string(path).unwrap().contains(&format!("fn {function}("))
        });
        assert!(found, "{name}");
        named += 1;
    }
    assert!(named > 50, "the page is read");
}

#[test]
fn the_kinds_that_stand_in_the_log_are_these() {
    // ASVS 16.3: whoever adds a verb that concerns security says here that it is written down.
    use transom::domain::event::kind;
    let audited: Vec<&str> = kind::ALL.iter().copied().filter(|kind| kind::is_audited(kind)).collect();
    let mut security: Vec<&str> = audited.iter().filter_map(|kind| kind.strip_prefix("security.")).collect();
    security.sort_unstable();
    assert_eq!(
        security,
        [
            "audit_exported",
            "codes_renewed",
            "contacts_exported",
            "contacts_imported",
            "copy_handed_out",
            "factor_off",
            "factor_on",
            "identity_loosened",
            "identity_tied",
            "invited",
            "message_uncovered",
            "new_browser",
            "password_changed",
            "sessions_ended",
            "sign_in_failed",
            "signed_in",
            "signed_out",
            "token_created",
            "token_revoked",
        ]
    );
    for kind in ["agent.changed", "channel.changed", "contact.deleted", "setting.changed", "webhook.added"] {
        assert!(audited.contains(&kind), "{kind}");
    }
}
