//! The team's own fields of contacts, segments by conditions, and the table of contacts.

use serde_json::json;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::segment::Rule;
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::Person;

fn field(desk: &TestDesk, boss: &Person, fields: &[(&str, &str)]) -> i64 {
    let made = desk.post(boss, "/settings/fields", fields);
    assert_eq!(made.status, 303, "{}", made.body);
    desk.count("SELECT max(id) FROM field")
}

#[test]
fn s197_custom_fields_are_kept_in_their_form_and_found_exactly() {
    let desk = TestDesk::new();
    let (boss, eva) = (desk.person("Boss", Role::Supervisor), desk.person("Eva", Role::Agent));
    let number = field(&desk, &boss, &[("name", "Customer number"), ("kind", "text")]);
    let born = field(&desk, &boss, &[("name", "Born"), ("kind", "date")]);
    let tariff =
        field(&desk, &boss, &[("name", "Tariff"), ("kind", "choice"), ("choices", "Gold\nSilver\n")]);
    assert_eq!(
        desk.post(&boss, "/settings/fields", &[("name", "born"), ("kind", "text")]).status,
        422,
        "taken"
    );
    assert_eq!(desk.post(&boss, "/settings/fields", &[("name", "One"), ("kind", "choice")]).status, 422);
    assert_eq!(desk.post(&eva, "/settings/fields", &[("name", "Two"), ("kind", "text")]).status, 403);
    let id = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact;
    let (number, born, tariff) =
        (format!("field_{number}"), format!("field_{born}"), format!("field_{tariff}"));
    let path = format!("/contacts/{id}");
    let wrong = desk.post(&eva, &path, &[("name", "Ana"), (&born, "soon"), (&number, "K-77 A")]);
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("value=\"K-77 A\"") && wrong.body.contains("value=\"soon\""),
        "nothing is lost"
    );
    let kept = [("name", "Ana"), (&*born, "1980-02-29"), (&*number, "K-77 A"), (&*tariff, "gold")];
    assert_eq!(desk.post(&eva, &path, &kept).status, 303);
    let page = desk.get(&eva, &path).body;
    assert!(page.contains("<dt>Tariff</dt><dd>Gold</dd>") && page.contains("<dd>1980-02-29</dd>"), "{page}");
    let hit =
        |q: &str| desk.get(&eva, &format!("/contacts?q={q}")).body.contains(&format!("/contacts/{id}\""));
    assert!(hit("k-77%20a") && hit("Gold"), "exactly, in any case");
    assert!(!hit("k-77"), "no part of it");
    assert!(!hit("1980-02-29"), "dates are not searched");
    let program = desk.program("Pia", Role::Agent);
    let one = desk.api_get(&program, &path);
    assert_eq!(
        one.json["fields"],
        json!({ "Born": "1980-02-29", "Customer number": "K-77 A", "Tariff": "Gold" })
    );
    let changed = desk.api_patch(&program, &path, json!({ "fields": { "Tariff": "" } }));
    assert_eq!((changed.status, &changed.json["fields"]["Tariff"]), (200, &serde_json::Value::Null));
    assert_eq!(desk.api_patch(&program, &path, json!({ "fields": { "Shoe": "42" } })).status, 422);
}

