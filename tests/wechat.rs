//! WeChat: both modes in, tokens and customer-service messages out, five answers in 48 hours.

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use cbc::{Decryptor, Encryptor};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use transom::actions::close;
use transom::channels::{Order, given};
use transom::domain::channel::{FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::message::State;
use transom::domain::outbox::{Cause, Next, Outcome};
use transom::domain::{Id, Span};
use transom::net::signature::hex;
use transom::web::http::{Method, Request};

use crate::support::channel::{message_of, viewer};
use crate::support::connected::{Stage, file, order};
use crate::support::provider::Say;

/// The last letter of a key need not end on zero bits.
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn connected(more: &[(&str, &str)]) -> Stage {
    let common = [("app_id", "wx1"), ("app_secret", "the-secret"), ("verify_token", "theword")];
    let stage = Stage::new(Kind::Wechat, &[&common[..], more].concat());
    let token = json!({ "access_token": "token-1", "expires_in": 7200 }).to_string();
    stage.api.say("/cgi-bin/token", &[Say::Answer(200, token)]);
    stage.api.say("/custom/send", &[Say::Answer(200, json!({ "errcode": 0, "errmsg": "ok" }).to_string())]);
    stage
}

fn sha1(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex(&Sha1::digest(parts.concat()))
}

fn query(stage: &Stage, token: &str) -> String {
    let time = stage.desk.now().seconds().to_string();
    format!("?signature={}&timestamp={time}&nonce=n1", sha1(&[token, &time, "n1"]))
}

fn says(stage: &Stage, inner: &str) -> String {
    let at = stage.desk.now().seconds();
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName><![CDATA[oANA]]></FromUserName><CreateTime>{at}</CreateTime>{inner}</xml>"
    )
}

fn text(id: &str, words: &str) -> String {
    format!("<MsgType>text</MsgType><Content><![CDATA[{words}]]></Content><MsgId>{id}</MsgId>")
}

fn delivered(stage: &Stage, inner: &str) {
    let answer = stage.post(&query(stage, "theword"), None, &says(stage, inner));
    assert_eq!(answer, (200, "success".to_owned()));
    stage.read();
}

#[test]
fn the_handshake_gives_back_the_word() {
    let stage = connected(&[]);
    let ask = |query: String| {
        let page = stage.desk.ask(Request::new(Method::Get, &format!("/hooks/{}{query}", stage.channel.id)));
        (page.status, page.body)
    };
    assert_eq!(ask(query(&stage, "theword") + "&echostr=8877"), (200, "8877".to_owned()));
    assert_eq!(ask(query(&stage, "guessed") + "&echostr=8877"), (403, String::new()));
    assert_eq!(ask("?echostr=8877".to_owned()), (403, String::new()));
}

#[test]
fn only_what_wechat_signed_lately_is_taken() {
    let stage = connected(&[]);
    let body = says(&stage, &text("1", "x"));
    let good = query(&stage, "theword");
    assert_eq!(stage.post(&query(&stage, "guessed"), None, &body).0, 401);
    assert_eq!(stage.post("", None, &body).0, 401);
    assert_eq!(stage.post("", Some(("x-hub-signature-256", "x")), &body).0, 401);
    assert_eq!(stage.post(&good, None, &body).0, 200);
    stage.desk.pass(Span::hours(1));
    assert_eq!(stage.post(&good, None, &body).0, 401, "an old signature opens nothing");
}

/// As WeChat encrypts: random bytes, the length, the message, the account; padded to 32.
fn encrypted(app_id: &str, message: &str) -> String {
    let lenient =
        GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let key = lenient.decode(format!("{KEY}=")).unwrap();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let mut plain = [&[7; 16][..], &length, message.as_bytes(), app_id.as_bytes()].concat();
    let pad = 32 - plain.len() % 32;
    plain.extend(std::iter::repeat_n(u8::try_from(pad).unwrap(), pad));
    let length = plain.len();
    let cipher = Encryptor::<Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    cipher.encrypt_padded::<NoPadding>(&mut plain, length).unwrap();
    STANDARD.encode(plain)
}

