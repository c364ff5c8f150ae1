//! Searching where many people have one name and many messages one word: a walk over all pages meets each hit once, and
//! every number is true or says that it is not the last word.

use std::collections::BTreeSet;

use serde_json::Value;
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::store;

use crate::support::TestDesk;
use crate::support::api::Program;
use crate::support::desk::Person;

/// More Anas than are ever looked up beforehand, fewer Carlas, and a Ben between them.
const ANAS: i64 = 2300;
const CARLAS: i64 = 600;

struct Crowd {
    desk: TestDesk,
    ada: Program,
    person: Person,
}

/// Each person has one conversation, one in ten open and one in twenty snoozed, with what they said and an answer.
fn crowd() -> Crowd {
    let desk = TestDesk::new();
    desk.channel(Kind::Sms);
    let person = desk.person("Ada", Role::Admin);
    let author = person.id;
    desk.write(move |tx| {
        let people = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
        let all = ANAS + CARLAS + 100;
        tx.execute(
            &format!(
                "{people} INSERT INTO contact (id, name, created_at, updated_at) SELECT i, iif(i % 30 = 7,
                     'Ben', iif(i <= ?2, 'Ana', 'Carla')) || ' Nr' || i, 0, 0 FROM n"
            ),
            (all, ANAS),
        )?;
        tx.execute_batch(
            "INSERT INTO address (id, contact_id, kind, value, created_at)
                 SELECT id, id, 'phone', '+34600' || (100000 + id), 0 FROM contact;
             INSERT INTO conversation (id, contact_id, channel_id, address_id, status, last_message_at, created_at,
                     updated_at)
                 SELECT id, id, 1, id, iif(id % 10 = 3, 'open', iif(id % 20 = 4, 'snoozed', 'closed')),
                     1000 + (id * 7919) % 3001, 0, 0 FROM contact;
             INSERT INTO message (conversation_id, kind_no, body, state_no, at)
                 SELECT id, 0, 'the parcel', 0, 1000 FROM conversation ORDER BY id",
        )?;
        tx.execute(
            "INSERT INTO message (conversation_id, kind_no, author_id, body, state_no, at)
                 SELECT id, 1, ?1, 'the answer', 3, 2000 FROM conversation ORDER BY id DESC",
            [author],
        )?;
        store::contact::rebuild(tx)?;
        store::words::rebuild(tx, &mut |_| {})
    });
    let ada = desk.token_of(person.id);
    Crowd { desk, ada, person }
}

impl Crowd {
    fn walk(&self, path: &str, id: &str) -> Vec<i64> {
        self.desk.api_walk(&self.ada, path, id)
    }

    fn page(&self, path: &str) -> Value {
        let told = self.desk.api_get(&self.ada, path);
        assert_eq!(told.status, 200, "{path}: {told:?}");
        told.json
    }

