//! The other settings: team, queues, reasons, saved replies, tokens, deliveries, status.

use std::collections::BTreeMap;

use transom::domain::Id;
use transom::domain::agent::Role;
use transom::store::setting::{self, key};
use transom::store::{inbound, queue, template, token, wrapup};

use crate::support::TestDesk;
use crate::support::desk::Person;

fn desk() -> (TestDesk, Person) {
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    (desk, admin)
}

#[test]
fn the_team_settings_are_kept_all_or_none() {
    let (desk, admin) = desk();
    let good = [
        ("team", "Shop Prague"),
        ("language", "es"),
        ("time_zone", "Europe/Prague"),
        ("country", "CZ"),
        ("support_url", "mailto:it@example.org"),
        ("undo_seconds", "8"),
    ];
    assert_eq!(desk.post(&admin, "/settings/team", &good).status, 303);
    for (name, value) in &good {
        assert_eq!(desk.read(|c| setting::get(c, name)).as_deref(), Some(*value), "{name}");
    }
    for (name, value) in [
        ("undo_seconds", "61"),
        ("undo_seconds", "soon"),
        ("support_url", "javascript:alert(1)"),
        ("time_zone", "Mars/Olympus"),
        ("country", "XX"),
        ("team", ""),
    ] {
        let mut bad: BTreeMap<&str, &str> = good.into_iter().collect();
        bad.insert("team", "Another name");
        bad.insert(name, value);
        let fields: Vec<_> = bad.into_iter().collect();
        let page = desk.post(&admin, "/settings/team", &fields);
        assert_eq!(page.status, 422, "{name}={value}");
        assert!(page.body.contains(&format!("id=\"f-{name}-error\"")), "{name}: {}", page.body);
        assert_eq!(desk.read(|c| setting::get(c, key::TEAM)).as_deref(), Some("Shop Prague"));
    }
}

#[test]
fn a_queue_has_members_and_goes_only_when_it_is_empty() {
    let (desk, admin) = desk();
    let ana = desk.person("Ana", Role::Agent);
    let page = desk.post(&admin, "/settings/queues", &[("name", "Sales")]);
    assert_eq!(page.status, 303);
    let sales = desk.read(queue::all).remove(0);
    let member = ana.id.to_string();
    let at = format!("/settings/queues/{}", sales.id);
    assert_eq!(desk.post(&admin, &at, &[("name", "Sales & returns"), ("member", &member)]).status, 303);
    assert_eq!(desk.read(queue::memberships), [(sales.id, ana.id)]);
    let list = desk.get(&admin, "/settings/queues").body;
    assert!(list.contains("Sales &amp; returns") && list.contains("Ana"), "{list}");
    assert_eq!(desk.post(&admin, "/settings/queues", &[("name", "Sales & returns")]).status, 422, "taken");
    let id = sales.id.get();
    desk.write(move |tx| {
        tx.execute("INSERT INTO folder_count VALUES (0, ?1, 1, 0, 0)", [id])?;
        Ok(())
    });
    let page = desk.post(&admin, &format!("{at}/delete"), &[]);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("still uses it"), "{}", page.body);
    desk.write(move |tx| {
        tx.execute("UPDATE folder_count SET open = 0 WHERE queue_id = ?1", [id])?;
        Ok(())
    });
    assert_eq!(desk.post(&admin, &format!("{at}/delete"), &[]).status, 303);
    assert!(desk.read(queue::all).is_empty());
}

#[test]
fn wrap_up_reasons_are_added_and_archived() {
    let (desk, admin) = desk();
    assert_eq!(desk.post(&admin, "/settings/reasons", &[("name", "Sold"), ("queue", "")]).status, 303);
    assert_eq!(desk.post(&admin, "/settings/reasons", &[("name", "Sold"), ("queue", "")]).status, 422);
    let reason = desk.read(wrapup::all).remove(0);
    assert!(desk.get(&admin, "/settings/reasons").body.contains("Sold"));
    desk.post(&admin, &format!("/settings/reasons/{}/archive", reason.id), &[]);
    assert!(desk.read(wrapup::all).is_empty());
}

