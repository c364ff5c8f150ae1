//! How fast messages leave: as each provider allows it, for the account and for one person.

use transom::channels;
use transom::domain::channel::Settings;
use transom::store::throttle::{self, Of};

use super::*;

/// Threads of so many people on a channel, each with these messages waiting.
fn waiting(desk: &TestDesk, channel: &Channel, people: usize, texts: &[&str]) -> Vec<Id<Message>> {
    let marta = desk.person("Marta", Role::Admin);
    let kind = channel.card.speaks_as.person();
    let mut ids = Vec::new();
    for number in 0..people {
        let thread = thread(desk, channel, kind, &format!("+346{number:08}"));
        wrote(desk, channel, &thread, desk.now());
        ids.extend(texts.iter().map(|text| reply_to(desk, &marta, &thread, text).unwrap()));
    }
    desk.pass(Span::seconds(6));
    ids
}

fn sent(desk: &TestDesk, ids: &[Id<Message>]) -> usize {
    ids.iter().filter(|id| message_of(desk, **id).state == State::Sent).count()
}

fn simulated(desk: &TestDesk, kind: &str) -> Channel {
    connect(desk, Kind::Simulator, &[("speaks_as", kind)])
}

/// Telegram: three at once to one person, then one a second; nobody else waits for that.
#[test]
fn messages_to_one_person_leave_at_the_pace_of_the_provider() {
    let desk = TestDesk::new();
    let channel = simulated(&desk, "telegram");
    let many = waiting(&desk, &channel, 1, &["1", "2", "3", "4", "5"]);
    assert_eq!(job::drain(&desk.desk), 3);
    let oscar = thread(&desk, &channel, AddressKind::Telegram, "77");
    let oscar_writes = desk.person("Oscar", Role::Admin);
    let other = reply_to(&desk, &oscar_writes, &oscar, "hello").unwrap();
    assert_eq!(sent(&desk, &many), 3);
    // What a restart finds in the file.
    let person = conversation_of(&desk, Id::new(1)).address;
    let (id, now) = (channel.id, desk.now());
    let bucket = desk.read(move |c| throttle::get(c, id, Of::Person(person))).unwrap();
    assert_eq!((bucket.from_at, bucket.full_at), (now + Span::seconds(1), now + Span::seconds(3)));
    desk.pass(Span(999));
    assert_eq!(job::drain(&desk.desk), 0);
    desk.pass(Span(1));
    assert_eq!((job::drain(&desk.desk), sent(&desk, &many)), (1, 4));
    desk.pass(Span::seconds(5));
    assert_eq!((job::drain(&desk.desk), sent(&desk, &many)), (2, 5));
    assert_eq!(message_of(&desk, other).state, State::Sent);
    // Once everything is full again, the next sending forgets what was remembered.
    desk.pass(Span::hours(1));
    let line = simulated(&desk, "line");
    let bo = thread(&desk, &line, AddressKind::Line, "U1");
    reply_to(&desk, &oscar_writes, &bo, "x").unwrap();
    desk.pass(Span::seconds(6));
    job::drain(&desk.desk);
    assert_eq!(desk.read(move |c| throttle::get(c, id, Of::Person(person))), None);
}

/// WhatsApp: 45 at once to one person and one in six seconds after that (131056), below the 80 a second of a number.
#[test]
fn whatsapp_keeps_its_pair_rate_and_the_rate_of_the_number() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[taken("wamid.x")]);
    for number in 0..50 {
        stage.reply(&number.to_string());
    }
    assert_eq!(stage.send(), 30, "at once");
    stage.desk.pass(Span::seconds(1));
    assert_eq!(job::drain(&stage.desk.desk), 15, "45 to one person");
    stage.desk.pass(Span::seconds(5));
    assert_eq!(job::drain(&stage.desk.desk), 1);
    stage.desk.pass(Span::seconds(6));
    assert_eq!(job::drain(&stage.desk.desk), 1);
    assert_eq!(stage.sends().len(), 47);
}

