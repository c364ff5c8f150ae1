//! Reactions of ours: what each provider is told, what is refused, and what happens where one does not arrive.

use serde_json::{Value, json};
use transom::actions::{Error, Result, close, react};
use transom::domain::agent::Role;
use transom::domain::channel::{ChannelState, Kind, Settings};
use transom::domain::message::{By, Message, Reaction};
use transom::domain::{Id, Refused, Span};
use transom::jobs::{inbound, reactions};
use transom::net::signature::sha256_header;
use transom::{channels, store};

use crate::support::channel::{message_of, viewer};
use crate::support::connected::Stage;
use crate::support::provider::Say;

const META: [(&str, &str); 3] = [("access_token", "t"), ("app_secret", "s"), ("verify_token", "w")];

/// An account of this kind to which Ana wrote, and her message.
fn wrote(kind: Kind, own: &[(&str, &str)], body: &Value) -> (Stage, Id<Message>) {
    let stage = Stage::new(kind, &[&META[..], own].concat());
    let body = body.to_string();
    let (channel, now) = (stage.channel.id, stage.desk.now());
    stage.desk.write(move |tx| {
        let headers = std::collections::BTreeMap::new();
        let new = store::inbound::New {
            channel,
            dedupe_key: "1",
            headers: &headers,
            body: &body.as_bytes().into(),
        };
        store::inbound::insert(tx, &new, now)
    });
    inbound::drain(&stage.desk.desk).unwrap();
    let found = stage
        .desk
        .read(|c| Ok(c.query_row("SELECT id FROM message WHERE kind = 'inbound'", [], |row| row.get(0))?));
    (stage, found)
}

fn whatsapp() -> (Stage, Id<Message>) {
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "2", "changes": [{ "field": "messages",
        "value": { "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550000000", "phone_number_id": "112233" },
            "contacts": [{ "profile": { "name": "Ana" }, "wa_id": "491701234567" }],
            "messages": [{ "from": "491701234567", "id": "wamid.IN", "timestamp": "1772539200",
                "type": "text", "text": { "body": "hello" } }] } }] }] });
    wrote(Kind::Whatsapp, &[("phone_number_id", "112233"), ("business_account_id", "2")], &body)
}

fn meta(kind: Kind) -> (Stage, Id<Message>) {
    let (object, field) = match kind {
        Kind::Messenger => ("page", "page_id"),
        _ => ("instagram", "account_id"),
    };
    let body = json!({ "object": object, "entry": [{ "id": "110022", "time": 1_772_539_200_000_i64, "messaging": [{
        "sender": { "id": "7700001" }, "recipient": { "id": "110022" }, "timestamp": 1_772_539_200_000_i64,
        "message": { "mid": "m_IN", "text": "hello" } }] }] });
    wrote(kind, &[(field, "110022")], &body)
}

fn telegram() -> (Stage, Id<Message>) {
    let body = json!({ "update_id": 5, "message": { "message_id": 31, "date": 1_772_539_200,
        "chat": { "id": 77, "type": "private", "first_name": "Ana" },
        "from": { "id": 77, "is_bot": false, "first_name": "Ana" }, "text": "hello" } });
    wrote(Kind::Telegram, &[("bot_token", "7:t"), ("mode", "poll")], &body)
}

fn reacts(stage: &Stage, id: Id<Message>, emoji: &str) -> Result<()> {
    let (by, now, emoji) = (viewer(&stage.marta), stage.desk.now(), emoji.to_owned());
    stage.desk.desk.writer.write(move |tx| react::react(tx, &by, id, &emoji, now))
}

fn brought(stage: &Stage) -> usize {
    reactions::drain(&stage.desk.desk)
}

fn ours(stage: &Stage, id: Id<Message>) -> String {
    react::ours(&message_of(&stage.desk, id)).to_owned()
}

fn waiting(stage: &Stage) -> i64 {
    stage.count("SELECT count(*) FROM reaction")
}

/// What the provider is told when somebody reacts and takes it back.
fn told(stage: &Stage, id: Id<Message>, emoji: &str, at: &str) -> Vec<Value> {
    stage.api.say(at, &[Say::Answer(200, json!({ "ok": true, "result": true }).to_string())]);
    for emoji in [emoji, ""] {
        reacts(stage, id, emoji).unwrap();
        assert_eq!((brought(stage), waiting(stage), ours(stage, id)), (1, 0, emoji.to_owned()));
        assert_eq!(message_of(&stage.desk, id).extra.reaction_fault, None);
    }
    stage.api.seen_at(at).iter().map(crate::support::provider::Seen::json).collect()
}