#[test]
fn the_secure_mode_takes_what_is_encrypted_and_nothing_else() {
    let stage = connected(&[("encoding_aes_key", KEY)]);
    let post = |app_id: &str, word: &str, mark: &str| {
        let inner = encrypted(app_id, &says(&stage, &text(word, word)));
        let body = format!("<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{inner}]]></Encrypt></xml>");
        let time = stage.desk.now().seconds().to_string();
        let signature = sha1(&["theword", &time, "n1", if mark.is_empty() { &inner } else { mark }]);
        let status = stage.post(&(query(&stage, "theword") + "&msg_signature=" + &signature), None, &body).0;
        stage.read();
        status
    };
    assert_eq!(post("wx1", "你好", ""), 200);
    assert_eq!(stage.thread().snippet, "你好");
    assert_eq!(post("wx1", "b", "something else"), 401);
    assert_eq!(post("wx2", "c", ""), 200, "it is signed, so it is kept");
    assert_eq!(stage.messages(), 1, "but it is not for us");
    let plain = stage.post(&query(&stage, "theword"), None, &says(&stage, &text("3", "x")));
    assert_eq!(plain.0, 401, "the plain mode is over once there is a key");
}

#[test]
fn ana_writes_and_gets_her_answer() {
    let stage = connected(&[]);
    delivered(&stage, &text("1", "你好"));
    delivered(&stage, &text("1", "你好"));
    assert_eq!((stage.messages(), stage.thread().snippet.as_str()), (1, "你好"));
    let id = stage.reply("您好 👋");
    assert_eq!(stage.state(id), State::Sent);
    let seen = stage.api.seen();
    assert_eq!(seen[0].target, "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=the-secret");
    assert_eq!(seen[1].target, "/cgi-bin/message/custom/send?access_token=token-1");
    assert_eq!(
        seen[1].json(),
        json!({ "touser": "oANA", "msgtype": "text", "text": { "content": "您好 👋" } })
    );
    assert!(String::from_utf8_lossy(&seen[1].body).contains("您好 👋"), "letters as they are");
    stage.reply("again");
    assert_eq!(stage.api.seen_at("/cgi-bin/token").len(), 1, "the token is kept");
}

/// S19, S220: five messages in 48 hours after a message; three in a minute after a tap.
#[test]
fn five_messages_or_three_in_a_minute() {
    let stage = connected(&[]);
    delivered(&stage, &text("1", "x"));
    for number in 0..5 {
        stage.reply(&format!("answer {number}"));
    }
    assert_eq!(stage.window().as_str(), "blocked");
    assert!(stage.replies("the sixth").is_err());
    delivered(&stage, "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>HELP</EventKey>");
    for number in 0..3 {
        stage.reply(&format!("tapped {number}"));
    }
    assert!(stage.replies("the fourth").is_err());
    stage.desk.pass(Span::seconds(1));
    delivered(&stage, "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>7</EventKey>");
    assert_eq!(stage.window().as_str(), "open");
    stage.desk.pass(Span::minutes(1));
    assert_eq!(stage.window().as_str(), "blocked");
    delivered(&stage, &text("2", "y"));
    assert_eq!(stage.window().as_str(), "open");
    stage.desk.pass(Span::hours(48));
    assert_eq!(stage.window().as_str(), "blocked");
}

/// What is answered to a customer's words, and what the thread then holds.
fn answered(stage: &Stage, inner: &str) -> String {
    let (status, body) = stage.post(&query(stage, "theword"), None, &says(stage, inner));
    assert_eq!(status, 200);
    stage.read();
    body
}

const THANKS: &str = "谢谢 <]]> & soon";

/// A message that opens a conversation, or opens it again, is acknowledged in the answer to its delivery; nothing of
/// the five is used up, and whoever waits goes on waiting.
#[test]
fn an_acknowledgement_goes_with_the_answer() {
    let stage = connected(&[("acknowledgement", THANKS)]);
    let at = stage.desk.now().seconds();
    let said = answered(&stage, &text("1", "你好"));
    assert_eq!(
        said,
        format!(
            "<xml><ToUserName><![CDATA[oANA]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName>\
             <CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>\
             <Content><![CDATA[谢谢 <]]]]><![CDATA[> & soon]]></Content></xml>"
        )
    );
    assert_eq!(stage.messages(), 2);
    let thread = stage.thread();
    assert_eq!((thread.snippet.as_str(), thread.snippet_ours, thread.unread), ("你好", false, 1));
    assert!(thread.waiting_since.is_some(), "an acknowledgement is no answer");
    let ours = message_of(&stage.desk, Id::new(stage.count("SELECT max(id) FROM message")));
    assert_eq!((ours.body.as_str(), ours.state, ours.extra.automatic), (THANKS, State::Sent, true));
    assert_eq!(ours.extra.label.as_deref(), Some("in_answer"));
    assert_eq!(stage.count("SELECT count(*) FROM outbox"), 0);
    assert!(stage.api.seen().is_empty(), "nobody is called for it");
    // WeChat did not hear us and comes again: the same answer, once in the thread.
    assert_eq!(answered(&stage, &text("1", "你好")), said);
    assert_eq!(stage.messages(), 2);
    // The conversation is open now.
    assert_eq!(answered(&stage, &text("2", "?")), "success");
    assert_eq!(stage.messages(), 3);
    for number in 0..5 {
        stage.reply(&format!("answer {number}"));
    }
    assert!(stage.replies("the sixth").is_err(), "all five were left, and no more");
    let page = stage.desk.get(&stage.marta, "/conversations/1").body;
    assert!(page.contains("Handed over with the answer to the message"), "{page}");
}