#[test]
fn s200_segments_hold_those_for_whom_all_conditions_hold() {
    let desk = TestDesk::new();
    let (boss, eva) = (desk.person("Boss", Role::Supervisor), desk.person("Eva", Role::Agent));
    let (sms, chat) = (desk.channel(Kind::Sms), desk.channel(Kind::Webchat));
    let ana = desk.writes(&sms, "+34612345678", "m1");
    let bob = desk.writes(&chat, "bob", "m2");
    let program = desk.program("Pia", Role::Supervisor);
    // Before the block: what a blocked contact said stays as it is.
    desk.shuts(&desk.rights(&boss), bob.id);
    desk.api_patch(
        &program,
        &format!("/contacts/{}", ana.contact),
        json!({ "name": "Ana", "language": "es" }),
    );
    desk.api_patch(
        &program,
        &format!("/contacts/{}", bob.contact),
        json!({ "name": "Bob", "blocked": true }),
    );
    let holds = |query: &str| {
        let page = desk.get(&boss, &format!("/segments?{query}"));
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        (page.body.contains("<b>Ana</b>"), page.body.contains("<b>Bob</b>"))
    };
    let day = "2026-03-03";
    for (query, expected) in [
        ("language=es".to_owned(), (true, false)),
        ("blocked=yes".to_owned(), (false, true)),
        ("blocked=no".to_owned(), (true, false)),
        ("open=yes".to_owned(), (true, false)),
        (format!("channel={}", chat.id), (false, true)),
        (format!("rule=!channel:{}", chat.id), (true, false)),
        (format!("after={day}"), (true, true)),
        (format!("until={day}"), (false, false)),
        ("language=es&blocked=yes".to_owned(), (false, false)),
        ("consent=no".to_owned(), (false, false)),
    ] {
        assert_eq!(holds(&query), expected, "{query}");
    }
    let saved = desk.post(&boss, "/segments", &[("name", "Spanish"), ("rule", "language:es")]);
    assert_eq!((saved.status, saved.header("location")), (303, Some("/segments?segment=1")));
    assert_eq!(holds("segment=1"), (true, false));
    let other = desk.person("Mara", Role::Supervisor);
    assert_eq!(desk.get(&other, "/segments?segment=1").status, 404, "private");
    assert_eq!(desk.get(&eva, "/segments").status, 403);
    assert_eq!(desk.post(&other, "/segments/1/delete", &[]).status, 404);
    assert_eq!(desk.post(&boss, "/segments/1/delete", &[]).status, 303);
}

#[test]
fn a_page_of_a_segment_walks_the_contacts_by_their_numbers() {
    let desk = TestDesk::new();
    let rules: Vec<Rule> = [
        "language:es",
        "!blocked",
        "open",
        "before:2026-01-01",
        "after:2020-01-01",
        "channel:1",
        "tag:1",
        "field:1=x",
        "consent:no",
    ]
    .map(|rule| rule.parse().unwrap())
    .to_vec();
    let (sql, parameters) = store::segment::statement(&rules, None, &jiff::tz::TimeZone::UTC);
    let steps: Vec<String> = desk.read(|c| {
        let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let rows = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get(3))?;
        Ok(rows.collect::<Result<_, _>>()?)
    });
    assert!(steps.iter().all(|step| !step.starts_with("SCAN") && !step.contains("TEMP B-TREE")), "{steps:?}");
}

#[test]
fn the_table_of_contacts_runs_in_no_spreadsheet_and_has_their_fields() {
    let desk = TestDesk::new();
    let (boss, eva) = (desk.person("Boss", Role::Supervisor), desk.person("Eva", Role::Agent));
    field(&desk, &boss, &[("name", "Tariff"), ("kind", "text")]);
    let program = desk.program("Pia", Role::Agent);
    for number in 0..450 {
        let body = json!({ "name": format!("=cmd({number})"), "fields": { "Tariff": "a,\"b" } });
        assert_eq!(desk.api_post(&program, "/contacts", body).status, 201);
        if number % 100 == 99 {
            // A program may ask so often a second and no more.
            desk.pass(Span::seconds(2));
        }
    }
    let file = desk.post(&boss, "/segments/export", &[]);
    assert_eq!(file.status, 200);
    assert_eq!(file.body.lines().count(), 451, "a head and a line each");
    assert!(file.body.contains("\"'=cmd(7)\"") && file.body.contains("\"a,\"\"b\""), "{}", &file.body[..300]);
    assert_eq!(desk.post(&eva, "/segments/export", &[]).status, 403);
    assert_eq!(desk.count("SELECT count(*) FROM log WHERE kind = 'security.contacts_exported'"), 1);
    let none = desk.post(&boss, "/segments/export", &[("rule", "language:es")]);
    assert_eq!(none.body.lines().count(), 1);
}