#[test]
fn each_provider_is_told_in_its_own_words() {
    let (stage, id) = whatsapp();
    let common = |emoji: &str| {
        json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+491701234567",
            "type": "reaction", "reaction": { "message_id": "wamid.IN", "emoji": emoji } })
    };
    assert_eq!(told(&stage, id, "😮", "/112233/messages"), [common("😮"), common("")]);

    let (stage, id) = meta(Kind::Messenger);
    let to = json!({ "id": "7700001" });
    assert_eq!(
        told(&stage, id, "🙏", "/messages"),
        [
            json!({ "recipient": to, "sender_action": "react",
                "payload": { "message_id": "m_IN", "reaction": "🙏" } }),
            json!({ "recipient": to, "sender_action": "unreact", "payload": { "message_id": "m_IN" } }),
        ]
    );
    let (stage, id) = meta(Kind::Instagram);
    assert_eq!(
        told(&stage, id, "❤️", "/messages")[0],
        json!({ "recipient": to, "sender_action": "react",
            "payload": { "message_id": "m_IN", "reaction": "love" } })
    );
    let (stage, id) = telegram();
    let set = |reaction: Value| json!({ "chat_id": "77", "message_id": 31, "reaction": reaction });
    assert_eq!(
        told(&stage, id, "👍", "/setMessageReaction"),
        [set(json!([{ "type": "emoji", "emoji": "👍" }])), set(json!([]))]
    );
}

#[test]
fn a_program_of_ones_own_is_told_signed() {
    let body = json!({ "type": "text", "id": "m-1", "from": { "value": "ana" }, "body": "hello" });
    let (stage, id) = wrote(Kind::Custom, &[("secret", "shared")], &body);
    let url = format!("{}/out", stage.api.url);
    let mut channel = stage.channel.clone();
    channel.settings.insert("outbound_url".into(), url);
    stage.desk.write(move |tx| store::channel::update(tx, &channel));
    reacts(&stage, id, "👍").unwrap();
    assert_eq!(brought(&stage), 1);
    let seen = &stage.api.seen_at("/out")[0];
    assert_eq!(seen.header("x-transom-signature"), sha256_header("shared", &seen.body));
    assert_eq!(
        seen.json(),
        json!({ "type": "reaction", "channel": 1, "to": { "kind": "custom", "value": "ana" }, "message": "m-1",
            "emoji": "👍" })
    );
}

fn is_refused(stage: &Stage, id: Id<Message>, emoji: &str) -> bool {
    let refused = reacts(stage, id, emoji);
    assert_eq!((waiting(stage), ours(stage, id).as_str()), (0, ""));
    matches!(refused, Err(Error::Refused(Refused::NoReaction)))
}

#[test]
fn a_channel_takes_only_its_own_reactions() {
    let (stage, id) = meta(Kind::Instagram);
    assert!(is_refused(&stage, id, "👍"), "Instagram documents one");
    let (stage, id) = telegram();
    assert!(is_refused(&stage, id, "❤️"), "Telegram's heart has no variation selector");
    assert!(is_refused(&stage, id, &"👍".repeat(1000)));
    let none = [Kind::Line, Kind::Viber, Kind::Wechat, Kind::Tiktok, Kind::Sms, Kind::Email, Kind::Webchat];
    for kind in none {
        assert!(channels::card(kind, &Settings::new()).reacts.is_empty(), "{kind:?}");
    }
    let body = json!({ "destination": "U1", "events": [{ "type": "message", "mode": "active",
        "timestamp": 1_772_539_200_000_i64, "source": { "type": "user", "userId": "U7" }, "webhookEventId": "01",
        "deliveryContext": { "isRedelivery": false }, "replyToken": "r",
        "message": { "type": "text", "id": "468", "text": "hello", "quoteToken": "q" } }] });
    let (stage, id) = wrote(Kind::Line, &[("channel_secret", "s"), ("channel_access_token", "t")], &body);
    assert!(is_refused(&stage, id, "👍"));
    let page = stage.desk.post(&stage.marta, &format!("/messages/{id}/react"), &[("emoji", "👍")]);
    assert!(page.body.contains("This reaction cannot be sent"), "{}", page.body);
    assert!(!stage.desk.get(&stage.marta, "/conversations/1").body.contains("/react\""));
}

