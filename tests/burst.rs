//! A burst: a thousand deliveries of every kind of channel that is delivered to at sixteen connections, a fifth of them twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::channel::{Channel, Kind};
use transom::jobs;
use transom::net::{Client as Outside, signature};
use transom::web::App;
use transom::web::front::Front;

use crate::front::harness::{Client, settings};
use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::desk::NOON;
use crate::support::provider::nowhere;

const MESSAGES: usize = 800;
const TWICE: usize = 200;
const CONNECTIONS: usize = 16;
/// How many people write on each channel.
const PEOPLE: usize = 16;
const PUBLIC: &str = "https://desk.example.org";
const SECRET: &str = "the-secret";
/// Those whose providers deliver by webhook, and one's own program.
const KINDS: [Kind; 10] = [
    Kind::Whatsapp,
    Kind::Telegram,
    Kind::Line,
    Kind::Viber,
    Kind::Sms,
    Kind::Messenger,
    Kind::Instagram,
    Kind::Wechat,
    Kind::Tiktok,
    Kind::Custom,
];

/// A delivery, ready to be posted.
#[derive(Clone)]
struct Delivery {
    target: String,
    media_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// What somebody wrote.
struct Written {
    person: usize,
    number: usize,
    text: String,
}

#[test]
fn a_burst_with_a_fifth_twice_loses_and_doubles_nothing() {
    let desk = desk();
    let channels: Vec<Channel> = KINDS.iter().map(|kind| connected(&desk, *kind)).collect();
    let deliveries = deliveries(&channels);
    assert_eq!(deliveries.len(), MESSAGES + TWICE);
    let running = jobs::start(&desk.desk).unwrap();
    let front = Front::start(settings(), Arc::new(App::new(desk.desk.clone()).unwrap())).unwrap();
    let began = Instant::now();
    let mut answers = post_all(front.address(), deliveries);
    let took = began.elapsed();
    desk.until(|desk| desk.count("SELECT count(*) FROM inbound WHERE state = 'new'") == 0);
    running.stop();
    drop(front);
    answers.sort_by_key(|(_, waited)| *waited);
    let per_second = (MESSAGES + TWICE) as u128 * 1000 / took.as_millis().max(1);
    let (_, p99) = answers[answers.len() * 99 / 100];
    let (_, longest) = answers[answers.len() - 1];
    println!("burst: {per_second} deliveries/s, p99 {p99:?}, longest {longest:?}");
    let refused: Vec<u16> =
        answers.iter().map(|(status, _)| *status).filter(|status| *status != 200).collect();
    assert_eq!((answers.len(), refused), (MESSAGES + TWICE, Vec::new()));
    all_once(&desk);
}

/// Nothing lost, nothing doubled, and each person in one conversation.
fn all_once(desk: &TestDesk) {
    let bodies: Vec<String> = desk.read(|c| {
        let mut found = c.prepare("SELECT body FROM message WHERE kind = 'inbound'")?;
        let rows = found.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<Vec<String>, _>>()?)
    });
    let different: BTreeSet<&String> = bodies.iter().collect();
    assert_eq!((bodies.len(), different.len()), (MESSAGES, MESSAGES));
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state <> 'done'"), 0);
    let people = i64::try_from(PEOPLE * KINDS.len()).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), people);
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), people);
    assert_eq!(desk.count("SELECT sum(unread) FROM conversation"), i64::try_from(MESSAGES).unwrap());
    assert_eq!(desk.count("SELECT sum(total) FROM folder_count"), people);
}

/// A desk that knows its public address, which one provider signs.
fn desk() -> TestDesk {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { public_url: PUBLIC.to_owned(), ..Options::default() };
    let client = Outside { allow_private: true, ..Outside::default() };
    let desk = Desk::open(&folder.path().join("transom.db"), Clock::standing(NOON), client, options);
    let desk = Arc::new(desk.unwrap());
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder }
}