/// The whole account waits, in the file, so that the next start waits as well.
#[test]
fn a_provider_that_asks_for_a_rest_gets_it_for_the_whole_account() {
    let desk = TestDesk::new();
    let provider = StandIn::new();
    let busy = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 40",
        "parameters": { "retry_after": 40 } });
    let fine = json!({ "ok": true, "result": { "message_id": 7 } });
    provider.say("/sendMessage", &[Say::Answer(429, busy.to_string()), Say::Answer(200, fine.to_string())]);
    let settings = [("bot_token", "1:abc"), ("mode", "polling"), ("api_base", provider.url.as_str())];
    let channel = connect(&desk, Kind::Telegram, &settings);
    let ids = waiting(&desk, &channel, 3, &["x"]);
    assert_eq!(job::drain(&desk.desk), 1);
    desk.pass(Span::seconds(39));
    assert_eq!(job::drain(&desk.desk), 0);
    assert_eq!(provider.seen_at("/sendMessage").len(), 1);
    desk.pass(Span::seconds(11));
    assert_eq!((job::drain(&desk.desk), sent(&desk, &ids)), (3, 3));
}

/// A long number sends one part a second: what has three parts makes the next one wait for three seconds.
#[test]
fn parts_of_an_sms_are_counted() {
    let desk = TestDesk::new();
    let channel = simulated(&desk, "sms");
    let long = "x".repeat(320);
    let ids = waiting(&desk, &channel, 3, &[&long]);
    assert_eq!(job::drain(&desk.desk), 1);
    desk.pass(Span(2999));
    assert_eq!(job::drain(&desk.desk), 0);
    desk.pass(Span(1));
    assert_eq!((job::drain(&desk.desk), sent(&desk, &ids)), (1, 2));
    let quick = Settings::from([("per_second".to_owned(), "100".to_owned())]);
    let pace = channels::card(Kind::Sms, &quick).pace.unwrap().account;
    assert_eq!((pace.count, pace.burst), (76, 25));
}

#[test]
fn a_film_weighs_more_than_a_text_and_a_text_apart_counts_itself() {
    let card = |kind| channels::card(kind, &Settings::new());
    let weigh = |kind, text: &str, files: &[&str]| card(kind).weight(text, files.iter().copied());
    assert_eq!(weigh(Kind::Messenger, "x", &[]), 1);
    assert_eq!(weigh(Kind::Messenger, "x", &["image/png"]), 2, "two calls");
    assert_eq!(weigh(Kind::Messenger, "", &["video/mp4"]), 4);
    assert_eq!(weigh(Kind::Whatsapp, "x", &["video/mp4"]), 1, "a caption");
    assert_eq!(weigh(Kind::Sms, &"ñ😀".repeat(40), &[]), 2);
    assert_eq!(weigh(Kind::Sms, "", &["image/png"]), 1);
}

/// In any second no more than the provider publishes.
#[test]
fn no_second_holds_more_than_the_provider_publishes() {
    let published = [
        (Kind::Whatsapp, 80),
        (Kind::Messenger, 40),
        (Kind::Instagram, 40),
        (Kind::Telegram, 30),
        (Kind::Line, 2000),
        (Kind::Tiktok, 10),
        (Kind::Sms, 1),
    ];
    for (kind, most) in published {
        let rate = channels::card(kind, &Settings::new()).pace.unwrap().account;
        let (mut bucket, mut leaves) = (None, Vec::new());
        let mut now = Timestamp(0);
        for _ in 0..3 * most {
            now = bucket.map_or(now, |bucket: transom::domain::throttle::Bucket| bucket.from_at.max(now));
            leaves.push(now);
            bucket = Some(rate.take(bucket, 1, now));
        }
        for (first, at) in leaves.iter().enumerate() {
            let within =
                leaves[first..].iter().take_while(|other| other.since(*at) < Span::seconds(1)).count();
            assert!(within <= most, "{kind:?}: {within}");
        }
    }
}
