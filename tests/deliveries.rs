//! Recorded deliveries: a provider's bytes in, the events that stand beside them out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::TestDesk;
use crate::support::channel::{account, connect, whatsapp as number};
use crate::support::desk::NOON;
use crate::support::shown;
use serde_json::{Value, json};
use transom::channels::{self, Account, Malformed, Raw};
use transom::domain::channel::Kind;
use transom::domain::inbound::Event;

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Event>, Malformed> {
    let headers = BTreeMap::new();
    let raw = Raw { headers: &headers, body, received_at: NOON };
    channels::provider(account.channel.kind).unwrap().parse(account, &raw)
}

pub fn recorded(folder: &str) -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/webhooks").join(folder);
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let read = |path: PathBuf| {
        let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (path, value)
    };
    found.into_iter().map(read).collect()
}

pub fn every_delivery_tells_what_is_written_beside_it(account: &Account, folder: &str) -> usize {
    let all = recorded(folder);
    let mut wrong = Vec::new();
    for (path, delivery) in &all {
        let told = parse(account, delivery["body"].to_string().as_bytes());
        let told = match told {
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
    all.len()
}

#[test]
fn whatsapp() {
    let desk = TestDesk::new();
    let channel = number(&desk, "");
    let read = every_delivery_tells_what_is_written_beside_it(&account(&desk, &channel), "whatsapp");
    assert!(read >= 45, "{read}");
}

#[test]
fn custom() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Custom, &[("secret", "s")]);
    let read = every_delivery_tells_what_is_written_beside_it(&account(&desk, &channel), "custom");
    assert!(read >= 18, "{read}");
}

/// Whatever is cut, swapped or left out: an answer, never a panic.
#[test]
fn damaged_deliveries_break_nothing() {
    let desk = TestDesk::new();
    let meta = account(&desk, &number(&desk, ""));
    let own = account(&desk, &connect(&desk, Kind::Custom, &[("secret", "s")]));
    for (account, folder) in [(&meta, "whatsapp"), (&own, "custom")] {
        for (_, delivery) in recorded(folder) {
            let text = delivery["body"].to_string();
            let bytes = text.as_bytes();
            for cut in (0..bytes.len()).step_by(7) {
                let _ = parse(account, &bytes[..cut]);
            }
            for hole in holes(&delivery["body"]) {
                let _ = parse(account, hole.to_string().as_bytes());
            }
        }
    }
    for body in ["", "null", "[]", "{}", "7", "\"\"", "{\"entry\":[7]}", "{\"entry\":[{\"changes\":7}]}"] {
        assert!(parse(&meta, body.as_bytes()).is_err(), "{body}");
    }
}

/// The value with each of its parts once taken for something else.
pub fn holes(value: &Value) -> Vec<Value> {
    let mut found = vec![Value::Null, json!(7), json!("x"), json!([]), json!({})];
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for hole in holes(item) {
                    let mut copy = items.clone();
                    copy[index] = hole;
                    found.push(Value::Array(copy));
                }
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                for hole in holes(item) {
                    let mut copy = fields.clone();
                    copy.insert(name.clone(), hole);
                    found.push(Value::Object(copy));
                }
            }
        }
        _ => {}
    }
    found
}