fn connected(desk: &TestDesk, kind: Kind) -> Channel {
    let nowhere = nowhere();
    let mut given = match kind {
        Kind::Whatsapp => {
            vec![("phone_number_id", "1122334455667"), ("access_token", "t"), ("app_secret", SECRET)]
        }
        Kind::Telegram => vec![("bot_token", "7:t"), ("mode", "webhook"), ("webhook_secret", SECRET)],
        Kind::Line => vec![("channel_secret", SECRET), ("channel_access_token", "t")],
        Kind::Viber => vec![("auth_token", SECRET)],
        Kind::Sms => vec![("account_sid", "AC1"), ("auth_token", SECRET), ("number", "+14155550100")],
        Kind::Messenger => vec![("page_id", "1000"), ("access_token", "t"), ("app_secret", SECRET)],
        Kind::Instagram => vec![("account_id", "2000"), ("access_token", "t"), ("app_secret", SECRET)],
        Kind::Wechat => vec![("app_id", "wx1"), ("app_secret", "s"), ("verify_token", SECRET)],
        Kind::Tiktok => {
            vec![
                ("client_key", "k"),
                ("client_secret", SECRET),
                ("access_token", "t"),
                ("business_id", "biz"),
            ]
        }
        _ => vec![("secret", SECRET)],
    };
    given.push(("api_base", nowhere.as_str()));
    connect(desk, kind, &given)
}

/// Every message once and every fifth another time, the one half of these byte for byte and the other in new
/// wrapping, in an order that mixes them all.
fn deliveries(channels: &[Channel]) -> Vec<Delivery> {
    let mut all = Vec::new();
    for number in 0..MESSAGES {
        let channel = &channels[number % channels.len()];
        let round = number / channels.len();
        let person = round % PEOPLE;
        let written =
            Written { person, number, text: format!("message {number} on {}", channel.kind.as_str()) };
        all.push(delivery(channel, &written, ""));
        if round.is_multiple_of(MESSAGES / TWICE) {
            let wrapping = if round.is_multiple_of(8) { "" } else { more(channel.kind) };
            all.push(delivery(channel, &written, wrapping));
        }
    }
    let mut dice: u64 = 0x9e37_79b9_7f4a_7c15;
    for at in (1..all.len()).rev() {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        all.swap(at, usize::try_from(dice % (at as u64 + 1)).unwrap());
    }
    all
}

/// What makes other bytes of the same delivery.
fn more(kind: Kind) -> &'static str {
    if kind == Kind::Sms { "&ApiVersion=2010-04-01" } else { "\n" }
}

fn delivery(channel: &Channel, written: &Written, wrapping: &str) -> Delivery {
    let query = if channel.kind == Kind::Wechat { wechat_query() } else { String::new() };
    let target = format!("/hooks/{}{query}", channel.id);
    let body = match channel.kind {
        Kind::Sms => sms(written),
        Kind::Wechat => wechat(written),
        kind => json_of(kind, written).to_string(),
    } + wrapping;
    let meta = || ("X-Hub-Signature-256", signature::sha256_header(SECRET, body.as_bytes()));
    let hmac = || signature::hmac_sha256(SECRET.as_bytes(), body.as_bytes());
    let signed = match channel.kind {
        Kind::Whatsapp | Kind::Messenger | Kind::Instagram => meta(),
        Kind::Telegram => ("X-Telegram-Bot-Api-Secret-Token", SECRET.to_owned()),
        Kind::Line => ("X-Line-Signature", STANDARD.encode(hmac())),
        Kind::Viber => ("X-Viber-Content-Signature", signature::hex(&hmac())),
        Kind::Sms => ("X-Twilio-Signature", twilio(&target, &body)),
        Kind::Tiktok => ("Tiktok-Signature", tiktok(&body)),
        _ => ("X-Transom-Signature", signature::sha256_header(SECRET, body.as_bytes())),
    };
    let media_type = match channel.kind {
        Kind::Sms => "application/x-www-form-urlencoded",
        Kind::Wechat => "text/xml",
        _ => "application/json",
    };
    Delivery { target, media_type, headers: vec![signed], body }
}

/// HMAC-SHA1 over the address and the sorted fields, as the documentation of the SMS provider has it.
fn twilio(target: &str, body: &str) -> String {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let fields: String = fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let text = format!("{PUBLIC}{target}{fields}");
    STANDARD.encode(signature::hmac_sha1(SECRET.as_bytes(), text.as_bytes()))
}

fn tiktok(body: &str) -> String {
    let seconds = NOON.seconds();
    let signed = signature::hmac_sha256(SECRET.as_bytes(), format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},s={}", signature::hex(&signed))
}

/// The plain mode signs the token, the time and a word, sorted.
fn wechat_query() -> String {
    let seconds = NOON.seconds().to_string();
    let mut words = [SECRET, &seconds, "n1"];
    words.sort_unstable();
    let signed = signature::hex(&Sha1::digest(words.concat()));
    format!("?signature={signed}&timestamp={seconds}&nonce=n1")
}