    fn ids(&self, sql: &'static str) -> Vec<i64> {
        self.desk.read(|c| {
            let mut statement = c.prepare(sql)?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }
}

/// The same, each once and in no order.
fn each_once(found: Vec<i64>, wanted: Vec<i64>, what: &str) {
    let set: BTreeSet<i64> = found.iter().copied().collect();
    assert_eq!(set.len(), found.len(), "{what}: something came twice");
    assert_eq!(set, wanted.into_iter().collect(), "{what}");
}

#[test]
fn s5_s10_the_inbox_finds_every_conversation_of_a_common_name_once() {
    let crowd = crowd();
    let open = crowd.ids(
        "SELECT v.id FROM conversation v JOIN contact k ON k.id = v.contact_id
         WHERE v.status = 'open' AND k.name LIKE 'Ana%' ORDER BY v.last_message_at DESC, v.id DESC",
    );
    assert!(open.len() > 200);
    let path = "/conversations?view=all&status=open&q=ana";
    assert_eq!(crowd.walk(path, "id"), open, "in the order of the list");
    let mut oldest = open.clone();
    oldest.reverse();
    assert_eq!(crowd.walk(&format!("{path}&sort=oldest&limit=7"), "id"), oldest);
    let few = crowd.ids(
        "SELECT v.id FROM conversation v JOIN contact k ON k.id = v.contact_id
         WHERE v.status = 'closed' AND k.name LIKE 'Carla%'",
    );
    each_once(crowd.walk("/conversations?view=all&status=closed&q=carl&limit=33", "id"), few, "Carla");
    let inside = crowd.ids(
        "SELECT v.id FROM conversation v JOIN contact k ON k.id = v.contact_id
         WHERE v.status = 'snoozed' AND k.name LIKE 'Ana%'",
    );
    assert!(!inside.is_empty());
    each_once(crowd.walk("/conversations?view=all&status=snoozed&q=ana+nr", "id"), inside, "two words");
}

#[test]
fn s12_s14_numbers_elsewhere_are_those_of_all_or_say_that_there_are_more() {
    let crowd = crowd();
    let page = crowd.page("/conversations?view=all&status=open&q=ana");
    assert_eq!(page["elsewhere"][1]["status"], "closed");
    assert_eq!((&page["elsewhere"][1]["hits"], &page["elsewhere"][1]["more"]), (&50.into(), &true.into()));
    let mine = crowd.page("/conversations?view=mine&status=open&q=ana");
    assert_eq!((&mine["beyond"], &mine["beyond_more"]), (&50.into(), &true.into()));
    let few = crowd.page("/conversations?view=all&status=open&q=ben");
    let snoozed = crowd.ids(
        "SELECT v.id FROM conversation v JOIN contact k ON k.id = v.contact_id
         WHERE v.status = 'snoozed' AND k.name LIKE 'Ben%'",
    );
    assert_eq!(few["elsewhere"][0]["hits"].as_u64().unwrap(), snoozed.len() as u64);
    assert_eq!(few["elsewhere"][0]["more"], false);
    let text = crowd.desk.get(&crowd.person, "/inbox?view=all&q=ana").body;
    assert!(text.contains("50+ more in Closed"), "{text}");
}

#[test]
fn s10_the_search_of_contacts_goes_on_to_the_last_one() {
    let crowd = crowd();
    for (q, like) in [
        ("ana", "SELECT id FROM contact WHERE name LIKE 'Ana%'"),
        ("arla", "SELECT id FROM contact WHERE name LIKE 'Carla%'"),
        ("c", "SELECT id FROM contact WHERE name LIKE 'Carla%'"),
        ("1234", "SELECT contact_id FROM address WHERE value LIKE '%1234%'"),
    ] {
        let found = crowd.walk(&format!("/contacts?q={q}&limit=70"), "id");
        each_once(found, crowd.ids(like), q);
    }
    let mut page = crowd.desk.get(&crowd.person, "/contacts?q=carla").body;
    let mut found = 0;
    loop {
        found += page.matches("<li><a href=\"/contacts/").count();
        let Some((_, rest)) = page.split_once("href=\"/contacts?q=carla&amp;before=") else { break };
        let place = rest.split('"').next().unwrap().to_owned();
        page = crowd.desk.get(&crowd.person, &format!("/contacts?q=carla&before={place}")).body;
    }
    assert_eq!(found, crowd.ids("SELECT id FROM contact WHERE name LIKE 'Carla%'").len());
}

#[test]
fn s196_from_to_and_their_opposites_ask_everybody_of_that_name() {
    let crowd = crowd();
    let all = |name: &str| match name {
        "ana" => crowd.ids("SELECT id FROM contact WHERE name LIKE 'Ana%'"),
        "carla" => crowd.ids("SELECT id FROM contact WHERE name LIKE 'Carla%'"),
        _ => crowd.ids("SELECT id FROM contact WHERE name NOT LIKE 'Ana%'"),
    };
    for (q, name) in [
        ("from:ana", "ana"),
        ("to:ana", "ana"),
        ("from:ana+parcel", "ana"),
        ("from:carla", "carla"),
        ("to:carla+answer", "carla"),
        ("-from:ana+parcel", "no ana"),
    ] {
        each_once(crowd.walk(&format!("/search?q={q}&limit=200"), "conversation_id"), all(name), q);
    }
}

#[test]
fn s11_a_walk_over_the_hits_meets_each_conversation_once_while_messages_arrive() {
    let crowd = crowd();
    let all = crowd.ids("SELECT id FROM conversation");
    each_once(crowd.walk("/search?q=the&limit=200", "conversation_id"), all.clone(), "newest first");
    each_once(crowd.walk("/search?q=the&limit=190&sort=best", "conversation_id"), all.clone(), "best first");
    let first = crowd.page("/search?q=the&limit=200");
    // Somebody far down writes again before the second page is asked for.
    crowd.desk.write(|tx| {
        tx.execute(
            "INSERT INTO message (conversation_id, kind_no, body, state_no, at)
             VALUES (1, 0, 'the end', 0, 3000)",
            [],
        )?;
        store::words::added(tx, Id::new(tx.last_insert_rowid()));
        Ok(())
    });
    let items = first["items"].as_array().unwrap();
    let mut found: Vec<i64> = items.iter().map(|one| one["conversation_id"].as_i64().unwrap()).collect();
    let mut next = first["next_cursor"].as_str().map(str::to_owned);
    assert!(next.is_some());
    while let Some(cursor) = next {
        let page = crowd.page(&format!("/search?q=the&limit=200&cursor={cursor}"));
        let items = page["items"].as_array().unwrap();
        found.extend(items.iter().map(|one| one["conversation_id"].as_i64().unwrap()));
        next = page["next_cursor"].as_str().map(str::to_owned);
    }
    each_once(found, all, "while messages arrive");
}

#[test]
fn s11_words_that_are_common_and_seldom_meet_are_all_found_piece_by_piece() {
    let crowd = crowd();
    crowd.desk.write(|tx| {
        // Over ten blocks of the index, and words of which it believes that they stand in millions of messages.
        tx.execute_batch(
            "UPDATE message SET id = -id * 110, body = body || iif(id % 3, '', ' blue') || iif(id % 7, '', ' green');
             UPDATE message SET id = -id",
        )?;
        store::words::rebuild(tx, &mut |_| {})?;
        tx.execute_batch("UPDATE term SET rank = 25 WHERE word IN ('blue', 'green', 'the')")?;
        Ok(())
    });
    let of = |sql: &'static str| -> Vec<i64> { crowd.ids(sql) };
    let both = of("SELECT DISTINCT conversation_id FROM message WHERE body LIKE '%blue green'");
    let one = of("SELECT DISTINCT conversation_id FROM message WHERE body LIKE '%blue'");
    assert!(both.len() > 200 && one.len() > both.len());
    let begun = of("SELECT DISTINCT conversation_id FROM message WHERE body LIKE '%green'");
    for (q, wanted) in [("blue+green+", &both), ("the+blue+-green", &one), ("the+gree", &begun)] {
        each_once(crowd.walk(&format!("/search?q={q}&limit=50"), "conversation_id"), wanted.clone(), q);
    }
}

#[test]
fn s196_the_newest_message_of_a_long_thread_is_found_by_who_wrote_it() {
    let crowd = crowd();
    crowd.desk.write(|tx| {
        tx.execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7000)
             INSERT INTO message (conversation_id, kind_no, body, state_no, at)
             SELECT 7, 1 - i % 2, iif(i = 6999, 'xylophone', 'tick'), 0, i FROM n",
        )?;
        store::words::rebuild(tx, &mut |_| {})
    });
    let page = crowd.page("/search?q=from:%22Ben+Nr7%22+xylophone");
    assert_eq!(page["items"][0]["conversation_id"], 7);
    let page = crowd.page("/search?q=from:%22Ben+Nr7%22");
    let newest = crowd.ids("SELECT max(id) - 1 FROM message");
    assert_eq!(page["items"][0]["messages"][0]["id"], newest[0]);
}