/// The same gate as for everything that is sent, and nobody reacts where nobody may look.
#[test]
fn the_window_the_block_and_the_queue_hold_for_reactions() {
    let (stage, id) = whatsapp();
    let stranger = stage.desk.person("Sam", Role::Agent);
    stage.desk.write(|tx| {
        tx.execute("UPDATE conversation SET queue_id = NULL, assignee_id = 1", [])?;
        Ok(())
    });
    stage.desk.pass(Span::hours(24));
    assert!(matches!(reacts(&stage, id, "👍"), Err(Error::Refused(Refused::WindowClosed { .. }))));
    let (by, now) = (viewer(&stranger), stage.desk.now());
    let unseen = stage.desk.desk.writer.write(move |tx| react::react(tx, &by, Id::new(99), "👍", now));
    assert!(matches!(unseen, Err(Error::NotFound)));
    assert_eq!(waiting(&stage), 0);
    // What is ours takes none of ours.
    let (stage, _) = telegram();
    let sent = json!({ "ok": true, "result": { "message_id": 32, "chat": { "id": 77 } } });
    stage.api.say("/sendMessage", &[Say::Answer(200, sent.to_string())]);
    let mine = stage.reply("hello");
    assert!(matches!(reacts(&stage, mine, "👍"), Err(Error::NotFound)));
    // Nor what was taken back.
    let (stage, id) = telegram();
    stage.desk.write(move |tx| {
        let mut message = store::message::get(tx, id)?.unwrap();
        message.revoked_at = Some(message.at);
        store::message::update(tx, &message)
    });
    assert!(is_refused(&stage, id, "👍"));
}

#[test]
fn what_the_provider_refuses_is_gone_again_and_says_why() {
    let (stage, id) = telegram();
    stage.api.say("/setMessageReaction", &[Say::Answer(200, json!({ "ok": true }).to_string())]);
    reacts(&stage, id, "👍").unwrap();
    brought(&stage);
    let words = json!({ "ok": false, "error_code": 400, "description": "Bad Request: REACTION_INVALID" });
    stage.api.say("/setMessageReaction", &[Say::Answer(400, words.to_string())]);
    reacts(&stage, id, "😁").unwrap();
    assert_eq!(ours(&stage, id), "😁");
    assert_eq!(
        (brought(&stage), waiting(&stage), ours(&stage, id).as_str()),
        (1, 0, "👍"),
        "as the customer sees it"
    );
    let page = stage.desk.get(&stage.marta, "/conversations/1").body;
    assert!(page.contains("Your reaction did not reach the customer") && page.contains("REACTION_INVALID"));
    // The next one leaves the complaint behind.
    stage.api.say("/setMessageReaction", &[Say::Answer(200, json!({ "ok": true }).to_string())]);
    reacts(&stage, id, "🙏").unwrap();
    assert_eq!(message_of(&stage.desk, id).extra.reaction_fault, None);
}

#[test]
fn a_lost_one_is_brought_again_for_a_quarter_of_an_hour() {
    let (stage, id) = telegram();
    stage.api.say("/setMessageReaction", &[Say::HangUp, Say::Answer(502, String::new()), Say::HangUp]);
    reacts(&stage, id, "👍").unwrap();
    assert_eq!((brought(&stage), brought(&stage), waiting(&stage)), (1, 0, 1), "not at once");
    stage.desk.pass(Span::seconds(10));
    assert_eq!((brought(&stage), waiting(&stage)), (1, 1));
    stage.desk.pass(Span::minutes(15));
    assert_eq!((brought(&stage), waiting(&stage), ours(&stage, id).as_str()), (1, 0, ""));
    assert!(message_of(&stage.desk, id).extra.reaction_fault.is_some());
}

#[test]
fn a_provider_that_asks_for_a_rest_gets_it() {
    let (stage, id) = telegram();
    let busy = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests",
        "parameters": { "retry_after": 40 } });
    stage.api.say(
        "/setMessageReaction",
        &[Say::Answer(429, busy.to_string()), Say::Answer(200, "{\"ok\":true}".into())],
    );
    reacts(&stage, id, "👍").unwrap();
    assert_eq!(brought(&stage), 1);
    stage.desk.pass(Span::seconds(39));
    assert_eq!(brought(&stage), 0);
    stage.desk.pass(Span::seconds(10));
    assert_eq!((brought(&stage), waiting(&stage)), (1, 0));
}

