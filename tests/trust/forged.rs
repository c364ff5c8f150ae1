//! Deliveries that no provider sent.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use transom::domain::Timestamp;
use transom::domain::channel::Kind;

use crate::client::{Client, apart, count, of_crowd};
use crate::process::{Served, complained, run};
use crate::times;
use crate::traffic::{Delivery, KINDS, Written, delivery, settings};

/// Where nobody listens: no provider is called.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Connects an account and returns its number; `change` makes another secret of the one that deliveries are signed with.
fn connect(db: &Path, kind: Kind, change: impl Fn(&str) -> String) -> i64 {
    let given = settings(kind, NOWHERE);
    let set: Vec<String> = given.iter().map(|(name, value)| format!("{name}={}", change(value))).collect();
    let mut words = vec!["channel", "add", kind.as_str(), "--json", "--db", db.to_str().unwrap()];
    words.extend(set.iter().flat_map(|set| ["--set", set.as_str()]));
    let made = run(&words);
    assert!(made.status.success(), "{}", complained(&made));
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    told["id"].as_i64().unwrap()
}

/// Somebody who calls the desk by its public name, which one provider signs.
fn caller(served: &Served, from: Ipv4Addr) -> Client {
    let mut client = Client::at(served, from);
    client.host = "desk.example.org";
    client
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

/// Posts it; the status of the answer and how long it took.
fn post(client: &mut Client, delivery: &Delivery) -> (u16, Duration) {
    let Delivery { target, media_type, headers, body } = delivery;
    let mut lines = format!("Content-Type: {media_type}\r\n");
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    let begun = Instant::now();
    let answer = client.ask("POST", target, &lines, body);
    (answer.status, begun.elapsed())
}

/// The same delivery under a changed signature: that of one provider stands in its query.
fn signed_by(kind: Kind, mut forged: Delivery, change: impl Fn(&str) -> String) -> Delivery {
    if kind == Kind::Wechat {
        let (path, query) = forged.target.split_once("?signature=").unwrap();
        let (signature, rest) = query.split_once('&').unwrap();
        forged.target = format!("{path}?signature={}&{rest}", change(signature));
    } else {
        for (_, value) in &mut forged.headers {
            // The word before it, as in `sha256=`, and the padding after it stay.
            let end = value.trim_end_matches('=').len();
            let begin = value[..end].rfind('=').map_or(0, |equals| equals + 1);
            *value = format!("{}{}{}", &value[..begin], change(&value[begin..end]), &value[end..]);
        }
    }
    forged
}

/// Another letter in this place.
fn differing(signature: &str, place: usize) -> String {
    let hexadecimal = signature.chars().all(|letter| letter.is_ascii_hexdigit());
    // The last letter of base64 carries a few bits only, and these letters have no others.
    let [one, other] = if hexadecimal { ["0", "1"] } else { ["A", "w"] };
    let with = if signature[place..].starts_with(one) { other } else { one };
    format!("{}{with}{}", &signature[..place], &signature[place + 1..])
}

/// What somebody sends who has the address of the channel and has seen one delivery; each with what is wrong. `other` is
/// a channel of the same kind with another secret.
fn forgeries(kind: Kind, good: &Delivery, other: i64) -> Vec<(&'static str, Delivery)> {
    let (path, query) = good.target.split_once('?').unwrap_or((&good.target, ""));
    let mark = if query.is_empty() { "" } else { "?" };
    let crossed = Delivery { target: format!("/hooks/{other}{mark}{query}"), ..good.clone() };
    let bare = Delivery { target: path.to_owned(), headers: Vec::new(), ..good.clone() };
    // Two kinds do not sign what they bring: there the signature is what is changed.
    let changed = if matches!(kind, Kind::Telegram | Kind::Wechat) {
        signed_by(kind, good.clone(), |signature| signature.chars().rev().collect())
    } else {
        Delivery { body: good.body.replace("goodness", "wickedness"), ..good.clone() }
    };
    assert!(changed.body != good.body || changed.headers != good.headers || changed.target != good.target);
    vec![
        ("no signature", bare),
        ("the signature of another channel", crossed),
        ("another body", changed),
        ("a shorter signature", signed_by(kind, good.clone(), |signature| signature[1..].to_owned())),
    ]
}

/// A delivery that would be taken.
fn genuine(kind: Kind, channel: i64, number: usize) -> Delivery {
    let (text, at) = ("goodness".to_owned(), now());
    delivery(&Written { kind, channel, person: 1, number, text, at }, at, "")
}

/// Sends forgeries to the first channel of each kind, and says how many; the medians are printed.
fn forge(served: &Served, channels: &[(Kind, i64, i64)]) -> usize {
    let (mut tried, mut first, mut last) = (0, BTreeMap::new(), BTreeMap::new());
    for round in 0..times(4, 167) {
        // Each with an address of its own: beyond sixty a minute an address is told 429 instead.
        let mut client = caller(served, of_crowd(8, round));
        for (kind, one, other) in channels {
            let good = genuine(*kind, *one, 1_000 + round);
            for (what, forged) in forgeries(*kind, &good, *other) {
                let (status, _) = post(&mut client, &forged);
                assert_eq!(status, 401, "{what} on {}", kind.as_str());
                tried += 1;
            }
            let end = |signature: &str| signature.len() - 1;
            let mut both = [
                (signed_by(*kind, good.clone(), |signature| differing(signature, 0)), &mut first),
                (signed_by(*kind, good.clone(), |signature| differing(signature, end(signature))), &mut last),
            ];
            if round % 2 == 1 {
                both.reverse();
            }
            for (forged, took) in both {
                let (status, waited) = post(&mut client, &forged);
                assert_eq!(status, 401, "{:?}", forged.headers);
                took.entry(kind.as_str()).or_insert_with(Vec::new).push(waited);
                tried += 1;
            }
        }
    }
    let all = |all: &BTreeMap<&str, Vec<Duration>>| all.values().flatten().copied().collect::<Vec<_>>();
    apart("all, wrong at the first and at the last letter", &mut all(&first), &mut all(&last));
    for kind in KINDS {
        let (mut one, mut other) =
            (first.remove(kind.as_str()).unwrap(), last.remove(kind.as_str()).unwrap());
        apart(&format!("{}, wrong at the first and at the last letter", kind.as_str()), &mut one, &mut other);
    }
    tried
}

/// T7: whatever is wrong with a signature, nothing is kept. The medians of one that differs in its first letter and of one
/// that differs in its last are printed.
#[test]
fn a_forged_delivery_is_refused_on_every_channel_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let another = |value: &str| value.replace("the-secret", "the-xecret");
    let channels: Vec<(Kind, i64, i64)> = KINDS
        .iter()
        .map(|kind| (*kind, connect(&db, *kind, str::to_owned), connect(&db, *kind, another)))
        .collect();
    let served = Served::with(&db, &["serve"], "Transom serves");
    let tried = forge(&served, &channels);
    assert_eq!(count(&db, "SELECT count(*) FROM inbound"), 0, "nothing of it is kept");
    assert_eq!(count(&db, "SELECT count(*) FROM contact"), 0);
    // Each of them would have been taken as it was.
    let mut client = caller(&served, Ipv4Addr::LOCALHOST);
    for (number, (kind, one, _)) in channels.iter().enumerate() {
        let (status, _) = post(&mut client, &genuine(*kind, *one, number));
        assert_eq!(status, 200, "{}", kind.as_str());
    }
    assert_eq!(count(&db, "SELECT count(*) FROM inbound"), i64::try_from(KINDS.len()).unwrap());
    println!("forged deliveries: {tried} on {} channels, none kept", KINDS.len());
    assert!(served.stop(), "it stops well");
}
