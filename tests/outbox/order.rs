//! What leaves, once, in its order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::support::ending::until;

#[test]
fn a_reply_inside_the_window_is_sent_once_with_its_exact_bytes() {
    let stage = Stage::new();
    let id = stage.reply("¡Hola! 👋 \"quoted\"");
    assert_eq!(stage.send(), 1);
    let message = message_of(&stage.desk, id);
    assert_eq!((message.state, message.provider_id.as_deref()), (State::Sent, Some("wamid.1")));
    let sent = stage.sends();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].target, "/v25.0/1122334455667/messages");
    assert_eq!(sent[0].header("authorization"), "Bearer the-token");
    let body = sent[0].json();
    let key = body["biz_opaque_callback_data"].as_str().unwrap().to_owned();
    assert!(key.len() >= 16);
    let expected = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": ANA,
        "type": "text", "text": { "body": "¡Hola! 👋 \"quoted\"", "preview_url": false },
        "biz_opaque_callback_data": key });
    assert_eq!(body, expected);
    assert_eq!(job::drain(&stage.desk.desk), 0);
    assert!(channel_of(&stage.desk, stage.channel.id).sent_at.is_some());
}

#[test]
fn a_reply_waits_until_it_can_no_longer_be_taken_back() {
    let stage = Stage::new();
    stage.reply("wait");
    assert_eq!(job::drain(&stage.desk.desk), 0);
    assert_eq!(stage.sends().len(), 0);
    assert_eq!(stage.send(), 1);
}

#[test]
fn a_disabled_channel_keeps_what_waits() {
    let stage = Stage::new();
    let id = stage.reply("wait");
    let channel = Channel { state: ChannelState::Disabled, ..stage.channel.clone() };
    stage.desk.write(move |tx| transom::store::channel::update(tx, &channel));
    assert_eq!(stage.send(), 0);
    assert_eq!(stage.state(id), State::Queued);
    assert_eq!(stage.provider.seen().len(), 0);
}

#[test]
fn an_unsure_message_holds_back_what_follows_until_a_person_decides() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[Say::HangUp, taken("wamid.2")]);
    let first = stage.reply("one");
    let second = stage.reply("two");
    assert_eq!(stage.send(), 1);
    assert_eq!((stage.state(first), stage.state(second)), (State::Unsure, State::Queued));
    let (by, now) = (viewer(&stage.marta), stage.desk.now());
    stage
        .desk
        .desk
        .writer
        .write(move |tx| settle::settle(tx, &by, first, settle::Verdict::Sent, now))
        .unwrap();
    assert_eq!(stage.send(), 1);
    assert_eq!((stage.state(first), stage.state(second)), (State::Sent, State::Sent));
    assert_eq!(stage.failed(), 0);
}

/// A failed message unblocks the next one of its conversation.
#[test]
fn a_refused_message_lets_the_next_one_go() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[refusal(400, 131026, "Message undeliverable"), taken("wamid.2")]);
    let first = stage.reply("one");
    let second = stage.reply("two");
    assert_eq!(stage.send(), 2);
    assert_eq!((stage.state(first), stage.state(second)), (State::Failed, State::Sent));
    let fault = message_of(&stage.desk, first).error.unwrap();
    assert_eq!((fault.code.as_str(), fault.again), ("unreachable", false));
}

/// Somebody else claimed it, or it was taken back: no second attempt begins.
#[test]
fn a_message_is_claimed_once() {
    let stage = Stage::new();
    stage.reply("once");
    stage.desk.pass(Span::seconds(6));
    let (channel, now) = (stage.channel.id, stage.desk.now());
    let mut claims = 0;
    for _ in 0..3 {
        let claimed = stage.desk.desk.writer.write(move |tx| dispatch::claim(tx, channel, now)).unwrap();
        claims += usize::from(claimed.is_some());
    }
    assert_eq!(claims, 1);
}

/// One slow provider does not hold up another: both jobs run, and the quick one is done first.
#[test]
fn a_slow_provider_holds_up_only_its_own() {
    let stage = Stage::new();
    let answer = json!({ "messages": [{ "id": "wamid.slow" }] }).to_string();
    let release = Arc::new(AtomicBool::new(false));
    stage.provider.say("/messages", &[Say::Once(release.clone(), answer)]);
    let quick = connect(&stage.desk, Kind::Simulator, &[("speaks_as", "telegram")]);
    let tom = thread(&stage.desk, &quick, AddressKind::Telegram, "42");
    let slow_message = stage.reply("slow");
    let quick_message = reply_to(&stage.desk, &stage.marta, &tom, "quick").unwrap();
    stage.desk.pass(Span::seconds(6));
    let jobs = transom::jobs::start(&stage.desk.desk).unwrap();
    wait_for(&stage, quick_message);
    assert_ne!(stage.state(slow_message), State::Sent);
    release.store(true, Ordering::Relaxed);
    wait_for(&stage, slow_message);
    jobs.stop();
}

fn wait_for(stage: &Stage, id: Id<Message>) {
    until("the message is sent", || stage.state(id) == State::Sent);
}

/// A person has an unsure message sent again: it leaves before what was written after it.
#[test]
fn a_message_sent_again_keeps_its_place() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[Say::HangUp, taken("wamid.1"), taken("wamid.2")]);
    let first = stage.reply("one");
    stage.reply("two");
    assert_eq!(stage.send(), 1);
    let (by, now) = (viewer(&stage.marta), stage.desk.now());
    let again = settle::Verdict::SendAgain;
    stage.desk.desk.writer.write(move |tx| settle::settle(tx, &by, first, again, now)).unwrap();
    assert_eq!(stage.send(), 2);
    let sent: Vec<_> = stage.sends().iter().map(|seen| seen.json()).collect();
    let texts: Vec<_> = sent.iter().map(|body| body["text"]["body"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "one", "two"]);
    assert_ne!(sent[0]["biz_opaque_callback_data"], sent[1]["biz_opaque_callback_data"]);
}
