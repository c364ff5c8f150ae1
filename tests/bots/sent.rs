//! What goes out beyond plain texts, and what follows from what the provider says of it.

use serde_json::{Value, json};

use super::{Stage, order};
use crate::support::TestDesk;
use crate::support::bots;
use crate::support::cast::{answer, refusal};
use crate::support::provider::{Say, StandIn};
use transom::actions::dispatch;
use transom::channels::{Hook, Order, OutFile};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, FileClass, Kind};
use transom::domain::message::State;
use transom::domain::outbox::{Cause, Outcome};
use transom::domain::{Id, Refused, Span};
use transom::jobs::outbox;

fn pushed(id: &str) -> Say {
    Say::Answer(200, json!({ "sentMessages": [{ "id": id }] }).to_string())
}

#[test]
fn an_answer_on_line_quotes_the_message_that_it_answers() {
    let stage = Stage::of(Kind::Line);
    stage.api.say("/push", &[pushed("p1")]);
    let answered = json!({ "quote_token": "q3Plxr4" });
    stage.send(&Order { answered: &answered, reply_to: Some("468"), ..order("U1", "this one") });
    let told = stage.api.seen_at("/push")[0].json();
    assert_eq!(told["messages"], json!([{ "type": "text", "text": "this one", "quoteToken": "q3Plxr4" }]));
}

/// The head of an MPEG-4 sound of 2.5 seconds: a box to pass over, then the movie with its header.
fn sound() -> Vec<u8> {
    let boxed = |kind: &[u8], body: &[u8]| {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes()[..], kind, body].concat()
    };
    let mut header = vec![0; 12];
    header.extend(44_100_u32.to_be_bytes());
    header.extend(110_250_u32.to_be_bytes());
    header.extend([0; 80]);
    [boxed(b"ftyp", b"M4A \0\0\0\0"), boxed(b"free", &[7; 300]), boxed(b"moov", &boxed(b"mvhd", &header))]
        .concat()
}

fn media<'a>(class: FileClass, kind: &'a str, open: &'a super::Opener) -> Vec<OutFile<'a>> {
    let url = "https://desk.example/media/x".to_owned();
    vec![OutFile { name: "x", media_type: kind, size: 9, class, url, open }]
}

#[test]
fn line_is_given_a_still_for_a_video_and_the_length_of_a_sound() {
    let stage = Stage::of(Kind::Line);
    stage.api.say("/push", &[pushed("p1")]);
    stage.send(&Order { files: media(FileClass::Video, "video/mp4", super::OPEN), ..order("U1", "") });
    let whole =
        || Ok::<_, std::io::Error>(Box::new(std::io::Cursor::new(sound())) as Box<dyn std::io::Read + Send>);
    stage.send(&Order { files: media(FileClass::Audio, "audio/mp4", &whole), ..order("U1", "") });
    let told: Vec<Value> =
        stage.api.seen_at("/push").iter().map(|seen| seen.json()["messages"][0].clone()).collect();
    let (url, still) = ("https://desk.example/media/x", "https://desk.example/static/icons/video.png");
    assert_eq!(told[0], json!({ "type": "video", "originalContentUrl": url, "previewImageUrl": still }));
    assert_eq!(told[1], json!({ "type": "audio", "originalContentUrl": url, "duration": 2500 }));
    // A large picture does not stand for itself in small.
    let large = vec![OutFile {
        size: 1024 * 1024 + 1,
        ..media(FileClass::Image, "image/png", super::OPEN).remove(0)
    }];
    stage.send(&Order { files: large, ..order("U1", "") });
    let small = "https://desk.example/static/icons/picture.png";
    let told = stage.api.seen_at("/push")[2].json()["messages"][0].clone();
    assert_eq!(told, json!({ "type": "image", "originalContentUrl": url, "previewImageUrl": small }));
    // The still is there for everybody.
    let get = |path: &str| {
        let request = transom::web::http::Request::new(transom::web::http::Method::Get, path);
        stage.desk.ask(request)
    };
    let page = get("/static/icons/video.png");
    assert_eq!((page.status, page.header("content-type")), (200, Some("image/png")));
    // A sound whose length is not to be found is not sent with a wrong one; a cut one neither.
    for bytes in [b"no sound".to_vec(), sound()[..330].to_vec(), Vec::new(), b"\0\0\0\x01moov".to_vec()] {
        let open = move || {
            Ok::<_, std::io::Error>(
                Box::new(std::io::Cursor::new(bytes.clone())) as Box<dyn std::io::Read + Send>
            )
        };
        let outcome =
            stage.send(&Order { files: media(FileClass::Audio, "audio/mp4", &open), ..order("U1", "") });
        assert!(matches!(&outcome, Outcome::Failed(failure) if failure.cause == Cause::Media), "{outcome:?}");
    }
    assert_eq!(stage.api.seen_at("/push").len(), 3);
}

/// Marta's answer is on its way to the customer of this channel when the program ends.
fn cut_off(desk: &TestDesk, channel: &Channel, after: Span) -> Id<transom::domain::message::Message> {
    let marta = desk.viewer("Marta", Role::Agent);
    let there = desk.writes(channel, "U1", "m1");
    desk.pass(after);
    let id = desk.replies(&marta, &answer(there.id, "It is.")).unwrap();
    desk.pass(Span::seconds(6));
    let channel = channel.id;
    assert!(desk.act(move |tx, now| dispatch::claim(tx, channel, now)).unwrap().is_some());
    assert_eq!(desk.message(id).state, State::Sending);
    outbox::recover(&desk.desk);
    id
}

