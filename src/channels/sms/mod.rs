//! SMS by Twilio Programmable Messaging. No window; who answers STOP is not written to again.
//! Sources: twilio.com/docs/messaging/guides/webhook-request, the published OpenAPI of the 2010-04-01 API.

mod missed;

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::talk::{Talk, Target, by_status, download};
use super::{
    API_BASE, Account, Answer, Check, Fetched, Field, Forged, Hook, Input, Malformed, Order, Polled,
    Provider, Raw, TEXT_LIMIT, card, same_origin,
};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party, Receipt};
use crate::domain::message::{Extra, State};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::window::Opener;
use crate::domain::{Timestamp, phone};
use crate::net::{Client, signature};

const API: &str = "https://api.twilio.com";

const FIELDS: &[Field] = &[
    Field::text("account_sid"),
    Field::secret("auth_token"),
    Field::text("number"),
    Field { input: Input::YesNo, ..Field::text("mms").or("no") },
    Field { input: Input::Number, ..Field::text("per_second").or("1") },
    TEXT_LIMIT.optional(),
    API_BASE,
];

/// The words that carriers and Twilio treat as "no more" and "again".
const STOP: [&str; 9] =
    ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "stop all", "revoke", "optout"];
const START: [&str; 3] = ["start", "yes", "unstop"];

/// The number at Twilio.
pub struct Sms;

impl Provider for Sms {
    fn kind(&self) -> Kind {
        Kind::Sms
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Sms, settings)
    }

    /// HMAC-SHA1 over the address exactly as Twilio called it and every form field, sorted by name.
    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let token = account.get("auth_token");
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(hook.body).into_owned().collect();
        fields.sort_unstable();
        let fields: String = fields.into_iter().flat_map(|(name, value)| [name, value]).collect();
        let given = (hook.header)("x-twilio-signature").and_then(|text| STANDARD.decode(text.trim()).ok());
        let given = given.filter(|_| !token.is_empty()).ok_or(Forged)?;
        let fits = |base: &String| {
            let signed = format!("{base}{}{fields}", hook.target);
            signature::equal(&given, &signature::hmac_sha1(token.as_bytes(), signed.as_bytes()))
        };
        if bases(account, hook).iter().any(fits) { Ok(()) } else { Err(Forged) }
    }

    fn keep_headers(&self) -> &'static [&'static str] {
        &["?"]
    }

    fn dedupe_key(&self, hook: &Hook<'_>) -> Option<String> {
        let form = Form::read(hook.body);
        let sid = form.get("MessageSid")?;
        Some(format!("{sid}:{}", form.get("MessageStatus").unwrap_or_default()))
    }

    /// An empty answer in their language: we do not reply by webhook.
    fn acknowledge(&self, _hook: &Hook<'_>) -> Answer {
        Answer { status: 200, content_type: "text/xml", body: b"<Response></Response>".to_vec() }
    }

    fn parse(&self, _account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let form = Form::read(raw.body);
        match form.get("MessageStatus").filter(|status| !matches!(*status, "received" | "receiving")) {
            Some(status) => receipt(&form, status, raw),
            None => message(&form, raw.received_at),
        }
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        let callback = format!("{}?key={}", account.hook_url(), order.key);
        let number = account.get("number");
        // A pool of numbers stands for the number.
        let sender = if number.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let mut fields = vec![("To", order.to.1), (sender, number)];
        if !order.body.is_empty() {
            fields.push(("Body", order.body));
        }
        if !account.public_url.is_empty() {
            fields.push(("StatusCallback", &callback));
        }
        for file in &order.files {
            if file.url.is_empty() {
                let words = "Twilio fetches files itself, so this desk needs a public address";
                return Outcome::Failed(Failure::never(Cause::Media, words));
            }
            fields.push(("MediaUrl", &file.url));
        }
        let path = format!("/2010-04-01/Accounts/{}/Messages.json", account.get("account_sid"));
        match post(account, client, &path, &fields) {
            Ok(talk) if talk.ok() => Outcome::Sent { provider_id: talk.text("/sid") },
            Ok(talk) => Outcome::Failed(failure(&talk)),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        let url = source.get("url").and_then(Value::as_str).unwrap_or_default();
        let basic = basic(account);
        // The password is for Twilio alone, wherever a forged field may point.
        let own = same_origin(url, API) || account.is_own_host(url);
        let headers = [("Authorization", basic.as_str())];
        let headers: &[(&str, &str)] = if own { &headers } else { &[] };
        let trusted = account.is_own_host(url);
        download(&Target { client, url, headers, trusted }, sink)?;
        Ok(Fetched { media_type: None, name: None })
    }

    /// A delivery that nobody takes is not repeated by Twilio, so the list of messages is looked through.
    fn missed(
        &self,
        account: &Account,
        client: &Client,
        cursor: &str,
        now: Timestamp,
    ) -> Option<Result<Polled, Failure>> {
        Some(missed::since(account, client, cursor, now))
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let path = format!("/2010-04-01/Accounts/{}.json", account.get("account_sid"));
        let outcome = ask(account, client, &path).and_then(|talk| match talk.text("/status") {
            Some(status) if status == "active" => Ok(status),
            status => Err(status.unwrap_or_default()),
        });
        let token = Check { step: "token", outcome };
        if token.outcome.is_err() || !account.get("number").starts_with('+') {
            return vec![token];
        }
        let number: String = form_urlencoded::byte_serialize(account.get("number").as_bytes()).collect();
        let path = format!(
            "/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json?PhoneNumber={number}",
            account.get("account_sid")
        );
        let number = ask(account, client, &path);
        let at = |pointer: &str| number.as_ref().ok().and_then(|talk| talk.text(pointer)).unwrap_or_default();
        let ours = at("/incoming_phone_numbers/0/phone_number");
        let known = if ours.is_empty() { Err(number.clone().err().unwrap_or_default()) } else { Ok(ours) };
        let hook = at("/incoming_phone_numbers/0/sms_url");
        // What stands behind the # tells Twilio how to call, not where.
        let webhook = if hook.split('#').next() == Some(&account.hook_url()) { Ok(hook) } else { Err(hook) };
        let mut checks = vec![token, Check { step: "phone_number", outcome: known }];
        if checks.iter().all(|check| check.outcome.is_ok()) {
            checks.push(Check { step: "webhook", outcome: webhook });
        }
        checks
    }
}

