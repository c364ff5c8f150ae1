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

/// The bytes of a delivery: what stands there as XML, or the JSON.
fn text(delivery: &Value) -> String {
    delivery["xml"].as_str().map_or_else(|| delivery["body"].to_string(), str::to_owned)
}

pub fn every_delivery_tells_what_is_written_beside_it(account: &Account, folder: &str) -> usize {
    let all = recorded(folder);
    let mut wrong = Vec::new();
    for (path, delivery) in &all {
        let told = parse(account, text(delivery).as_bytes());
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

#[test]
fn messenger() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Messenger, &[("page_id", "110022")]);
    let read = every_delivery_tells_what_is_written_beside_it(&account(&desk, &channel), "messenger");
    assert!(read >= 50, "{read}");
}

#[test]
fn instagram() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Instagram, &[("account_id", "17841400000000001")]);
    let read = every_delivery_tells_what_is_written_beside_it(&account(&desk, &channel), "instagram");
    assert!(read >= 48, "{read}");
}

#[test]
fn tiktok() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Tiktok, &[("business_id", "biz-1")]);
    let read = every_delivery_tells_what_is_written_beside_it(&account(&desk, &channel), "tiktok");
    assert!(read >= 20, "{read}");
}

#[test]
fn wechat() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Wechat, &[("app_id", "wx1")]);
    let read = every_delivery_tells_what_is_written_beside_it(&account(&desk, &channel), "wechat");
    assert!(read >= 29, "{read}");
}

/// Whatever is cut, swapped or left out: an answer, never a panic.
#[test]
fn damaged_deliveries_break_nothing() {
    let desk = TestDesk::new();
    let meta = account(&desk, &number(&desk, ""));
    let other = |kind, given: &[(&str, &str)]| account(&desk, &connect(&desk, kind, given));
    let accounts = [
        (meta.clone(), "whatsapp"),
        (other(Kind::Custom, &[("secret", "s")]), "custom"),
        (other(Kind::Messenger, &[("page_id", "110022")]), "messenger"),
        (other(Kind::Instagram, &[("account_id", "17841400000000001")]), "instagram"),
        (other(Kind::Tiktok, &[("business_id", "biz-1")]), "tiktok"),
        (other(Kind::Wechat, &[("app_id", "wx1")]), "wechat"),
    ];
    for (account, folder) in &accounts {
        for (_, delivery) in recorded(folder) {
            let text = text(&delivery);
            let bytes = text.as_bytes();
            for cut in (0..bytes.len()).step_by(7) {
                let _ = parse(account, &bytes[..cut]);
                let _ = parse(account, &[&bytes[..cut], &bytes[(cut + 5).min(bytes.len())..]].concat());
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

/// Every kind of thing that customers send, for every channel: a recorded delivery, or why there is none. What a body
/// says that it is must also be what is read of it.
#[test]
fn every_kind_of_thing_is_recorded_for_every_channel_or_reasoned_away() {
    let table: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(include_str!("data/kinds.json")).unwrap();
    assert_eq!(table.len(), 22);
    let mut wrong = Vec::new();
    for (kind, row) in &table {
        let channels: Vec<&str> = row.keys().map(String::as_str).collect();
        assert_eq!(channels, FOLDERS, "{kind}");
        for (channel, cell) in row {
            match cell.strip_prefix('-') {
                Some(why) if why.len() > 5 => {}
                Some(_) => wrong.push(format!("{kind} on {channel} has no reason")),
                None => wrong.extend(unlike(kind, channel, cell)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const FOLDERS: [&str; 10] =
    ["custom", "instagram", "line", "messenger", "sms", "telegram", "tiktok", "viber", "wechat", "whatsapp"];

/// Why a recorded delivery is not of this kind, if it is not.
fn unlike(kind: &str, channel: &str, name: &str) -> Option<String> {
    let found = recorded(channel).into_iter().find(|(path, _)| path.file_stem().unwrap() == name);
    let Some((_, delivery)) = found else { return Some(format!("{channel}/{name}.json is not there")) };
    let events = delivery["events"].as_array().cloned().unwrap_or_default();
    let any = |pointer: &str| events.iter().any(|event| event.pointer(pointer).is_some());
    let good = match kind {
        "text" | "late" => any("/message/body"),
        "image" | "file" | "voice" | "video" => any("/message/files"),
        "location" => any("/message/extra/location"),
        "contacts" | "sticker" => {
            any("/message/body") || any("/message/extra/label") || any("/message/files")
        }
        "many in one" => events.len() > 1,
        "not ours" => events.is_empty() || any("/ignored"),
        "unknown" => delivery["malformed"] == true || any("/ignored") || any("/message/extra/label"),
        _ => !events.is_empty(),
    };
    (!good).then(|| format!("{channel}/{name}.json is no {kind}: {}", delivery["events"]))
}

/// Where a body was taken from stands in it; what is made here says so.
#[test]
fn every_recorded_delivery_names_its_source() {
    for channel in FOLDERS {
        for (path, delivery) in recorded(channel) {
            let source = delivery["source"].as_str().unwrap_or_default();
            assert!(source.len() > 12, "{}", path.display());
        }
    }
}