#[test]
fn s12_s14_a_search_by_what_conversations_are_counts_those_of_other_statuses() {
    let crowd = crowd();
    crowd.desk.write(|tx| {
        tx.execute_batch(
            "INSERT INTO tag (id, name, key, colour, created_at) VALUES (1, 'VIP', 'vip', 'red', 0);
             INSERT INTO conversation_tag (conversation_id, tag_id, status, last_message_at)
                 SELECT id, 1, status, last_message_at FROM conversation WHERE id IN (3, 4, 5, 6);",
        )?;
        Ok(())
    });
    let page = crowd.page("/search?q=tag:VIP+status:snoozed");
    assert_eq!(page["items"][0]["conversation_id"], 4);
    let elsewhere = serde_json::json!([
        { "status": "open", "hits": 1, "more": false }, { "status": "closed", "hits": 2, "more": false }
    ]);
    assert_eq!(page["elsewhere"], elsewhere);
    let page = crowd.page("/search?q=channel:sms+status:snoozed");
    assert_eq!((&page["elsewhere"][1]["hits"], &page["elsewhere"][1]["more"]), (&50.into(), &true.into()));
    let snoozed = crowd.ids("SELECT id FROM conversation WHERE status = 'snoozed'");
    each_once(
        crowd.walk("/search?q=channel:sms+status:snoozed&limit=11", "conversation_id"),
        snoozed,
        "channel",
    );
}

#[test]
fn a_place_that_somebody_made_up_leads_to_an_empty_page() {
    let crowd = crowd();
    let told = crowd.page("/search?q=the&sort=best&cursor=b1000.18446744073709551615.1000");
    assert_eq!((&told["items"], &told["next"]), (&serde_json::json!([]), &Value::Null), "{told}");
    let soon = crowd.page("/search?q=the+before:2100-01&limit=5");
    assert_eq!(crowd.page("/search?q=the+before:9998&limit=5")["items"], soon["items"]);
}