/// The fields of a Twilio form; new ones come without notice, so all others are let be.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &[u8]) -> Form {
        Form(form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What the address that Twilio called may have begun with. The public address is where it was told to call,
/// whatever a proxy makes of it on the way; without one the request's own host has to do, which nobody can
/// misuse who does not know the token. Twilio writes the usual port out or leaves it away.
fn bases(account: &Account, hook: &Hook<'_>) -> Vec<String> {
    let mut bases = if account.public_url.is_empty() {
        let host = (hook.header)("host").unwrap_or_default();
        vec![format!("https://{host}"), format!("http://{host}")]
    } else {
        vec![account.public_url.clone()]
    };
    for base in bases.clone() {
        let port = if base.starts_with("https:") { ":443" } else { ":80" };
        let (scheme, rest) = base.split_once("://").unwrap_or_default();
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        bases.push(match host.strip_suffix(port) {
            Some(bare) => format!("{scheme}://{bare}{path}"),
            None => format!("{scheme}://{host}{port}{path}"),
        });
    }
    bases
}

fn ask(account: &Account, client: &Client, path: &str) -> Result<Talk, String> {
    match get(account, client, path) {
        Ok(talk) if talk.ok() => Ok(talk),
        Ok(talk) => Err(words(&talk)),
        Err(failure) => Err(failure.message),
    }
}

fn basic(account: &Account) -> String {
    let pair = format!("{}:{}", account.get("account_sid"), account.get("auth_token"));
    format!("Basic {}", STANDARD.encode(pair))
}

fn post(account: &Account, client: &Client, path: &str, fields: &[(&str, &str)]) -> Result<Talk, Failure> {
    let (url, basic) = (format!("{}{path}", account.api(API)), basic(account));
    let headers = [("Authorization", basic.as_str())];
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }.post_form(fields)
}

fn get(account: &Account, client: &Client, path: &str) -> Result<Talk, Failure> {
    let (url, basic) = (format!("{}{path}", account.api(API)), basic(account));
    let headers = [("Authorization", basic.as_str())];
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }.get()
}

fn party(form: &Form) -> Result<Party, Malformed> {
    let from = form.get("From").filter(|from| !from.is_empty()).ok_or_else(|| Malformed("no From".into()))?;
    // A short code or a name is no number; it is kept as it is.
    let value = if from.starts_with('+') { phone::from_provider(from) } else { from.to_owned() };
    Ok(Party { kind: AddressKind::Phone, value, name: None, also: Vec::new() })
}

