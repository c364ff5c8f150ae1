//! A bot that is asked for its news: kept once, in order, with the place where the next poll goes on.

use serde_json::{Value, json};

use crate::support::TestDesk;
use crate::support::bots;
use crate::support::channel::channel_of;
use crate::support::provider::{Say, StandIn};
use transom::channels::Secrets;
use transom::domain::Id;
use transom::domain::channel::{Channel, ChannelState, Kind};
use transom::domain::outbox::Next;
use transom::jobs::{self, inbound, poll};
use transom::store;

struct Bot {
    desk: TestDesk,
    api: StandIn,
    channel: Channel,
}

impl Bot {
    fn new() -> Bot {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let channel = bots::connected(&desk, Kind::Telegram, &api.url);
        Bot { desk, api, channel }
    }

    fn cursor(&self) -> String {
        self.desk.read(|connection| store::channel::cursor(connection, self.channel.id))
    }

    fn once(&self) -> Option<Result<(), transom::domain::outbox::Failure>> {
        poll::once(&self.desk.desk, self.channel.id)
    }

    fn kept(&self) -> i64 {
        self.desk.count("SELECT count(*) FROM inbound")
    }
}

fn update(id: i64, body: &str) -> Value {
    json!({ "update_id": id, "message": { "message_id": id, "date": 1_772_539_100, "text": body,
        "chat": { "id": 5_000_000_001_234_i64, "type": "private", "first_name": "Ana" } } })
}

fn news(updates: &[Value]) -> Say {
    Say::Answer(200, json!({ "ok": true, "result": updates }).to_string())
}

fn refusal(status: u16, words: &str) -> Say {
    Say::Answer(status, json!({ "ok": false, "error_code": status, "description": words }).to_string())
}

#[test]
fn what_is_polled_is_kept_once_and_the_next_poll_goes_on_behind_it() {
    let bot = Bot::new();
    let both = [update(11, "Hola"), update(12, "¿Hay té?")];
    bot.api.say("/getUpdates", &[news(&both), news(&both), news(&[])]);
    bot.once().unwrap().unwrap();
    assert_eq!((bot.cursor().as_str(), bot.kept()), ("7:12", 2));
    // A poll whose keeping was lost brings the same again.
    bot.once().unwrap().unwrap();
    bot.once().unwrap().unwrap();
    assert_eq!((bot.cursor().as_str(), bot.kept()), ("7:12", 2));
    let targets: Vec<String> = bot.api.seen().into_iter().map(|seen| seen.target).collect();
    assert!(targets[0].starts_with("/bot7:the-bot-token/getUpdates?offset=0&timeout=20&"), "{targets:?}");
    assert!(targets[1].contains("?offset=13&"), "{targets:?}");
    assert!(targets[0].contains("my_chat_member"), "{targets:?}");
    inbound::drain(&bot.desk.desk).unwrap();
    let said: Vec<String> = bot.desk.said(Id::new(1)).into_iter().map(|message| message.body).collect();
    assert_eq!(said, ["Hola", "¿Hay té?"]);
    assert!(channel_of(&bot.desk, bot.channel.id).received_at.is_some());
}

/// Numbers of updates mean nothing to another bot.
#[test]
fn another_bot_on_the_same_channel_begins_anew() {
    let bot = Bot::new();
    bot.api.say("/getUpdates", &[news(&[update(900, "x")]), news(&[update(3, "y")])]);
    bot.once().unwrap().unwrap();
    let secrets = Secrets::from([
        ("bot_token".to_owned(), "8:another".to_owned()),
        ("webhook_secret".to_owned(), "w".to_owned()),
    ]);
    let (id, sealed) = (bot.channel.id, bot.desk.desk.seal(&bot.channel, &secrets));
    bot.desk.write(move |tx| store::channel::set_secrets(tx, id, Some(&sealed)));
    bot.once().unwrap().unwrap();
    assert!(bot.api.seen()[1].target.starts_with("/bot8:another/getUpdates?offset=0&"));
    assert_eq!((bot.cursor().as_str(), bot.kept()), ("8:3", 2));
}

/// A webhook from before keeps updates away; switched to asking, the desk takes it off.
#[test]
fn a_webhook_that_is_left_over_is_deleted() {
    let bot = Bot::new();
    let words = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    bot.api.say("/getUpdates", &[refusal(409, words), news(&[update(5, "x")])]);
    bot.api.say("/deleteWebhook", &[Say::Answer(200, "{\"ok\":true,\"result\":true}".into())]);
    bot.once().unwrap().unwrap();
    let methods: Vec<String> =
        bot.api.seen().iter().map(|seen| seen.target.split(['/', '?']).nth(2).unwrap().to_owned()).collect();
    assert_eq!(methods, ["getUpdates", "deleteWebhook", "getUpdates"]);
    assert_eq!(bot.cursor(), "7:5");
}