#[test]
fn s200_a_segment_is_changed_by_who_made_it_and_keeps_what_is_not_given() {
    let desk = TestDesk::new();
    let (ada, boss) = (desk.person("Ada", Role::Admin), desk.person("Boss", Role::Supervisor));
    let other = desk.person("Other", Role::Supervisor);
    let made = desk.post(
        &boss,
        "/segments",
        &[("name", "Spanish"), ("rule", "language:es"), ("rule", "open"), ("shared", "on")],
    );
    let at = made.header("location").unwrap().to_owned();
    let id: i64 = at.rsplit('=').next().unwrap().parse().unwrap();
    assert!(desk.get(&boss, &at).body.contains(&format!("/segments?edit={id}")));
    assert!(!desk.get(&other, &at).body.contains("edit="), "shared, and not theirs");
    // The form that changes it begins with its conditions, and goes on with those that were left.
    let form = desk.get(&boss, &format!("/segments?edit={id}")).body;
    for rule in ["language:es", "open"] {
        assert!(
            form.contains(&format!("type=\"checkbox\" name=\"rule\" value=\"{rule}\" checked")),
            "{form}"
        );
    }
    assert!(
        form.contains("value=\"Spanish\"") && form.contains(&format!("action=\"/segments/{id}\"")),
        "{form}"
    );
    let left = desk.get(&boss, &format!("/segments?edit={id}&go=yes&rule=open&blocked=no")).body;
    assert!(left.contains("value=\"!blocked\"") && !left.contains("language:es"), "{left}");
    let saved = desk.post(
        &boss,
        &format!("/segments/{id}"),
        &[("name", "Open ones"), ("rule", "open"), ("rule", "!blocked")],
    );
    assert_eq!(saved.status, 303, "{}", saved.body);
    let kept = desk.read(|c| store::segment::get(c, transom::domain::Id::new(id))).unwrap();
    let rules: Vec<String> = kept.rules.iter().map(ToString::to_string).collect();
    assert_eq!(
        (&*kept.name, kept.shared, rules),
        ("Open ones", false, vec!["open".to_owned(), "!blocked".to_owned()])
    );
    // What is wrong changes nothing and loses nothing.
    let wrong = desk.post(&boss, &format!("/segments/{id}"), &[("name", ""), ("rule", "open")]);
    assert!(
        wrong.status == 422 && wrong.body.contains(&format!("action=\"/segments/{id}\"")),
        "{}",
        wrong.body
    );
    assert_eq!(desk.post(&boss, &format!("/segments/{id}"), &[("name", "None")]).status, 422, "no condition");
    assert_eq!(desk.read(|c| store::segment::get(c, transom::domain::Id::new(id))).unwrap(), kept);
    // It is not shared any more: for others it is not there, for administrators neither until it is.
    for person in [&other, &ada] {
        assert_eq!(
            desk.post(person, &format!("/segments/{id}"), &[("name", "Mine"), ("rule", "open")]).status,
            404
        );
    }
}

