//! WeChat, as an official account with its customer-service messages.
//!
//! Five messages within 48 hours of each message of the customer; three within a minute after a tap on the
//! menu, a scan or following. What agents write goes through the API; an acknowledgement, where the account has one, is
//! the answer to the delivery that opens a conversation. WeChat tells neither names nor receipts, and gives no ids to what we send.
//!
//! Sources: the provider's page on customer-service messages (the five and the three), and the public program
//! wechatpy for signatures, the secure mode and the codes. From long-standing rules and not read again: how
//! tokens and media are fetched, the limits of media, the list of events. The 2048 bytes of a text are measured
//! by others.

mod aes;
mod api;
mod read;
mod send;
mod spoken;
mod xml;

use std::io::Write;

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::field::ACKNOWLEDGEMENT;
use super::talk::text_at;
use super::{
    API_BASE, Account, Answer, Check, Fetched, Field, Forged, Hook, Malformed, Order, Profile, Provider, Raw,
    Spoken, TEXT_LIMIT, card,
};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::inbound::Event;
use crate::domain::outbox::{Failure, Outcome};
use crate::domain::{Span, Timestamp};
use crate::net::{Client, signature};

const FIELDS: &[Field] = &[
    Field::text("app_id"),
    Field::secret("app_secret"),
    // Not made up here: WeChat takes at most 32 letters and digits.
    Field::secret("verify_token"),
    Field::secret("encoding_aes_key").optional(),
    ACKNOWLEDGEMENT,
    API_BASE,
    TEXT_LIMIT.optional(),
];

/// In the plain mode the signature does not cover the body, so an old one must not open the door for ever.
const FRESH: Span = Span::hours(1);

/// The official account.
pub struct Wechat;

impl Provider for Wechat {
    fn kind(&self) -> Kind {
        Kind::Wechat
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Wechat, settings)
    }

    fn handshake(&self, account: &Account, hook: &Hook<'_>) -> Option<Answer> {
        if hook.post {
            return None;
        }
        let echo = asked(hook, "echostr")?;
        let known = signed(account, hook, "signature", None);
        Some(if known { Answer::text(200, echo) } else { Answer::text(403, "") })
    }

    /// With a key, only what is encrypted and signed as such is taken; without one, the plain signature.
    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let seconds = asked(hook, "timestamp").and_then(|text| text.parse().ok()).ok_or(Forged)?;
        let fresh = hook.now.since(Timestamp::from_seconds(seconds)) < FRESH;
        let fits = if account.get("encoding_aes_key").is_empty() {
            signed(account, hook, "signature", None)
        } else {
            let body = xml::read(hook.body).map_err(|_| Forged)?;
            let encrypted = body.get("Encrypt").ok_or(Forged)?;
            signed(account, hook, "msg_signature", Some(encrypted))
        };
        if fits && fresh { Ok(()) } else { Err(Forged) }
    }

    fn acknowledge(&self, _hook: &Hook<'_>) -> Answer {
        Answer::text(200, "success")
    }

    fn speak(&self, account: &Account, hook: &Hook<'_>) -> Option<Spoken> {
        spoken::spoken(self, account, hook)
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let mut body = xml::read(raw.body)?;
        let key = account.get("encoding_aes_key");
        match body.get("Encrypt") {
            Some(encrypted) if !key.is_empty() => {
                body = xml::read(&aes::open(key, account.get("app_id"), encrypted)?)?;
            }
            Some(_) if !body.contains_key("MsgType") => {
                return Err(Malformed("it is encrypted and the channel has no key".to_owned()));
            }
            _ => {}
        }
        read::events(&body, raw.received_at)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        match send::send(&api::Api { account, client, now: Some(order.now) }, order) {
            // WeChat gives no id.
            Ok(()) => Outcome::Sent { provider_id: None },
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
        api::Api { account, client, now: None }.fetch(source, sink)
    }

    /// Since December 2021 WeChat tells neither name nor picture, but for accounts that it excepts; what the team
    /// itself noted about a follower there is told to everybody.
    fn profile(&self, account: &Account, client: &Client, person: &str) -> Option<Result<Profile, Failure>> {
        let person: String = form_urlencoded::byte_serialize(person.as_bytes()).collect();
        let path = format!("/cgi-bin/user/info?openid={person}&lang=en");
        let api = api::Api { account, client, now: None };
        Some(api.call(&path, |target| target.get()).map(|talk| Profile {
            name: ["/nickname", "/remark"].iter().find_map(|at| text_at(&talk.json, at)),
            picture: text_at(&talk.json, "/headimgurl").map(|url| json!({ "url": url })),
        }))
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let outcome = api::Api { account, client, now: None }.test();
        vec![Check { step: "token", outcome: outcome.map_err(|failure| failure.message) }]
    }
}

fn asked(hook: &Hook<'_>, name: &str) -> Option<String> {
    form_urlencoded::parse(hook.query.as_bytes())
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether the query's word `name` is the SHA-1 of our token, its time, its nonce and `more`, sorted.
fn signed(account: &Account, hook: &Hook<'_>, name: &str, more: Option<&str>) -> bool {
    let token = account.get("verify_token");
    let (Some(time), Some(nonce), Some(given)) =
        (asked(hook, "timestamp"), asked(hook, "nonce"), asked(hook, name))
    else {
        return false;
    };
    let parts: Vec<&str> = [token, &time, &nonce].into_iter().chain(more).collect();
    let right = sha1(&parts);
    !token.is_empty() && signature::equal(given.as_bytes(), right.as_bytes())
}

/// The SHA-1 of the words, sorted and put together.
fn sha1(words: &[&str]) -> String {
    let mut words = words.to_vec();
    words.sort_unstable();
    signature::hex(&Sha1::digest(words.concat().as_bytes()))
}