#[test]
fn a_refused_token_stops_the_channel() {
    let (stage, id) = telegram();
    stage.api.say("/setMessageReaction", &[Say::Answer(401, "{}".into())]);
    reacts(&stage, id, "👍").unwrap();
    brought(&stage);
    let channel = stage.desk.read(|c| store::channel::get(c, stage.channel.id)).unwrap();
    assert_eq!((channel.state, ours(&stage, id).as_str()), (ChannelState::Broken, ""));
    assert_eq!(brought(&stage), 0);
}

/// Whoever chooses another while the first is on its way sees the second, whatever becomes of the first.
#[test]
fn the_last_choice_counts() {
    let (stage, id) = telegram();
    let (channel, now) = (stage.channel.id, stage.desk.now());
    reacts(&stage, id, "👍").unwrap();
    let first = stage.desk.desk.writer.write(move |tx| react::claim(tx, channel, now)).unwrap().unwrap();
    reacts(&stage, id, "🙏").unwrap();
    stage.desk.desk.writer.write(move |tx| react::record(tx, &first, &Ok(()), 0, now)).unwrap();
    assert_eq!((ours(&stage, id).as_str(), waiting(&stage)), ("🙏", 1));
    // The second is refused: the customer sees the first.
    stage.api.say("/setMessageReaction", &[Say::Answer(400, "{}".into())]);
    assert_eq!((brought(&stage), ours(&stage, id).as_str()), (1, "👍"));
}

#[test]
fn the_page_offers_them_shows_ours_and_takes_it_back() {
    let (stage, id) = whatsapp();
    stage.api.say("/messages", &[Say::Answer(200, "{}".into())]);
    let page = || stage.desk.get(&stage.marta, "/conversations/1").body;
    assert!(page().contains(&format!("action=\"/messages/{id}/react\"")));
    assert!(!page().contains("Take the reaction back"));
    let posted = stage.desk.post(&stage.marta, &format!("/messages/{id}/react"), &[("emoji", "👍")]);
    assert_eq!(posted.status, 303);
    assert!(page().contains("Take the reaction back"));
    let theirs = Reaction { by: By::Them, emoji: "❤️".into() };
    stage.desk.write(move |tx| {
        let mut message = store::message::get(tx, id)?.unwrap();
        message.extra.reactions.push(theirs);
        store::message::update(tx, &message)
    });
    stage.desk.post(&stage.marta, &format!("/messages/{id}/react"), &[("emoji", "")]);
    assert_eq!(ours(&stage, id), "");
    assert_eq!(message_of(&stage.desk, id).extra.reactions.len(), 1, "theirs stays");
    assert!(stage.count("SELECT count(*) FROM log WHERE kind = 'message.changed' AND agent_id = 1") >= 2);
    let offered = |page: String| page.contains(&format!("action=\"/messages/{id}/react\""));
    assert!(offered(page()));
    // A closed conversation stays closed: a reaction is no answer.
    let (by, now) = (viewer(&stage.marta), stage.desk.now());
    let closing = close::Closing::default();
    stage.desk.desk.writer.write(move |tx| close::close(tx, &by, Id::new(1), &closing, now)).unwrap();
    reacts(&stage, id, "🙏").unwrap();
    assert_eq!(stage.thread().status.as_str(), "closed");
    stage.desk.pass(Span::hours(24));
    assert!(!offered(page()), "nothing is offered that would be refused");
}

/// A program reacts as a person does: what the card offers, on what the customer wrote, and takes it back.
#[test]
fn a_program_reacts_by_the_api_with_what_the_card_offers() {
    let (stage, id) = whatsapp();
    let program = stage.desk.token_of(stage.marta.id);
    let react = |emoji: &str| {
        stage.desk.api_post(&program, &format!("/messages/{id}/react"), json!({ "emoji": emoji }))
    };
    let card = stage.desk.api_get(&program, "/channels/1").json["card"].clone();
    assert_eq!((&card["reactions"][0], &card["window_hours"]), (&json!("👍"), &json!(24)));
    let told = react("👍");
    assert_eq!(
        (told.status, &told.json["reactions"]),
        (200, &json!([{ "by": "us", "emoji": "👍" }])),
        "{told:?}"
    );
    assert_eq!((brought(&stage), ours(&stage, id)), (1, "👍".to_owned()));
    assert_eq!(react("").json["reactions"], json!([]));
    let told = react("🦖");
    assert_eq!((told.status, &told.json["error"]["code"]), (422, &json!("no_reaction")), "{told:?}");
    let own = stage.reply("hello back");
    let told = stage.desk.api_post(&program, &format!("/messages/{own}/react"), json!({ "emoji": "👍" }));
    assert_eq!(told.status, 404, "what is ours is not reacted to");
}
