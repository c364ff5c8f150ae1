//! Deliveries that no provider sent.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use transom::domain::Timestamp;
use transom::domain::channel::Kind;

use crate::client::{Client, apart, count, of_crowd};
use crate::process::{Served, complained, run};
use crate::signed::{self, Account, Delivery, KINDS, Written, delivery};
use crate::times;

/// Where the desk is called: it has no other public address.
const PUBLIC: &str = "http://localhost";
const SECRET: &str = "the-secret-of-the-one";
/// Of the same length, of a second account of each kind.
const OTHER: &str = "the-secret-of-another";

/// Connects an account and returns its number.
fn connect(db: &Path, kind: Kind, secret: &str) -> i64 {
    let set: Vec<String> =
        signed::settings(kind, secret).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    // Nobody is called.
    let nowhere = (kind != Kind::Custom).then(|| "api_base=http://127.0.0.1:9".to_owned());
    let mut words = vec!["channel", "add", kind.as_str(), "--json", "--db", db.to_str().unwrap()];
    words.extend(set.iter().chain(&nowhere).flat_map(|set| ["--set", set.as_str()]));
    let made = run(&words);
    assert!(made.status.success(), "{}", complained(&made));
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    told["id"].as_i64().unwrap()
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

/// What somebody sends who has the address of the channel and has seen one delivery; each with what is wrong.
fn forgeries(kind: Kind, good: &Delivery, elsewhere: &Delivery) -> Vec<(&'static str, Delivery)> {
    let query = |of: &Delivery| of.target.split_once('?').map(|(_, query)| format!("?{query}"));
    let mut crossed = good.clone();
    crossed.headers.clone_from(&elsewhere.headers);
    let path = good.target.split('?').next().unwrap();
    crossed.target = format!("{path}{}", query(elsewhere).unwrap_or_default());
    let mut bare = good.clone();
    bare.headers.clear();
    path.clone_into(&mut bare.target);
    // Two kinds do not sign what they bring: there the signature is what is changed.
    let mut changed = good.clone();
    if matches!(kind, Kind::Telegram | Kind::Wechat) {
        changed = signed_by(kind, changed, |signature| signature.chars().rev().collect());
    } else {
        changed.body = changed.body.replace("goodness", "wickedness");
        assert_ne!(changed.body, good.body, "{}", kind.as_str());
    }
    vec![
        ("no signature", bare),
        ("the signature of another channel", crossed),
        ("another body", changed),
        ("a shorter signature", signed_by(kind, good.clone(), |signature| signature[1..].to_owned())),
    ]
}

/// T7: whatever is wrong with a signature, nothing is kept. The medians of one that differs in its first letter and of one
/// that differs in its last are printed.
#[test]
fn a_forged_delivery_is_refused_on_every_channel_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let channels: Vec<(Kind, i64, i64)> =
        KINDS.iter().map(|kind| (*kind, connect(&db, *kind, SECRET), connect(&db, *kind, OTHER))).collect();
    let served = Served::with(&db, &["serve"], "Transom serves");
    let written = |number| Written { person: 1, number, text: "goodness".to_owned() };
    let (mut tried, mut first, mut last) = (0, BTreeMap::new(), BTreeMap::new());
    for round in 0..times(4, 167) {
        // Each with an address of its own: beyond sixty a minute an address is told 429 instead.
        let mut client = Client::at(&served, of_crowd(8, round));
        for (kind, one, other) in &channels {
            let (number, now) = (1_000 + round, now());
            let at = |id, secret| {
                delivery(Account { kind: *kind, id, secret, public: PUBLIC }, &written(number), "", now)
            };
            let good = at(*one, SECRET);
            for (what, forged) in forgeries(*kind, &good, &at(*other, OTHER)) {
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
    assert_eq!(count(&db, "SELECT count(*) FROM inbound"), 0, "nothing of it is kept");
    assert_eq!(count(&db, "SELECT count(*) FROM contact"), 0);
    // Each of them would have been taken as it was.
    let mut client = Client::near(&served);
    for (number, (kind, one, _)) in channels.iter().enumerate() {
        let account = Account { kind: *kind, id: *one, secret: SECRET, public: PUBLIC };
        let (status, _) = post(&mut client, &delivery(account, &written(number), "", now()));
        assert_eq!(status, 200, "{}", kind.as_str());
    }
    assert_eq!(count(&db, "SELECT count(*) FROM inbound"), i64::try_from(KINDS.len()).unwrap());
    println!("forged deliveries: {tried} on {} channels, none kept", KINDS.len());
    assert!(served.stop(), "it stops well");
}