#[test]
fn an_acknowledgement_is_said_again_when_the_conversation_opens_again() {
    let stage = connected(&[("acknowledgement", THANKS)]);
    answered(&stage, &text("1", "x"));
    let (by, now) = (viewer(&stage.marta), stage.desk.now());
    stage
        .desk
        .desk
        .writer
        .write(move |tx| close::close(tx, &by, Id::new(1), &close::Closing::default(), now))
        .unwrap();
    assert!(answered(&stage, &text("1", "x")).contains("<Content>"), "the first one again");
    assert_eq!(
        answered(&stage, "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>A</EventKey>"),
        "success"
    );
    assert!(answered(&stage, &text("2", "y")).contains("<Content>"));
    assert_eq!(answered(&stage, &text("3", "z")), "success");
    assert_eq!(stage.count("SELECT count(*) FROM message WHERE kind = 'outbound'"), 2);
}

#[test]
fn whom_an_assistant_greets_is_not_acknowledged_as_well() {
    let stage = connected(&[("acknowledgement", THANKS)]);
    let id = stage.channel.id;
    stage.desk.write(move |tx| transom::store::greeting::set(tx, id, (true, &crate::greeting::greeter())));
    assert_eq!(answered(&stage, &text("1", "你好")), "success");
    assert_eq!(stage.count("SELECT count(*) FROM message WHERE kind = 'outbound'"), 1);
    assert_eq!(stage.count("SELECT count(*) FROM outbox"), 1, "the greeting goes its own way");
}

#[test]
fn nobody_who_may_not_be_written_to_is_acknowledged() {
    let stage = connected(&[]);
    assert_eq!(answered(&stage, &text("1", "x")), "success", "the setting is empty");
    let stage = connected(&[("acknowledgement", THANKS)]);
    assert_eq!(answered(&stage, "<MsgType>event</MsgType><Event>unsubscribe</Event>"), "success");
    assert_eq!(answered(&stage, &text("1", "x")), "success", "opted out");
    assert_eq!(stage.messages(), 1);
    assert_eq!(answered(&stage, "<MsgType>text</MsgType><Content>x</Content>"), "success");
    assert_eq!(stage.count("SELECT count(*) FROM inbound WHERE state = 'failed'"), 1, "kept, and told of");
    let stage = connected(&[("acknowledgement", THANKS)]);
    let old = (stage.desk.now() - Span::hours(49)).seconds();
    let body =
        says(&stage, &text("1", "x")).replace(&stage.desk.now().seconds().to_string(), &old.to_string());
    assert_eq!(stage.post(&query(&stage, "theword"), None, &body), (200, "success".to_owned()), "too late");
    stage.read();
    assert_eq!(stage.messages(), 1);
}

/// The secure mode takes answers only as it gives messages: encrypted, and signed with it.
#[test]
fn an_acknowledgement_in_the_secure_mode_is_encrypted() {
    let stage = connected(&[("encoding_aes_key", KEY), ("acknowledgement", THANKS)]);
    let inner = encrypted("wx1", &says(&stage, &text("1", "x")));
    let body = format!("<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{inner}]]></Encrypt></xml>");
    let time = stage.desk.now().seconds().to_string();
    let signature = sha1(&["theword", &time, "n1", &inner]);
    let (status, said) =
        stage.post(&(query(&stage, "theword") + "&msg_signature=" + &signature), None, &body);
    assert_eq!(status, 200);
    let of = |name: &str| {
        let (_, rest) = said.split_once(&format!("<{name}>")).unwrap();
        let word = rest.split_once(&format!("</{name}>")).unwrap().0;
        word.trim_start_matches("<![CDATA[").trim_end_matches("]]>").to_owned()
    };
    assert_eq!(of("MsgSignature"), sha1(&["theword", &of("TimeStamp"), &of("Nonce"), &of("Encrypt")]));
    let plain = decrypted(&of("Encrypt"));
    let length = u32::from_be_bytes(plain[16..20].try_into().unwrap()) as usize;
    let (message, rest) = plain[20..].split_at(length);
    assert!(String::from_utf8_lossy(message).contains("<ToUserName><![CDATA[oANA]]></ToUserName>"));
    assert!(String::from_utf8_lossy(message).contains("谢谢"));
    assert_eq!(&rest[..3], b"wx1");
    assert_eq!(plain.len() % 32, 0);
    assert_eq!(usize::from(plain[plain.len() - 1]), rest.len() - 3, "padded as WeChat reads it");
    assert_eq!(stage.messages(), 2);
}