#[test]
fn another_program_with_the_token_is_trouble_that_passes() {
    let bot = Bot::new();
    bot.api.say("/getUpdates", &[refusal(409, "Conflict: terminated by other getUpdates request")]);
    let failure = bot.once().unwrap().unwrap_err();
    assert!(matches!(failure.next, Next::Later { .. }), "{failure:?}");
    assert_eq!(bot.api.seen_at("/deleteWebhook").len(), 0);
}

#[test]
fn a_channel_that_is_off_broken_or_called_is_not_asked() {
    let bot = Bot::new();
    for state in [ChannelState::Disabled, ChannelState::Broken] {
        bot.desk.set_channel(&Channel { state, ..bot.channel.clone() });
        assert!(bot.once().is_none());
    }
    let mut settings = bot.channel.settings.clone();
    settings.insert("mode".to_owned(), "webhook".to_owned());
    bot.desk.set_channel(&Channel { settings, ..bot.channel.clone() });
    assert!(bot.once().is_none());
    assert!(bot.api.seen().is_empty());
}

/// Switched off while the poll was on its way: nothing is kept, and the provider tells it again later.
#[test]
fn what_comes_for_a_channel_that_was_switched_off_stays_with_the_provider() {
    let bot = Bot::new();
    let (id, now) = (bot.channel.id, bot.desk.now());
    let deliveries = vec![("21".to_owned(), b"{}".to_vec())];
    let keep = move |from: &'static str, deliveries: Vec<(String, Vec<u8>)>| {
        move |tx: &store::Tx<'_>| {
            let deliveries: Vec<_> =
                deliveries.iter().map(|(key, bytes)| (key.clone(), bytes.clone().into())).collect();
            let news = transom::actions::polled::News { from, deliveries: &deliveries, cursor: "7:21" };
            transom::actions::polled::keep(tx, id, &news, now)
        }
    };
    let writer = &bot.desk.desk.writer;
    bot.desk.set_channel(&Channel { state: ChannelState::Disabled, ..bot.channel.clone() });
    writer.write(keep("", deliveries.clone())).unwrap();
    assert_eq!((bot.cursor().as_str(), bot.kept()), ("", 0));
    bot.desk.set_channel(&bot.channel);
    writer.write(keep("7:20", deliveries.clone())).unwrap();
    assert_eq!((bot.cursor().as_str(), bot.kept()), ("", 0), "another poll was quicker");
    writer.write(keep("", deliveries)).unwrap();
    assert_eq!((bot.cursor().as_str(), bot.kept()), ("7:21", 1));
}

/// The job itself: it polls, shows what keeps it from that, stops a channel that is refused, and ends at once
/// although a poll is on its way.
#[test]
fn the_job_polls_until_it_is_stopped_and_shows_what_is_wrong() {
    let bot = Bot::new();
    let later =
        Say::Late(std::time::Duration::from_millis(20), json!({ "ok": true, "result": [] }).to_string());
    bot.api.say("/getUpdates", &[news(&[update(1, "Hola")]), later]);
    let running = jobs::start(&bot.desk.desk).unwrap();
    bot.desk.until(|desk| desk.count("SELECT count(*) FROM message WHERE body = 'Hola'") == 1);
    bot.api.say("/getUpdates", &[refusal(401, "Unauthorized")]);
    bot.desk.until(|desk| channel_of(desk, bot.channel.id).state == ChannelState::Broken);
    assert_eq!(channel_of(&bot.desk, bot.channel.id).problem.as_deref(), Some("Unauthorized"));
    let asked = bot.api.seen_at("/getUpdates").len();
    running.stop();
    assert_eq!(bot.api.seen_at("/getUpdates").len(), asked, "a broken channel is left alone");
    // A poll that lasts does not hold up the end.
    bot.desk.set_channel(&bot.channel);
    bot.api.say("/getUpdates", &[Say::Silent(std::time::Duration::from_secs(20))]);
    let running = jobs::start(&bot.desk.desk).unwrap();
    bot.desk.until(|_| bot.api.seen_at("/getUpdates").len() > asked);
    let began = std::time::Instant::now();
    running.stop();
    assert!(began.elapsed() < std::time::Duration::from_secs(15), "the end waited for the poll");
}

#[test]
fn trouble_that_lasts_is_shown_and_goes_away_with_it() {
    let bot = Bot::new();
    let id = bot.channel.id;
    bot.desk.desk.writer.write(move |tx| transom::actions::polled::trouble(tx, id, "no connection")).unwrap();
    let shown = channel_of(&bot.desk, id);
    assert_eq!((shown.state, shown.problem.as_deref()), (ChannelState::Enabled, Some("no connection")));
    bot.api.say("/getUpdates", &[news(&[])]);
    bot.once().unwrap().unwrap();
    assert_eq!(channel_of(&bot.desk, id).problem, None);
}
