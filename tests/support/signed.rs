//! Deliveries as the providers make and sign them, one of each kind that is delivered to.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use transom::domain::Timestamp;
use transom::domain::channel::Kind;
use transom::net::signature;

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
pub struct Written {
    pub person: usize,
    pub number: usize,
    pub text: String,
}

/// An account that is delivered to.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    pub kind: Kind,
    /// The number of the channel.
    pub id: i64,
    pub secret: &'a str,
    /// The public address of the desk, which one provider signs.
    pub public: &'a str,
}

/// What has to be known of such an account; its secret is `secret`.
pub fn settings(kind: Kind, secret: &str) -> Vec<(&'static str, &str)> {
    match kind {
        Kind::Whatsapp => {
            vec![
                ("phone_number_id", "1122334455667"),
                ("business_account_id", "1"),
                ("access_token", "t"),
                ("app_secret", secret),
            ]
        }
        Kind::Telegram => vec![("bot_token", "7:t"), ("mode", "webhook"), ("webhook_secret", secret)],
        Kind::Line => vec![("channel_secret", secret), ("channel_access_token", "t")],
        Kind::Viber => vec![("auth_token", secret)],
        Kind::Sms => vec![("account_sid", "AC1"), ("auth_token", secret), ("number", "+14155550100")],
        Kind::Messenger => vec![("page_id", "1000"), ("access_token", "t"), ("app_secret", secret)],
        Kind::Instagram => vec![("account_id", "2000"), ("access_token", "t"), ("app_secret", secret)],
        Kind::Wechat => vec![("app_id", "wx1"), ("app_secret", "s"), ("verify_token", secret)],
        Kind::Tiktok => {
            vec![
                ("client_key", "k"),
                ("client_secret", secret),
                ("access_token", "t"),
                ("business_id", "biz"),
            ]
        }
        _ => vec![("secret", secret)],
    }
}

/// What `written` is on this account at `now`; `wrapping` makes other bytes of the same.
pub fn delivery(account: Account<'_>, written: &Written, wrapping: &str, now: Timestamp) -> Delivery {
    let Account { kind, secret, .. } = account;
    let query = if kind == Kind::Wechat { wechat_query(secret, now) } else { String::new() };
    let target = format!("/hooks/{}{query}", account.id);
    let body = match kind {
        Kind::Sms => sms(written),
        Kind::Wechat => wechat(written, now),
        kind => json_of(kind, written, now.0).to_string(),
    } + wrapping;
    let meta = || ("X-Hub-Signature-256", signature::sha256_header(secret, body.as_bytes()));
    let hmac = || signature::hmac_sha256(secret.as_bytes(), body.as_bytes());
    let signed = match kind {
        Kind::Whatsapp | Kind::Messenger | Kind::Instagram => meta(),
        Kind::Telegram => ("X-Telegram-Bot-Api-Secret-Token", secret.to_owned()),
        Kind::Line => ("X-Line-Signature", STANDARD.encode(hmac())),
        Kind::Viber => ("X-Viber-Content-Signature", signature::hex(&hmac())),
        Kind::Sms => ("X-Twilio-Signature", twilio(account, &target, &body)),
        Kind::Tiktok => ("Tiktok-Signature", tiktok(secret, now, &body)),
        _ => ("X-Transom-Signature", signature::sha256_header(secret, body.as_bytes())),
    };
    let media_type = match kind {
        Kind::Sms => "application/x-www-form-urlencoded",
        Kind::Wechat => "text/xml",
        _ => "application/json",
    };
    Delivery { target, media_type, headers: vec![signed], body }
}

/// HMAC-SHA1 over the address and the sorted fields, as the documentation of the SMS provider has it.
fn twilio(account: Account<'_>, target: &str, body: &str) -> String {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let fields: String = fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let text = format!("{}{target}{fields}", account.public);
    STANDARD.encode(signature::hmac_sha1(account.secret.as_bytes(), text.as_bytes()))
}

fn tiktok(secret: &str, now: Timestamp, body: &str) -> String {
    let seconds = now.seconds();
    let signed = signature::hmac_sha256(secret.as_bytes(), format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},s={}", signature::hex(&signed))
}

/// The plain mode signs the token, the time and a word, sorted.
fn wechat_query(secret: &str, now: Timestamp) -> String {
    let seconds = now.seconds().to_string();
    let mut words = [secret, &seconds, "n1"];
    words.sort_unstable();
    let signed = signature::hex(&Sha1::digest(words.concat()));
    format!("?signature={signed}&timestamp={seconds}&nonce=n1")
}

fn wechat(written: &Written, now: Timestamp) -> String {
    let Written { person, number, text } = written;
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o{person}</FromUserName><CreateTime>{}</CreateTime>\
         <MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>{}</MsgId></xml>",
        now.seconds(),
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

fn json_of(kind: Kind, written: &Written, now: i64) -> Value {
    let Written { person, number, text } = written;
    let name = format!("Person {person}");
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