#[test]
fn programs_keep_segments_and_read_who_belongs_to_them() {
    let desk = TestDesk::new();
    let (boss, agent) = (desk.program("Boss", Role::Supervisor), desk.program("Eva", Role::Agent));
    let sms = desk.channel(Kind::Sms);
    let people: Vec<i64> = (0..5)
        .map(|number| desk.writes(&sms, &format!("+3461234567{number}"), &format!("m{number}")).contact.get())
        .collect();
    for id in &people[..3] {
        desk.api_patch(&boss, &format!("/contacts/{id}"), json!({ "language": "es" }));
    }
    let made =
        desk.api_post(&boss, "/segments", json!({ "name": "Spanish", "rules": ["language:es", "!blocked"] }));
    assert_eq!(made.status, 201, "{:?}", made.json);
    let at = format!("/segments/{}", made.id());
    let mut members = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = desk.api_get(&boss, &format!("{at}/contacts?limit=2{cursor}"));
        assert_eq!(page.status, 200, "{:?}", page.json);
        members.extend(page.json["items"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()));
        let Some(next) = page.json["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(members, people[..3].iter().rev().copied().collect::<Vec<_>>(), "each once, the newest first");
    let changed = desk.api_patch(&boss, &at, json!({ "rules": ["!language:es"] }));
    assert_eq!((changed.status, changed.json["name"].as_str()), (200, Some("Spanish")));
    let page = desk.api_get(&boss, &format!("{at}/contacts"));
    assert_eq!(page.json["items"].as_array().unwrap().len(), 2);
    for wrong in [json!({ "rules": [] }), json!({ "rules": ["size:large"] }), json!({ "name": " " })] {
        assert_eq!(desk.api_patch(&boss, &at, wrong.clone()).status, 422, "{wrong}");
    }
    assert_eq!(desk.api_patch(&boss, &at, json!({ "owner_id": 1 })).status, 400);
    assert_eq!(desk.api_get(&boss, "/segments").json["items"].as_array().unwrap().len(), 1);
    // They tell of conversations that not every agent may see.
    for path in ["/segments".to_owned(), at.clone(), format!("{at}/contacts")] {
        assert_eq!(desk.api_get(&agent, &path).status, 403, "{path}");
    }
    let stranger = desk.program("Other", Role::Supervisor);
    assert_eq!(desk.api_get(&stranger, &at).status, 404, "it is not shared");
    desk.api_patch(&boss, &at, json!({ "shared": true }));
    assert_eq!(desk.api_get(&stranger, &at).status, 200);
    assert_eq!(
        desk.api_patch(&stranger, &at, json!({ "name": "Mine" })).status,
        403,
        "shared, and not theirs"
    );
    assert_eq!(desk.api_delete(&stranger, &at).status, 403);
    assert_eq!(desk.api_delete(&boss, &at).status, 204);
    assert_eq!(desk.api_get(&boss, &at).status, 404);
}

/// A condition that cannot be read would be left out otherwise, and everybody would be exported.
#[test]
fn what_cannot_be_read_holds_nobody_and_exports_nobody() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let ana = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact;
    let row = format!("/contacts/{ana}\"");
    assert!(desk.get(&boss, "/segments").body.contains(&row));
    for wrong in ["language=es%2C+en", "until=24.11.2026", "rule=bogus", "channel=x"] {
        let page = desk.get(&boss, &format!("/segments?{wrong}"));
        assert_eq!(page.status, 422, "{wrong}");
        assert!(!page.body.contains(&row) && !page.body.contains("/segments/export"), "{wrong}");
        assert!(page.body.contains("class=\"flash bad\""), "{wrong}");
    }
    assert!(
        desk.get(&boss, "/segments?language=es%2C+en").body.contains("value=\"es, en\""),
        "nothing is lost"
    );
    assert_eq!(desk.post(&boss, "/segments/export", &[("rule", "bogus")]).status, 422);
    let sent = [("name", "Odd"), ("rule", "bogus")];
    assert_eq!(desk.post(&boss, "/segments", &sent).status, 422);
    // A language is the same in whatever letters.
    let number = ana.to_string();
    desk.post(&boss, &format!("/contacts/{number}"), &[("name", "Ana"), ("language", "pt_BR")]);
    for code in ["pt_BR", "PT_br"] {
        assert!(desk.get(&boss, &format!("/segments?language={code}")).body.contains(&row), "{code}");
    }
    assert!(!desk.get(&boss, "/segments?rule=!language:pt_br").body.contains(&row));
}

#[test]
fn the_days_of_a_segment_begin_where_the_team_is() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let ana = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact;
    // Noon of the third of March in UTC is the fourth of March on Kiritimati, fourteen hours ahead.
    let row = format!("/contacts/{ana}\"");
    let is_in = |rule: &str| desk.get(&boss, &format!("/segments?{rule}")).body.contains(&row);
    assert!(is_in("until=2026-03-04") && !is_in("after=2026-03-04"));
    desk.write(|tx| store::setting::set(tx, store::setting::key::TIME_ZONE, Some("Pacific/Kiritimati")));
    assert!(!is_in("until=2026-03-04") && is_in("after=2026-03-04"));
}

/// Who asked not to be written to at one address stands in the segment of those who may be written to at another.
#[test]
fn an_exported_list_and_programs_are_told_who_refused() {
    let desk = TestDesk::new();
    let boss = desk.person("Boss", Role::Supervisor);
    let ana = desk.writes(&desk.channel(Kind::Sms), "+34612345678", "m1").contact;
    let program = desk.program("Pia", Role::Agent);
    desk.api_post(
        &program,
        &format!("/contacts/{ana}/addresses"),
        json!({ "kind": "email", "value": "ana@example.org" }),
    );
    desk.write(|tx| {
        tx.execute("UPDATE address SET opted_out_at = 5 WHERE kind = 'phone'", [])?;
        Ok(tx.execute("UPDATE address SET agreed_at = 5 WHERE kind = 'email'", [])?)
    });
    let file = desk.post(&boss, "/segments/export", &[("rule", "consent:yes")]).body;
    let (head, row) = file.split_once('\n').unwrap();
    assert!(head.contains("refused"), "{file}");
    assert_eq!(row.matches("+34612345678").count(), 2, "once where it is, and once as refused: {file}");
    let addresses = desk.api_get(&program, &format!("/contacts/{ana}")).json["addresses"].clone();
    let told: Vec<_> = addresses.as_array().unwrap().iter().map(|one| one["may_write"].clone()).collect();
    assert_eq!(told, [json!(false), json!(true)]);
}
