//! Recorded deliveries of the channels that are bots and numbers: bytes in, events out.

use std::collections::BTreeMap;

use crate::deliveries::{every_delivery_tells_what_is_written_beside_it, holes, parse, recorded};
use crate::support::TestDesk;
use crate::support::channel::account;
use crate::support::desk::NOON;
use crate::support::{bots, shown};
use serde_json::{Value, json};
use transom::channels::{self, Account, Malformed, Raw};
use transom::domain::channel::Kind;
use transom::domain::inbound::Event;

fn of(desk: &TestDesk, kind: Kind) -> Account {
    account(desk, &bots::connected(desk, kind, ""))
}

#[test]
fn telegram() {
    let desk = TestDesk::new();
    let read = every_delivery_tells_what_is_written_beside_it(&of(&desk, Kind::Telegram), "telegram");
    assert!(read >= 35, "{read}");
}

#[test]
fn line() {
    let desk = TestDesk::new();
    let read = every_delivery_tells_what_is_written_beside_it(&of(&desk, Kind::Line), "line");
    assert!(read >= 33, "{read}");
}

#[test]
fn viber() {
    let desk = TestDesk::new();
    let read = every_delivery_tells_what_is_written_beside_it(&of(&desk, Kind::Viber), "viber");
    assert!(read >= 22, "{read}");
}

fn form(fields: &Value) -> String {
    let fields = fields.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap()));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn parse_form(account: &Account, query: &str, body: &[u8]) -> Result<Vec<Event>, Malformed> {
    let headers = BTreeMap::from([("?".to_owned(), query.to_owned())]);
    channels::provider(Kind::Sms).unwrap().parse(account, &Raw { headers: &headers, body, received_at: NOON })
}

/// The provider of numbers delivers forms, and our own word comes back in the query.
#[test]
fn sms() {
    let desk = TestDesk::new();
    let account = of(&desk, Kind::Sms);
    let (mut wrong, all) = (Vec::new(), recorded("sms"));
    for (path, delivery) in &all {
        let query = delivery["query"].as_str().unwrap_or_default();
        let told = match parse_form(&account, query, form(&delivery["body"]).as_bytes()) {
            Ok(events) => json!(events.iter().map(shown::event).collect::<Vec<_>>()),
            Err(_) => json!("malformed"),
        };
        let expected =
            if delivery["malformed"] == true { json!("malformed") } else { delivery["events"].clone() };
        if told != expected {
            wrong.push(format!("{}\n{told:#}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() >= 28, "{}", all.len());
}

/// Whatever is cut, swapped or left out: an answer, never a panic.
#[test]
fn damaged_deliveries_break_nothing() {
    let desk = TestDesk::new();
    for (kind, folder) in [(Kind::Telegram, "telegram"), (Kind::Line, "line"), (Kind::Viber, "viber")] {
        let account = of(&desk, kind);
        for (_, delivery) in recorded(folder) {
            let text = delivery["body"].to_string();
            for cut in (0..text.len()).step_by(5) {
                assert!(parse(&account, &text.as_bytes()[..cut]).is_err(), "{text}");
            }
            for hole in holes(&delivery["body"]) {
                let _ = parse(&account, hole.to_string().as_bytes());
            }
        }
        for body in ["", "null", "[]", "{}", "7", "\"\"", "{\"events\":7}", "{\"update_id\":\"7\"}"] {
            assert!(parse(&account, body.as_bytes()).is_err(), "{folder} {body}");
        }
    }
    let account = of(&desk, Kind::Sms);
    for (_, delivery) in recorded("sms") {
        let text = form(&delivery["body"]);
        for cut in 0..text.len() {
            let _ = parse_form(&account, "key=%", &text.as_bytes()[..cut]);
            let _ = parse_form(&account, "", &text.as_bytes()[cut..]);
        }
    }
    assert!(parse_form(&account, "", b"\xff%zz&=&&").is_err());
}
