//! One odd conversation of another team inbox: it is named in the report, what lies behind it comes, and the next import
//! tries it again.

use serde_json::{Value, json};

use super::{chatwoot, desk, number, told};
use crate::support::elsewhere::{Chatwoot, Libredesk};
use crate::support::process::{complained, run};
use crate::support::provider::Say;

const FIRST: &str = "/conversations/7/messages?after=0";

fn answer(status: u16, body: &Value) -> Say {
    Say::Answer(status, body.to_string())
}

fn libredesk<'a>(there: &'a Libredesk, db: &'a str) -> Vec<&'a str> {
    let url = &there.server.url;
    vec!["import", "libredesk", "--url", url, "--key", "key", "--secret", "word", "--json", "--db", db]
}

/// What the report says of one conversation that did not come.
fn is_left_out(report: &Value, why: &str, their: &str) {
    assert_eq!(report["complete"], false, "{report}");
    assert_eq!(report["conversations"]["left_out"], 1, "{report}");
    let found = report["differences"].as_array().unwrap().iter().find(|one| one["of"] == "conversations");
    let found = found.unwrap_or_else(|| panic!("{report}"));
    assert!(found["why"].as_str().unwrap().contains(why), "{report}");
    assert_eq!(found["numbers"], json!([their]), "{report}");
}

/// Another import from a desk that has recovered brings all the rest.
fn comes_later(words: &[&str], new: i64) {
    let second = told(words);
    assert_eq!((&second["complete"], &second["messages"]["new"]), (&json!(true), &json!(new)), "{second}");
}

#[test]
fn a_conversation_that_is_gone_does_not_keep_the_others_away() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    there.server.say(FIRST, &[answer(404, &json!({}))]);
    let words = chatwoot(&there, &db);
    let first = told(&words);
    is_left_out(&first, "gone", "7");
    assert_eq!(first["messages"]["new"], 3, "{first}");
    assert_eq!(number(&db, "SELECT count(*) FROM conversation"), 2, "nothing empty is left behind");
    let plain: Vec<&str> = words.into_iter().filter(|word| *word != "--json").collect();
    let shown = String::from_utf8(run(&plain).stdout).unwrap();
    assert!(!shown.contains("Everything is here"), "{shown}");
}

#[test]
fn a_conversation_that_breaks_in_the_middle_comes_with_the_next_import() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    there.server.say("/conversations/7/messages?after=102", &[answer(500, &json!({}))]);
    let words = chatwoot(&there, &db);
    let first = told(&words);
    is_left_out(&first, "answer 500", "7");
    assert_eq!(first["messages"]["new"], 6, "{first}");
    assert_eq!(number(&db, "SELECT count(*) FROM conversation WHERE id = 1 AND status = 'closed'"), 1);
    there.chats(crate::support::elsewhere::day(4), &[]);
    comes_later(&words, 5);
    assert_eq!(number(&db, "SELECT count(*) FROM conversation WHERE id = 1 AND status = 'open'"), 1);
}

#[test]
fn an_instance_that_breaks_as_a_whole_ends_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    there.server.say(FIRST, &[answer(400, &json!({}))]);
    let well = answer(
        200,
        &json!({ "payload": [{ "id": 1, "name": "Shop", "channel_type": "Channel::Whatsapp" }] }),
    );
    there.server.say("/inboxes", &[well, answer(401, &json!({}))]);
    let output = run(&chatwoot(&there, &db));
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("does not let us in"), "{}", complained(&output));
    assert!(there.server.seen_at("/conversations/8/messages").is_empty());
}

#[test]
fn a_list_that_is_missing_is_no_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    there.server.say(FIRST, &[answer(200, &json!({}))]);
    let words = chatwoot(&there, &db);
    is_left_out(&told(&words), "no list", "7");
    there.chats(crate::support::elsewhere::day(4), &[]);
    comes_later(&words, 8);

    there.server.say("created_at_asc&page=1", &[answer(200, &json!({}))]);
    let output = run(&words);
    assert_eq!(output.status.code(), Some(1), "without its conversations there is nothing to take");
}

#[test]
fn what_is_no_message_is_counted_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    let odd = json!([null, "words", { "content": "x" }]);
    there.server.say("/conversations/9/messages?after=0", &[answer(200, &json!({ "payload": odd }))]);
    let words = chatwoot(&there, &db);
    let first = told(&words);
    assert_eq!(
        (&first["complete"], &first["messages"]["new"], &first["messages"]["left_out"]),
        (&json!(false), &json!(10), &json!(3)),
        "{first}"
    );
    assert_eq!(first["differences"][0]["times"], 3, "{first}");
    assert_eq!(number(&db, "SELECT count(*) FROM message WHERE at = 0"), 0);
    there.chats(crate::support::elsewhere::day(4), &[]);
    comes_later(&words, 1);
}

/// What does not say when it was said stands behind what it follows, and not in 1970.
#[test]
fn a_message_without_a_time_has_that_of_the_one_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    let timeless = json!({ "payload": [
        { "id": 300, "content": "First", "message_type": 0, "created_at": crate::support::elsewhere::day(2) },
        { "id": 301, "content": "Second", "message_type": 0 },
    ] });
    there.server.say("/conversations/9/messages?after=0", &[answer(200, &timeless)]);
    told(&chatwoot(&there, &db));
    assert_eq!(number(&db, "SELECT count(DISTINCT at) FROM message WHERE body IN ('First', 'Second')"), 1);
    assert_eq!(number(&db, "SELECT count(*) FROM message WHERE body = 'Second'"), 1);
    assert_eq!(number(&db, "SELECT count(*) FROM message WHERE at = 0"), 0);
}

#[test]
fn an_odd_conversation_of_a_libredesk_does_not_keep_the_others_away() {
    let odd = json!({ "status": "success", "data": { "results": [null, { "type": "incoming" }], "total_pages": 1 } });
    for (path, said, why) in [
        ("/conversations/u-1/messages?page=1", answer(404, &json!({})), "gone"),
        ("/conversations/u-1/messages?page=2", answer(200, &json!({ "status": "success" })), "no list"),
        ("/conversations/u-1/messages?page=1", answer(200, &odd), ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (db, there) = (desk(folder.path()), Libredesk::new());
        there.server.say(path, &[said]);
        there.threads();
        let first = told(&libredesk(&there, &db));
        assert_eq!((&first["complete"], &first["messages"]["new"]), (&json!(false), &json!(1)), "{first}");
        if why.is_empty() {
            assert_eq!(first["messages"]["left_out"], 2, "{first}");
        } else {
            is_left_out(&first, why, "u-1");
        }
        assert_eq!(number(&db, "SELECT count(*) FROM message WHERE at = 0"), 0);
    }
}

#[test]
fn a_conversation_of_a_libredesk_without_messages_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Libredesk::new());
    let empty = json!({ "status": "success", "data": { "results": null, "total": 0, "total_pages": 0 } });
    there.server.say("/conversations/u-2/messages?page=1", &[answer(200, &empty)]);
    there.threads();
    let first = told(&libredesk(&there, &db));
    assert_eq!((&first["complete"], &first["conversations"]["new"]), (&json!(true), &json!(2)), "{first}");
}