#[test]
fn saved_replies_have_gaps_and_a_lock_and_are_written_by_supervisors() {
    // S210, S211
    let (desk, _) = desk();
    let supervisor = desk.person("Sofia", Role::Supervisor);
    let fields = [
        ("name", "Opening hours"),
        ("language", "en"),
        ("body", "Hello {{name}}, we open at 9."),
        ("locked", "on"),
    ];
    assert_eq!(desk.post(&supervisor, "/settings/templates/new", &fields).status, 303);
    let reply = desk.read(template::own).remove(0);
    assert!(reply.locked);
    assert_eq!(transom::domain::template::gaps(&reply.body), ["name"]);
    assert_eq!(desk.post(&supervisor, "/settings/templates/new", &fields).status, 422, "the name is taken");
    let broken = [("name", "Broken"), ("language", "en"), ("body", "Hello {{name")];
    let page = desk.post(&supervisor, "/settings/templates/new", &broken);
    assert!(page.body.contains("id=\"f-body-error\"") && page.body.contains("Hello {{name"), "{}", page.body);
    let at = format!("/settings/templates/{}", reply.id);
    let fields = [("name", "Opening hours"), ("language", "en"), ("body", "We open at 8.")];
    assert_eq!(desk.post(&supervisor, &at, &fields).status, 303);
    assert_eq!(desk.read(template::own)[0].body, "We open at 8.");
    let agent = desk.person("Ana", Role::Agent);
    assert_eq!(desk.post(&agent, &format!("{at}/delete"), &[]).status, 403);
    assert_eq!(desk.post(&supervisor, &format!("{at}/delete"), &[]).status, 303);
    assert!(desk.read(template::own).is_empty());
}

#[test]
fn a_token_is_shown_once_and_revoked() {
    let (desk, admin) = desk();
    let me = admin.id.to_string();
    let page = desk.post(&admin, "/settings/tokens", &[("name", "Shop system"), ("agent", &me)]);
    let start = page.body.find("readonly value=\"").unwrap() + "readonly value=\"".len();
    let word = page.body[start..].split('"').next().unwrap().to_owned();
    let kept = desk.read(|c| token::find(c, &transom::domain::secret::hash(&word))).unwrap();
    assert_eq!((kept.agent, kept.name.as_str()), (admin.id, "Shop system"));
    assert!(!desk.get(&admin, "/settings/tokens").body.contains(&word));
    desk.post(&admin, &format!("/settings/tokens/{}/revoke", kept.id), &[]);
    assert_eq!(desk.read(|c| token::find(c, &transom::domain::secret::hash(&word))), None);
}

#[test]
fn a_webhook_shows_its_secret_once_and_is_taken_away() {
    let (desk, admin) = desk();
    let bad = desk.post(&admin, "/settings/webhooks", &[("url", "ftp://example.org"), ("kinds", "")]);
    assert!(
        bad.body.contains("id=\"f-url-error\"") && bad.body.contains("ftp://example.org"),
        "{}",
        bad.body
    );
    let bad =
        desk.post(&admin, "/settings/webhooks", &[("url", "https://example.org/in"), ("kinds", "no.such")]);
    assert!(bad.body.contains("id=\"f-kinds-error\""), "{}", bad.body);
    let fields = [("url", "https://example.org/in"), ("kinds", "message.received, conversation.closed")];
    let page = desk.post(&admin, "/settings/webhooks", &fields);
    assert!(page.body.contains("Copy the secret now"), "{}", page.body);
    let added = desk.read(transom::store::webhook::all).remove(0);
    assert_eq!(added.kinds, ["conversation.closed", "message.received"]);
    assert!(desk.get(&admin, "/settings/webhooks").body.contains("https://example.org/in"));
    assert_eq!(desk.post(&admin, &format!("/settings/webhooks/{}/delete", added.id), &[]).status, 303);
    assert!(desk.read(transom::store::webhook::all).is_empty());
}

