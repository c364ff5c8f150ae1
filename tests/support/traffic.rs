//! What customers write on each channel that is delivered to, as its provider delivers it: its body, its signature,
//! its names for the message and the person. And the account that takes it, with what its provider answers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use transom::channels::{self, Secrets};
use transom::desk::Desk;
use transom::domain::Timestamp;
use transom::domain::channel::{Channel, Kind, Settings};
use transom::net::signature;
use transom::store;
use transom::web::http::{Method, Request};

/// Where the desk is reached, which one provider signs.
pub const PUBLIC: &str = "https://desk.example.org";
const SECRET: &str = "the-secret";
/// Those whose providers deliver by webhook, and one's own program.
pub const KINDS: [Kind; 10] = [
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
pub struct Delivery {
    pub target: String,
    pub media_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What somebody wrote.
#[derive(Clone)]
pub struct Written {
    pub kind: Kind,
    /// The channel's own number.
    pub channel: i64,
    pub person: usize,
    /// Names the message for its provider.
    pub number: usize,
    pub text: String,
    pub at: Timestamp,
}

/// The settings of an account of this kind whose provider is at `api`.
pub fn settings(kind: Kind, api: &str) -> Vec<(&'static str, String)> {
    let given: &[(&str, &str)] = match kind {
        Kind::Whatsapp => &[
            ("phone_number_id", "1122334455667"),
            ("business_account_id", "12"),
            ("access_token", "t"),
            ("app_secret", SECRET),
            ("verify_token", "v"),
        ],
        Kind::Telegram => &[("bot_token", "7:t"), ("mode", "webhook"), ("webhook_secret", SECRET)],
        Kind::Line => &[("channel_secret", SECRET), ("channel_access_token", "t")],
        Kind::Viber => &[("auth_token", SECRET)],
        // A rate that a test does not notice.
        Kind::Sms => &[
            ("account_sid", "AC1"),
            ("auth_token", SECRET),
            ("number", "+14155550100"),
            ("per_second", "50"),
        ],
        Kind::Messenger => {
            &[("page_id", "1000"), ("access_token", "t"), ("app_secret", SECRET), ("verify_token", "v")]
        }
        Kind::Instagram => {
            &[("account_id", "2000"), ("access_token", "t"), ("app_secret", SECRET), ("verify_token", "v")]
        }
        Kind::Wechat => &[("app_id", "wx1"), ("app_secret", "s"), ("verify_token", SECRET)],
        Kind::Tiktok => {
            &[("client_key", "k"), ("client_secret", SECRET), ("access_token", "t"), ("business_id", "biz")]
        }
        Kind::Email => &[("address", "help@shop.test"), ("hook_secret", SECRET)],
        _ => &[("secret", SECRET)],
    };
    let mut given: Vec<_> = given.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    match kind {
        Kind::Custom => given.push(("outbound_url", format!("{api}/out"))),
        Kind::Email => {}
        _ => given.push(("api_base", api.to_owned())),
    }
    given
}

/// Connects an account; settings that are secret for its kind are sealed.
pub fn connect(desk: &Desk, kind: Kind, given: &[(&str, &str)]) -> Channel {
    let provider = channels::provider(kind).unwrap();
    let is_secret = |name: &str| provider.fields().iter().any(|field| field.name == name && field.secret);
    let (mut settings, mut secrets) = (Settings::new(), Secrets::new());
    for (name, value) in given {
        let place = if is_secret(name) { &mut secrets } else { &mut settings };
        place.insert((*name).to_owned(), (*value).to_owned());
    }
    let now = desk.clock.now();
    let channel = channels::draft(kind, kind.label().to_owned(), transom::random::key(), settings, now);
    let sealed = desk.seal(&channel, &secrets);
    let connected = desk.writer.write(move |tx| {
        let id = store::channel::insert(tx, &channel)?;
        store::channel::set_secrets(tx, id, Some(&sealed))?;
        Ok::<_, store::Error>(store::channel::get(tx, id)?.unwrap())
    });
    connected.unwrap()
}

/// A word of the address to which a text is sent, and what is answered when it is taken.
pub fn taken(kind: Kind) -> (&'static str, String) {
    let (word, said) = match kind {
        Kind::Whatsapp => ("/messages", json!({ "messages": [{ "id": "wamid.out" }] })),
        Kind::Telegram => ("/sendMessage", json!({ "ok": true, "result": { "message_id": 900_001 } })),
        Kind::Line => ("/v2/bot/message/", json!({ "sentMessages": [{ "id": "800001" }] })),
        Kind::Viber => ("/send_message", json!({ "status": 0, "message_token": 600_001 })),
        Kind::Sms => ("/Messages.json", json!({ "sid": "SMout", "status": "queued" })),
        Kind::Messenger | Kind::Instagram => {
            ("/messages", json!({ "recipient_id": "1", "message_id": "m_out" }))
        }
        Kind::Wechat => ("/custom/send", json!({ "errcode": 0, "errmsg": "ok" })),
        Kind::Tiktok => {
            ("/message/send/", json!({ "code": 0, "data": { "message": { "message_id": "t_out" } } }))
        }
        _ => ("/out", json!({ "id": "c-out" })),
    };
    (word, said.to_string())
}

/// Mixes them, each time in the same way.
pub fn shuffle<T>(all: &mut [T]) {
    let mut dice: u64 = 0x9e37_79b9_7f4a_7c15;
    for at in (1..all.len()).rev() {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        all.swap(at, usize::try_from(dice % (at as u64 + 1)).unwrap());
    }
}

/// What is answered where WeChat's API is asked for its token.
pub const TOKEN: (&str, &str) = ("/cgi-bin/token", "{\"access_token\":\"token-1\",\"expires_in\":7200}");

/// What makes other bytes of the same delivery.
pub fn wrapping(kind: Kind) -> &'static str {
    if kind == Kind::Sms { "&ApiVersion=2010-04-01" } else { "\n" }
}

/// How the provider delivers it at `now`; `wrapping` comes behind the body and means nothing.
pub fn delivery(written: &Written, now: Timestamp, wrapping: &str) -> Delivery {
    let query = if written.kind == Kind::Wechat { wechat_query(now) } else { String::new() };
    let target = format!("/hooks/{}{query}", written.channel);
    let body = match written.kind {
        Kind::Sms => sms(written),
        Kind::Wechat => wechat(written),
        Kind::Email => letter(written),
        _ => json_of(written).to_string(),
    } + wrapping;
    let meta = || ("X-Hub-Signature-256", signature::sha256_header(SECRET, body.as_bytes()));
    let hmac = || signature::hmac_sha256(SECRET.as_bytes(), body.as_bytes());
    let signed = match written.kind {
        Kind::Whatsapp | Kind::Messenger | Kind::Instagram => meta(),
        Kind::Telegram => ("X-Telegram-Bot-Api-Secret-Token", SECRET.to_owned()),
        Kind::Line => ("X-Line-Signature", STANDARD.encode(hmac())),
        Kind::Viber => ("X-Viber-Content-Signature", signature::hex(&hmac())),
        Kind::Sms => ("X-Twilio-Signature", twilio(&target, &body)),
        Kind::Tiktok => ("Tiktok-Signature", tiktok(&body, now)),
        _ => ("X-Transom-Signature", signature::sha256_header(SECRET, body.as_bytes())),
    };
    let media_type = match written.kind {
        Kind::Sms => "application/x-www-form-urlencoded",
        Kind::Wechat => "text/xml",
        Kind::Email => "message/rfc822",
        _ => "application/json",
    };
    Delivery { target, media_type, headers: vec![signed], body }
}

/// The bytes of the request that posts it.
pub fn request(delivery: &Delivery) -> String {
    let Delivery { target, media_type, headers, body } = delivery;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nHost: desk.example.org\r\nContent-Type: {media_type}\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// The same for a desk that is asked without a connection.
pub fn posted(delivery: &Delivery) -> Request {
    let Delivery { target, media_type, headers, body } = delivery.clone();
    let request = Request::new(Method::Post, &target).with_body(media_type, body);
    headers.iter().fold(request, |request, (name, value)| request.with_header(&name.to_lowercase(), value))
}

/// HMAC-SHA1 over the address and the sorted fields, as the documentation of the SMS provider has it.
fn twilio(target: &str, body: &str) -> String {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let fields: String = fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let text = format!("{PUBLIC}{target}{fields}");
    STANDARD.encode(signature::hmac_sha1(SECRET.as_bytes(), text.as_bytes()))
}

fn tiktok(body: &str, now: Timestamp) -> String {
    let seconds = now.seconds();
    let signed = signature::hmac_sha256(SECRET.as_bytes(), format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},s={}", signature::hex(&signed))
}

/// The plain mode signs the token, the time and a word, sorted.
fn wechat_query(now: Timestamp) -> String {
    let seconds = now.seconds().to_string();
    let mut words = [SECRET, &seconds, "n1"];
    words.sort_unstable();
    let signed = signature::hex(&Sha1::digest(words.concat()));
    format!("?signature={signed}&timestamp={seconds}&nonce=n1")
}

fn wechat(written: &Written) -> String {
    let Written { person, number, text, at, .. } = written;
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o{person}</FromUserName><CreateTime>{}</CreateTime>\
         <MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>{}</MsgId></xml>",
        at.seconds(),
        90_000 + number
    )
}

fn sms(written: &Written) -> String {
    let Written { person, number, text, .. } = written;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("MessageSid", &format!("SM{number:032x}"));
    form.append_pair("AccountSid", "AC1").append_pair("From", &format!("+346112223{person:02}"));
    form.append_pair("To", "+14155550100").append_pair("Body", text).append_pair("NumMedia", "0");
    form.finish()
}

/// As a mail server hands it over.
fn letter(written: &Written) -> String {
    let Written { person, number, text, at, .. } = written;
    let date = jiff::Timestamp::from_millisecond(at.0).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    let date = jiff::fmt::rfc2822::to_string(&date).unwrap();
    format!(
        "From: Person {person} <person-{person}@example.org>\r\nTo: help@shop.test\r\nSubject: Order {person}\r\n\
         Message-ID: <n{number}@example.org>\r\nDate: {date}\r\n\r\n{text}\r\n"
    )
}

fn json_of(written: &Written) -> Value {
    let Written { kind, person, number, text, at, .. } = written;
    let (name, at) = (format!("Person {person}"), at.0);
    match kind {
        Kind::Whatsapp => {
            let from = format!("346001112{person:02}");
            let message = json!({ "from": from, "id": format!("wamid.{number}"), "type": "text",
                "timestamp": (at / 1000).to_string(), "text": { "body": text } });
            let value = json!({ "messaging_product": "whatsapp",
                "metadata": { "phone_number_id": "1122334455667" },
                "contacts": [{ "profile": { "name": name }, "wa_id": from }], "messages": [message] });
            json!({ "object": "whatsapp_business_account",
                "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] })
        }
        Kind::Telegram => {
            let who = json!({ "id": 500 + person, "is_bot": false, "first_name": name, "type": "private" });
            json!({ "update_id": 9000 + number, "message": { "message_id": number + 1, "from": who,
                "chat": who, "date": at / 1000, "text": text } })
        }
        Kind::Line => {
            let message = json!({ "type": "text", "id": format!("{}", 40_000 + number), "text": text });
            let source = json!({ "type": "user", "userId": format!("U{person:032x}") });
            json!({ "destination": "U1", "events": [{ "type": "message", "mode": "active",
                "timestamp": at, "webhookEventId": format!("E{number}"), "replyToken": format!("r{number}"),
                "deliveryContext": { "isRedelivery": false }, "source": source, "message": message }] })
        }
        Kind::Viber => json!({ "event": "message", "timestamp": at, "message_token": 70_000 + number,
            "sender": { "id": format!("v{person}=="), "name": name },
            "message": { "type": "text", "text": text } }),
        Kind::Messenger | Kind::Instagram => {
            let (object, id) =
                if *kind == Kind::Messenger { ("page", "1000") } else { ("instagram", "2000") };
            json!({ "object": object, "entry": [{ "id": id, "time": at, "messaging": [{
                "sender": { "id": format!("{}", 8000 + person) }, "recipient": { "id": id },
                "timestamp": at, "message": { "mid": format!("m_{number}"), "text": text } }] }] })
        }
        Kind::Tiktok => {
            let content = json!({ "conversation_id": format!("c{person}"), "message_id": format!("t{number}"),
                "type": "text", "timestamp": at, "text": { "body": text }, "from": name,
                "from_user": { "id": format!("u{person}") }, "to_user": { "id": "biz" } });
            json!({ "event": "im_receive_msg", "user_openid": "biz", "content": content.to_string() })
        }
        _ => json!({ "type": "text", "id": format!("c-{number}"), "body": text, "at": written.at.rfc3339(),
            "from": { "value": format!("person-{person}"), "name": name } }),
    }
}
