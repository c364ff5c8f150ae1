//! Whatever a provider does to a request, every channel knows what to make of it: one table for all of them.
//!
//! What each provider's own codes mean stands beside each channel (`every_code_leads_somewhere`, `every_documented_code_…`,
//! `bots/errors.rs`); this is what they have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use transom::channels::{Order, Reacting};
use transom::domain::Span;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::outbox::{Cause, Next, Outcome};
use transom::net::Client;

use crate::support::bots::SID;
use crate::support::connected::{Stage, order};
use crate::support::provider::{Say, nowhere};

type Settings = &'static [(&'static str, &'static str)];

/// Each kind that calls a provider over HTTP, with its settings and the word in the target of what sends a message.
const KINDS: [(Kind, Settings, &str); 10] = [
    (Kind::Whatsapp, &[("phone_number_id", "1"), ("access_token", "t"), ("app_secret", "s")], "/messages"),
    (Kind::Messenger, &[("page_id", "1"), ("access_token", "t"), ("app_secret", "s")], "/messages"),
    (Kind::Instagram, &[("account_id", "1"), ("access_token", "t"), ("app_secret", "s")], "/messages"),
    (Kind::Telegram, &[("bot_token", "7:t"), ("mode", "poll")], "/sendMessage"),
    (Kind::Line, &[("channel_secret", "s"), ("channel_access_token", "t")], "/push"),
    (Kind::Viber, &[("auth_token", "t")], "/send_message"),
    (Kind::Wechat, &[("app_id", "wx-t"), ("app_secret", "s"), ("verify_token", "w")], "/custom/send"),
    (
        Kind::Tiktok,
        &[("client_key", "k"), ("client_secret", "s"), ("access_token", "t"), ("business_id", "b")],
        "/message/send/",
    ),
    (Kind::Sms, &[("account_sid", SID), ("auth_token", "t"), ("number", "+14155550100")], "/Messages.json"),
    (Kind::Custom, &[("secret", "s")], "/out"),
];

fn stage(kind: Kind, settings: &[(&str, &str)]) -> Stage {
    let stage = match kind {
        // Its address is a setting of its own, which needs the stand-in's.
        Kind::Custom => custom(settings),
        _ => Stage::new(kind, settings),
    };
    let token = json!({ "access_token": "token-1", "expires_in": 7200 }).to_string();
    stage.api.say("/cgi-bin/token", &[Say::Answer(200, token)]);
    stage
}

fn custom(settings: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::new(Kind::Custom, settings);
    let url = format!("{}/out", stage.api.url);
    stage.channel = crate::support::channel::connect(
        &stage.desk,
        Kind::Custom,
        &[("secret", "s"), ("outbound_url", &url)],
    );
    stage
}

fn text(last: &Value) -> Order<'_> {
    order(AddressKind::Custom, "+491701234567", "x", last)
}

fn last() -> Value {
    json!({ "conversation_id": "conv-1", "conversation": "conv-1" })
}

/// Sends once and says what came of it, and how often the provider was asked to send.
fn tried(kind: Kind, settings: &[(&str, &str)], word: &str, say: &Say) -> (Outcome, usize) {
    let stage = stage(kind, settings);
    stage.api.say(word, std::slice::from_ref(say));
    let outcome = stage.send(&text(&last()));
    (outcome, stage.api.seen_at(word).len())
}

/// Taken and never answered, silent, cut in the answer, broken: nobody knows whether it was sent, and nobody claims to.
#[test]
fn what_nobody_knows_is_unsure_on_every_channel_and_asked_once() {
    let lost = [
        Say::HangUp,
        Say::Silent(Duration::from_millis(30)),
        Say::Cut("{\"ok\":true,\"status\":0,\"errcode\":0,\"code\":0,\"sid\":\"SM1\"}".into()),
        Say::Answer(500, "{}".into()),
        Say::Answer(502, "<html>Bad gateway</html>".into()),
    ];
    for (kind, settings, word) in KINDS {
        for say in &lost {
            let (outcome, asked) = tried(kind, settings, word, say);
            let Outcome::Failed(failure) = outcome else { panic!("{kind:?} {say:?}: {outcome:?}") };
            assert_eq!((failure.next, asked), (Next::Unsure, 1), "{kind:?} {say:?}: {failure:?}");
        }
    }
}

#[test]
fn a_refused_connection_and_a_busy_provider_are_tried_later_on_every_channel() {
    for (kind, settings, word) in KINDS {
        let stage = stage(kind, settings);
        let mut account = stage.account();
        let gone = nowhere();
        account.channel.settings.insert("api_base".into(), gone.clone());
        account.channel.settings.insert("outbound_url".into(), gone);
        let outcome = stage.provider().send(&account, &stage.desk.desk.client, &text(&last()));
        let Outcome::Failed(failure) = outcome else { panic!("{kind:?}: {outcome:?}") };
        assert_eq!(failure.next, Next::Knock, "{kind:?}: {failure:?}");
        let busy = Say::With(429, "Retry-After: 7", "{\"parameters\":{\"retry_after\":7}}".into());
        let (outcome, asked) = tried(kind, settings, word, &busy);
        let Outcome::Failed(failure) = outcome else { panic!("{kind:?}: {outcome:?}") };
        let seven = Next::Later { after: Some(Span::seconds(7)) };
        assert_eq!((failure.cause, failure.next, asked), (Cause::RateLimited, seven, 1), "{kind:?}");
    }
}