/// Within the minute it went by the reply token, by which LINE knows no repetition; after it, it was a push with
/// its key, which may be repeated.
#[test]
fn after_a_crash_an_answer_by_reply_token_is_left_to_a_person_and_a_push_is_repeated() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Line, &api.url);
    let at_once = cut_off(&desk, &channel, Span::seconds(1));
    assert_eq!(desk.message(at_once).state, State::Unsure);
    let (desk, api) = (TestDesk::new(), StandIn::new());
    api.say("/push", &[pushed("p1")]);
    let channel = bots::connected(&desk, Kind::Line, &api.url);
    let later = cut_off(&desk, &channel, Span::hours(1));
    assert_eq!(desk.message(later).state, State::Queued);
    desk.pass(Span::minutes(1));
    outbox::drain(&desk.desk);
    assert_eq!(desk.message(later).state, State::Sent);
    assert!(!api.seen_at("/push")[0].header("x-line-retry-key").is_empty());
}

#[test]
fn viber_says_what_an_answer_costs_before_and_after_it_is_sent() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Viber, &api.url);
    let (marta, eva) = (desk.viewer("Marta", Role::Agent), desk.person("Eva", Role::Supervisor));
    let there = desk.writes(&channel, "01=", "m1");
    let page = format!("/conversations/{}", there.id);
    assert!(desk.get(&eva, &page).body.contains("counts this answer into the customer’s session until"));
    desk.pass(Span::hours(25));
    assert!(desk.get(&eva, &page).body.contains("may charge for this message"));
    for (token, billing, charged) in [(5, 5, true), (6, 1, false), (7, 3, false)] {
        let taken = json!({ "status": 0, "message_token": token, "billing_status": billing });
        api.say("/pa/send_message", &[Say::Answer(200, taken.to_string())]);
        let id = desk.replies(&marta, &answer(there.id, "x")).unwrap();
        desk.pass(Span::seconds(6));
        outbox::drain(&desk.desk);
        let message = desk.message(id);
        assert_eq!((message.state, message.extra.charged), (State::Sent, charged), "{billing}");
    }
    let body = desk.get(&eva, &page).body;
    assert_eq!(body.matches(" · charged").count(), 1, "{body}");
}

/// Twilio keeps its own list of who answered STOP; what it says then is remembered until START.
#[test]
fn a_number_that_the_provider_says_opted_out_is_not_written_to_again() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Sms, &api.url);
    let marta = desk.viewer("Marta", Role::Agent);
    let there = desk.writes(&channel, "+34612345678", "m1");
    let refused =
        json!({ "code": 21_610, "message": "Attempt to send to unsubscribed recipient", "status": 400 });
    api.say("/Messages.json", &[Say::Answer(400, refused.to_string())]);
    let id = desk.replies(&marta, &answer(there.id, "x")).unwrap();
    desk.pass(Span::seconds(6));
    outbox::drain(&desk.desk);
    assert_eq!(desk.message(id).state, State::Failed);
    assert!(matches!(refusal(desk.replies(&marta, &answer(there.id, "y"))), Refused::OptedOut));
    let said: Vec<String> = desk.lines(there.id).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(said.iter().filter(|kind| *kind == "contact.consent").count(), 1, "{said:?}");
}

#[test]
fn a_pressed_button_is_answered_on_both_ways_in() {
    let stage = Stage::of(Kind::Telegram);
    let press = json!({ "update_id": 9, "callback_query": { "id": "4382bfdwdsb323b2d9",
        "from": { "id": 77, "is_bot": false, "first_name": "Kim" },
        "message": { "message_id": 5, "date": 1, "chat": { "id": 77, "type": "private" }, "text": "?" },
        "data": "yes" } });
    let body = press.to_string();
    let hook = Hook {
        post: true,
        target: "/hooks/1",
        query: "",
        header: &|_| None,
        body: body.as_bytes(),
        now: stage.desk.now(),
    };
    let told = stage.provider.acknowledge(&hook);
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told, json!({ "method": "answerCallbackQuery", "callback_query_id": "4382bfdwdsb323b2d9" }));
    let plain = Hook { body: b"{\"update_id\":1}", ..hook };
    assert!(stage.provider.acknowledge(&plain).body.is_empty());
    stage.api.say("/getUpdates", &[Say::Answer(200, json!({ "ok": true, "result": [press] }).to_string())]);
    // Whether the answer is heard or lost, the press is taken.
    for lost in [Say::Answer(200, "{\"ok\":true,\"result\":true}".into()), Say::HangUp] {
        stage.api.say("/answerCallbackQuery", &[lost]);
        let polled = stage.provider.poll(&stage.account, &stage.desk.desk.client, "").unwrap().unwrap();
        assert_eq!(polled.deliveries.len(), 1);
        let asked = stage.api.seen_at("/answerCallbackQuery").pop().unwrap().json();
        assert_eq!(asked, json!({ "callback_query_id": "4382bfdwdsb323b2d9" }));
    }
}