/// A delivery gives no time of sending, so the time of receipt stands for it; the list of messages does.
fn message(form: &Form, received_at: Timestamp) -> Result<Vec<Event>, Malformed> {
    let listed = form.get(missed::SENT).and_then(|text| text.parse().ok()).map(Timestamp);
    let at = listed.map_or(received_at, |listed| listed.min(received_at));
    let provider_id = form.get("MessageSid").ok_or_else(|| Malformed("no MessageSid".into()))?.to_owned();
    let body = form.get("Body").unwrap_or_default().to_owned();
    let from = party(form)?;
    let mut events = Vec::new();
    if let Some(allowed) = consent(form, &body) {
        events.push(Event::Consent { from: from.clone(), allowed, at });
    }
    let count: usize = form.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0);
    let files = (0..count.min(10)).filter_map(|n| {
        let url = form.get(&format!("MediaUrl{n}"))?;
        let media_type = form.get(&format!("MediaContentType{n}")).unwrap_or("application/octet-stream");
        let content = FileContent::Remote(json!({ "url": url }));
        Some(File { name: format!("media-{}", n + 1), media_type: media_type.to_owned(), content })
    });
    events.push(Event::Message(Incoming {
        from,
        provider_id,
        at,
        body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: None,
        extra: Extra::default(),
        files: files.collect(),
        opener: Some(Opener::Message),
        letter: None,
    }));
    Ok(events)
}

fn consent(form: &Form, body: &str) -> Option<bool> {
    match form.get("OptOutType") {
        Some("STOP") => return Some(false),
        Some("START") => return Some(true),
        _ => {}
    }
    let word = body.trim().trim_end_matches(['.', '!']).to_lowercase();
    if STOP.contains(&word.as_str()) { Some(false) } else { START.contains(&word.as_str()).then_some(true) }
}

fn receipt(form: &Form, status: &str, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
    let state = match status {
        "sent" => State::Sent,
        "delivered" | "partially_delivered" => State::Delivered,
        "read" => State::Read,
        "failed" | "undelivered" | "canceled" => State::Failed,
        _ => return Ok(vec![Event::Ignored { why: "still on its way" }]),
    };
    let provider_id = form.get("MessageSid").ok_or_else(|| Malformed("no MessageSid".into()))?.to_owned();
    let said = form.get("ErrorMessage").filter(|words| !words.is_empty());
    let code = form.get("ErrorCode").and_then(|code| code.parse().ok());
    let fault = (state == State::Failed).then(|| match code {
        Some(code) => by_code(code, said.map_or_else(|| format!("Twilio error {code}"), str::to_owned)),
        None => Failure::never(Cause::Unknown, said.unwrap_or(status)),
    });
    let query = raw.headers.get("?").map_or("", String::as_str);
    let our_key = Form::read(query.as_bytes()).get("key").map(str::to_owned);
    let at = raw.received_at;
    Ok(vec![Event::Receipt(Receipt { provider_id: Some(provider_id), our_key, state, at, fault })])
}

fn words(talk: &Talk) -> String {
    talk.text("/message").unwrap_or_else(|| format!("Twilio answered {}", talk.status))
}

fn failure(talk: &Talk) -> Failure {
    match talk.json.get("code").and_then(Value::as_i64) {
        Some(20429) => Failure::later(Cause::RateLimited, words(talk), talk.retry_after),
        Some(code) if code != 0 => by_code(code, words(talk)),
        _ => by_status(talk, words(talk)),
    }
}

/// twilio.com/docs/api/errors
fn by_code(code: i64, words: String) -> Failure {
    match code {
        // 20404: there is no such account.
        20003 | 20404 => Failure::reconnect(words),
        21610 => Failure::never(Cause::OptedOut, words),
        63016 => Failure::never(Cause::WindowClosed, words),
        30001 | 63018 => Failure::later(Cause::RateLimited, words, None),
        30002 | 30007 | 30034 | 21408 => Failure::never(Cause::Policy, words),
        21211 | 21614 | 30003 | 30004 | 30005 | 30006 | 63024 => Failure::never(Cause::Unreachable, words),
        21620 | 30019 | 12300 => Failure::never(Cause::Media, words),
        21606 | 21659 => Failure::reconnect(words),
        _ => Failure::never(Cause::InvalidContent, words),
    }
}