#[test]
fn a_token_that_is_refused_stops_every_channel_and_a_bad_request_only_the_message() {
    for (kind, settings, word) in KINDS {
        let (outcome, _) = tried(kind, settings, word, &Say::Answer(401, "{}".into()));
        let Outcome::Failed(failure) = outcome else { panic!("{kind:?}: {outcome:?}") };
        assert_eq!((failure.cause, failure.next), (Cause::Auth, Next::Reconnect), "{kind:?}");
        let (outcome, _) = tried(kind, settings, word, &Say::Answer(400, "{\"oh\":[1,2]}".into()));
        let Outcome::Failed(failure) = outcome else { panic!("{kind:?}: {outcome:?}") };
        assert_eq!(failure.next, Next::Never, "{kind:?}: {failure:?}");
        assert!(!failure.message.is_empty(), "{kind:?} says why");
    }
}

/// Codes of another type, numbers beyond any, nests and rubbish: what is no answer is never taken for a refusal that
/// may be repeated, because the message may have gone out.
#[test]
fn an_answer_that_is_none_never_sends_twice() {
    let deep = format!("{}{}", "[".repeat(90), "]".repeat(90));
    let rubbish = [
        "",
        "<html>",
        "null",
        "[]",
        "{}",
        "{\"error\":\"x\",\"errcode\":\"0\",\"code\":[],\"status\":{}}",
        "{\"error\":{\"code\":1e300},\"errcode\":99999999999999999999,\"code\":-1.5,\"status\":1e9}",
        &deep,
    ];
    for (kind, settings, word) in KINDS {
        for body in rubbish {
            let (outcome, asked) = tried(kind, settings, word, &Say::Answer(200, body.to_owned()));
            let repeats = matches!(&outcome, Outcome::Failed(f) if matches!(f.next, Next::Later { .. }));
            assert!(!repeats && asked == 1, "{kind:?} {body:.40}: {outcome:?}");
        }
    }
}

/// A reaction whose outcome nobody knows is brought again: that does no harm.
#[test]
fn a_lost_reaction_is_brought_again_and_a_refused_one_is_not() {
    for (kind, settings, _) in KINDS {
        let stage = stage(kind, settings);
        let bring = |say: Say| {
            stage.api.say("/", &[say]);
            let to = (AddressKind::Custom, "+491701234567");
            let reacting = Reacting { to, message: "7:8", emoji: "❤️" };
            stage.provider().react(&stage.account(), &stage.desk.desk.client, &reacting)
        };
        if stage.channel.card.reacts.is_empty() {
            let failure = bring(Say::Answer(200, "{}".into())).unwrap_err();
            assert_eq!((failure.next, stage.api.seen().len()), (Next::Never, 0), "{kind:?}");
            continue;
        }
        let lost = bring(Say::HangUp).unwrap_err();
        assert!(matches!(lost.next, Next::Later { .. } | Next::Unsure), "{kind:?}: {lost:?}");
        assert_eq!(bring(Say::Answer(400, "{}".into())).unwrap_err().next, Next::Never, "{kind:?}");
        assert_eq!(bring(Say::Answer(200, "{\"ok\":true}".into())), Ok(()), "{kind:?}");
    }
}

/// Who takes a message and says nothing is given up on at the end of our patience, and nobody claims to know.
#[test]
fn a_provider_that_stays_silent_is_given_up_on_by_every_channel() {
    let patience = Some(Duration::from_secs(2));
    std::thread::scope(|threads| {
        for (kind, settings, word) in KINDS {
            threads.spawn(move || {
                let stage = stage(kind, settings);
                // Where a token is needed first, it is there already.
                stage.send(&text(&last()));
                let over = Arc::new(AtomicBool::new(false));
                stage.api.say(word, &[Say::Once(over.clone(), "{}".into())]);
                let before = stage.api.seen_at(word).len();
                let client = Client { patience, ..stage.desk.desk.client.clone() };
                let outcome = stage.provider().send(&stage.account(), &client, &text(&last()));
                let asked = stage.api.seen_at(word).len() - before;
                over.store(true, Ordering::Relaxed);
                let Outcome::Failed(failure) = outcome else { panic!("{kind:?}: {outcome:?}") };
                assert_eq!((failure.next, asked), (Next::Unsure, 1), "{kind:?}: {failure:?}");
                assert!(failure.message.contains("timeout"), "{kind:?} says why: {}", failure.message);
            });
        }
    });
}