fn unreadable(desk: &TestDesk, admin: &Person, body: &'static [u8]) -> i64 {
    desk.post(admin, "/settings/channels/new?kind=custom", &[("name", "Robot")]);
    let channel = desk.read(transom::store::channel::all)[0].id;
    let now = desk.now();
    desk.write(move |tx| {
        let headers = BTreeMap::from([("x-test".to_owned(), "<b>head</b>".to_owned())]);
        let new = inbound::New { channel, dedupe_key: "1", headers: &headers, body: &body.into() };
        inbound::insert(tx, &new, now)?;
        let id = tx.last_insert_rowid();
        inbound::fail(tx, Id::new(id), "it is no JSON")?;
        Ok(id)
    })
}

#[test]
fn what_could_not_be_read_is_shown_as_text_and_read_again_or_left_alone() {
    let (desk, admin) = desk();
    let id = unreadable(&desk, &admin, b"<script>alert(1)</script>\xff");
    let list = desk.get(&admin, "/settings/intake").body;
    assert!(list.contains("it is no JSON") && list.contains("Robot"), "{list}");
    let page = desk.get(&admin, &format!("/settings/intake/{id}")).body;
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"),
        "{page}"
    );
    assert!(page.contains("&lt;b&gt;head"));
    let state = |desk: &TestDesk| -> String {
        desk.read(|c| Ok(c.query_row("SELECT state FROM inbound WHERE id = ?1", [id], |row| row.get(0))?))
    };
    assert_eq!(desk.post(&admin, &format!("/settings/intake/{id}/ignore"), &[]).status, 303);
    assert_eq!(state(&desk), "ignored");
    assert_eq!(
        desk.post(&admin, &format!("/settings/intake/{id}/ignore"), &[]).status,
        404,
        "only what failed"
    );
    assert_eq!(desk.post(&admin, &format!("/settings/intake/{id}/replay"), &[]).status, 303);
    assert_eq!(state(&desk), "new");
    assert_eq!(
        desk.post(&admin, &format!("/settings/intake/{id}/ignore"), &[]).status,
        404,
        "not what still comes in"
    );
    let agent = desk.person("Ana", Role::Agent);
    assert_eq!(desk.get(&agent, &format!("/settings/intake/{id}")).status, 403);
}

#[test]
fn every_page_of_the_settings_opens_in_both_languages() {
    let (desk, admin) = desk();
    let id = unreadable(&desk, &admin, b"{");
    desk.post(&admin, "/settings/queues", &[("name", "Sales")]);
    let pages = [
        "/settings",
        "/settings/profile",
        "/settings/team",
        "/settings/people",
        "/settings/queues",
        "/settings/queues/1",
        "/settings/reasons",
        "/settings/templates",
        "/settings/templates/new",
        "/settings/templates/import",
        "/settings/tokens",
        "/settings/webhooks",
        "/settings/channels",
        "/settings/channels/new",
        "/settings/channels/new?kind=whatsapp",
        "/settings/channels/new?kind=simulator",
        "/settings/channels/1",
        "/settings/intake",
        "/settings/status",
        "/help/channels",
        "/setup/done",
    ];
    for language in ["en", "es"] {
        let fields = [("name", "Petra"), ("language", language), ("theme", "system")];
        desk.post(&admin, "/settings/profile", &fields);
        for page in pages.iter().map(|page| (*page).to_owned()).chain([format!("/settings/intake/{id}")]) {
            let answer = desk.get(&admin, &page);
            assert_eq!(answer.status, 200, "{page} {language}");
            assert!(answer.body.contains(&format!("lang=\"{language}\"")), "{page}");
            for bad in [" style=", "onclick", "javascript:"] {
                assert!(!answer.body.contains(bad), "{bad} on {page}");
            }
            let (forms, tokens) = (
                answer.body.matches("method=\"post\"").count(),
                answer.body.matches("name=\"csrf\"").count(),
            );
            assert_eq!(forms, tokens, "every form carries its token: {page}");
            assert_eq!(answer.body.matches("<h1").count(), 1, "one heading: {page}");
        }
    }
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let (desk, admin) = desk();
    let request = transom::web::http::Request::new(transom::web::http::Method::Post, "/settings/team")
        .with_header("cookie", &format!("transom={}", admin.token))
        .with_body("application/x-www-form-urlencoded", "team=Evil");
    assert_eq!(desk.ask(request).status, 403);
    assert_eq!(desk.read(|c| setting::get(c, key::TEAM)), None);
}