fn decrypted(text: &str) -> Vec<u8> {
    let lenient =
        GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let key = lenient.decode(format!("{KEY}=")).unwrap();
    let mut bytes = STANDARD.decode(text).unwrap();
    let cipher = Decryptor::<Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    cipher.decrypt_padded::<NoPadding>(&mut bytes).unwrap().to_vec()
}

/// Two thousand and forty-eight bytes are what one message takes.
#[test]
fn an_acknowledgement_fits_one_message() {
    let fields = transom::channels::provider(Kind::Wechat).unwrap().fields();
    let field = fields.iter().find(|field| field.name == "acknowledgement").unwrap();
    assert!(given::check(field, &"谢".repeat(682)).is_ok());
    assert!(given::check(field, &"谢".repeat(683)).is_err());
    assert!(given::check(field, "two\nlines").is_err());
}

#[test]
fn whoever_unfollows_gets_nothing_until_following_again() {
    let stage = connected(&[]);
    delivered(&stage, &text("1", "x"));
    delivered(&stage, "<MsgType>event</MsgType><Event>unsubscribe</Event>");
    assert!(stage.replies("still there?").is_err());
    stage.desk.pass(Span::seconds(1));
    delivered(&stage, "<MsgType>event</MsgType><Event>subscribe</Event>");
    assert!(stage.replies("welcome back").is_ok());
}

fn order_of(body: &str) -> Order<'_> {
    order(AddressKind::Wechat, "oANA", body, &Value::Null)
}

#[test]
fn a_token_that_is_no_longer_known_is_fetched_once_more() {
    for code in [40_001, 40_014, 42_001] {
        let stage = connected(&[]);
        let gone = Say::Answer(200, json!({ "errcode": code, "errmsg": "invalid credential" }).to_string());
        let good = Say::Answer(200, json!({ "errcode": 0 }).to_string());
        stage.api.say("/custom/send", &[gone.clone(), good]);
        assert_eq!(stage.send(&order_of("x")), Outcome::Sent { provider_id: None });
        assert_eq!(stage.api.seen_at("/cgi-bin/token").len(), 2);
        stage.api.say("/custom/send", &[gone]);
        assert_eq!(stage.failure(&order_of("x")).next, Next::Reconnect, "twice is the account's fault");
    }
    let stage = connected(&[]);
    stage.send(&order_of("x"));
    let later = Order { now: order_of("").now + Span::minutes(115), ..order_of("x") };
    stage.send(&later);
    assert_eq!(stage.api.seen_at("/cgi-bin/token").len(), 2, "it is renewed before it ends");
}

#[test]
fn every_code_leads_somewhere() {
    let stage = connected(&[]);
    let (hour, minute) = (Some(Span::hours(1)), Some(Span::minutes(1)));
    for (code, cause, next) in [
        (-1, Cause::Transient, Next::Later { after: None }),
        (45_015, Cause::WindowClosed, Next::Never),
        (45_047, Cause::WindowClosed, Next::Never),
        (45_009, Cause::RateLimited, Next::Later { after: hour }),
        (45_011, Cause::RateLimited, Next::Later { after: minute }),
        (40_003, Cause::Unreachable, Next::Never),
        (43_004, Cause::Unreachable, Next::Never),
        (48_002, Cause::Unreachable, Next::Never),
        (48_001, Cause::Auth, Next::Reconnect),
        (40_164, Cause::Auth, Next::Reconnect),
        (45_002, Cause::InvalidContent, Next::Never),
        (40_007, Cause::Media, Next::Never),
        (99_999, Cause::Unknown, Next::Never),
    ] {
        let said = json!({ "errcode": code, "errmsg": "words" }).to_string();
        stage.api.say("/custom/send", &[Say::Answer(200, said)]);
        let failure = stage.failure(&order_of("x"));
        assert_eq!((failure.cause, failure.next), (cause, next), "{code}");
        assert_eq!(failure.message, format!("({code}) words"));
    }
    stage.api.say("/custom/send", &[Say::HangUp]);
    assert_eq!(stage.failure(&order_of("x")).next, Next::Unsure);
    stage.api.say("/custom/send", &[Say::Answer(502, "<html>".into())]);
    assert_eq!(stage.failure(&order_of("x")).next, Next::Unsure);
}