fn wechat(written: &Written) -> String {
    let Written { person, number, text } = written;
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o{person}</FromUserName><CreateTime>{}</CreateTime>\
         <MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>{}</MsgId></xml>",
        NOON.seconds(),
        90_000 + number
    )
}

fn sms(written: &Written) -> String {
    let Written { person, number, text } = written;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("MessageSid", &format!("SM{number:032x}"));
    form.append_pair("AccountSid", "AC1").append_pair("From", &format!("+346112223{person:02}"));
    form.append_pair("To", "+14155550100").append_pair("Body", text).append_pair("NumMedia", "0");
    form.finish()
}

fn json_of(kind: Kind, written: &Written) -> Value {
    let Written { person, number, text } = written;
    let (name, now) = (format!("Person {person}"), NOON.0);
    match kind {
        Kind::Whatsapp => {
            let from = format!("346001112{person:02}");
            let message = json!({ "from": from, "id": format!("wamid.{number}"), "type": "text",
                "timestamp": (now / 1000).to_string(), "text": { "body": text } });
            let value = json!({ "messaging_product": "whatsapp",
                "metadata": { "phone_number_id": "1122334455667" },
                "contacts": [{ "profile": { "name": name }, "wa_id": from }], "messages": [message] });
            json!({ "object": "whatsapp_business_account",
                "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] })
        }
        Kind::Telegram => {
            let who = json!({ "id": 500 + person, "is_bot": false, "first_name": name, "type": "private" });
            json!({ "update_id": 9000 + number, "message": { "message_id": number + 1, "from": who,
                "chat": who, "date": now / 1000, "text": text } })
        }
        Kind::Line => {
            let message = json!({ "type": "text", "id": format!("{}", 40_000 + number), "text": text });
            let source = json!({ "type": "user", "userId": format!("U{person:032x}") });
            json!({ "destination": "U1", "events": [{ "type": "message", "mode": "active",
                "timestamp": now, "webhookEventId": format!("E{number}"), "replyToken": format!("r{number}"),
                "deliveryContext": { "isRedelivery": false }, "source": source, "message": message }] })
        }
        Kind::Viber => json!({ "event": "message", "timestamp": now, "message_token": 70_000 + number,
            "sender": { "id": format!("v{person}=="), "name": name },
            "message": { "type": "text", "text": text } }),
        Kind::Messenger | Kind::Instagram => {
            let (object, id) = if kind == Kind::Messenger { ("page", "1000") } else { ("instagram", "2000") };
            json!({ "object": object, "entry": [{ "id": id, "time": now, "messaging": [{
                "sender": { "id": format!("{}", 8000 + person) }, "recipient": { "id": id },
                "timestamp": now, "message": { "mid": format!("m_{number}"), "text": text } }] }] })
        }
        Kind::Tiktok => {
            let content = json!({ "conversation_id": format!("c{person}"), "message_id": format!("t{number}"),
                "type": "text", "timestamp": now, "text": { "body": text }, "from": name,
                "from_user": { "id": format!("u{person}") }, "to_user": { "id": "biz" } });
            json!({ "event": "im_receive_msg", "user_openid": "biz", "content": content.to_string() })
        }
        _ => json!({ "type": "text", "id": format!("c-{number}"), "body": text,
            "from": { "value": format!("person-{person}"), "name": name } }),
    }
}

/// Posts everything, each connection taking the next one; the status of each with how long it took.
fn post_all(to: std::net::SocketAddr, deliveries: Vec<Delivery>) -> Vec<(u16, Duration)> {
    let waiting = Mutex::new(VecDeque::from(deliveries));
    let next = || waiting.lock().unwrap().pop_front();
    let connection = || {
        let socket = TcpStream::connect(to).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut client = Client { socket, heard: Vec::new() };
        let mut answers = Vec::new();
        while let Some(delivery) = next() {
            let began = Instant::now();
            client.say(request(&delivery));
            answers.push((client.answer().status, began.elapsed()));
        }
        answers
    };
    std::thread::scope(|threads| {
        let all: Vec<_> = (0..CONNECTIONS).map(|_| threads.spawn(connection)).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

fn request(delivery: &Delivery) -> String {
    let Delivery { target, media_type, headers, body } = delivery;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nHost: desk.example.org\r\nContent-Type: {media_type}\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}