#[test]
fn the_providers_closed_corrects_the_window() {
    let stage = connected(&[]);
    delivered(&stage, &text("1", "x"));
    let said = json!({ "errcode": 45_015, "errmsg": "response out of time limit" }).to_string();
    stage.api.say("/custom/send", &[Say::Answer(200, said)]);
    let id = stage.reply("late after all");
    assert_eq!((stage.state(id), stage.window().as_str()), (State::Failed, "blocked"));
}

#[test]
fn files_are_uploaded_and_sent_by_their_id() {
    let stage = connected(&[]);
    stage.api.say("/media/upload", &[Say::Answer(200, json!({ "media_id": "media-7" }).to_string())]);
    for (class, name, media_type, kind, content) in [
        (FileClass::Image, "a.png", "image/png", "image", json!({ "media_id": "media-7" })),
        (FileClass::Audio, "a.amr", "audio/amr", "voice", json!({ "media_id": "media-7" })),
        (
            FileClass::Video,
            "a.mp4",
            "video/mp4",
            "video",
            json!({ "media_id": "media-7", "title": "a.mp4", "description": "" }),
        ),
    ] {
        let sent = Order { files: file(class, name, media_type), ..order_of("") };
        assert_eq!(stage.send(&sent), Outcome::Sent { provider_id: None });
        let upload = stage.api.seen_at("/media/upload").pop().unwrap();
        assert_eq!(upload.target, format!("/cgi-bin/media/upload?type={kind}&access_token=token-1"));
        assert!(String::from_utf8_lossy(&upload.body).contains("name=\"media\"; filename="));
        let message = stage.api.seen_at("/custom/send").pop().unwrap().json();
        assert_eq!((&message["msgtype"], &message[kind]), (&json!(kind), &content));
    }
    stage.api.say("/media/upload", &[Say::HangUp]);
    let lost = Order { files: file(FileClass::Image, "a.png", "image/png"), ..order_of("") };
    assert!(matches!(stage.failure(&lost).next, Next::Later { .. }), "nobody saw the upload");
}

#[test]
fn what_comes_in_the_place_of_a_file_is_no_file() {
    let stage = connected(&[]);
    let fetch = || {
        let (mut sink, source) = (Vec::new(), json!({ "media_id": "media 1" }));
        let outcome = stage.provider().fetch(&stage.account(), &stage.desk.desk.client, &source, &mut sink);
        outcome.map(|_| sink)
    };
    stage.api.say("/media/get", &[Say::Answer(200, "bytes".into())]);
    assert_eq!(fetch().unwrap(), b"bytes");
    assert_eq!(
        stage.api.seen_at("/media/get")[0].target,
        "/cgi-bin/media/get?media_id=media+1&access_token=token-1"
    );
    let said = json!({ "errcode": 40_007, "errmsg": "invalid media_id" }).to_string();
    stage.api.say("/media/get", &[Say::Answer(200, said)]);
    assert_eq!(fetch().unwrap_err().cause, Cause::Media);
    let gone = Say::Answer(200, json!({ "errcode": 42_001 }).to_string());
    stage.api.say("/media/get", &[gone, Say::Answer(200, "again".into())]);
    assert_eq!(fetch().unwrap(), b"again");
    let video = json!({ "video_url": format!("{}/film", stage.api.url) }).to_string();
    stage.api.say("/media/get", &[Say::Answer(200, video)]);
    stage.api.say("/film", &[Say::Answer(200, "film".into())]);
    assert_eq!(fetch().unwrap(), b"film");
}

#[test]
fn the_test_fetches_a_token() {
    let stage = connected(&[]);
    let ok = || stage.provider().test(&stage.account(), &stage.desk.desk.client)[0].outcome.clone();
    assert_eq!(ok(), Ok(String::new()));
    let said = json!({ "errcode": 40_164, "errmsg": "invalid ip" }).to_string();
    stage.api.say("/cgi-bin/token", &[Say::Answer(200, said)]);
    assert_eq!(ok(), Err("(40164) invalid ip".to_owned()));
}
