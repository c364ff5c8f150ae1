//! E-mail: letters come in from a mailbox that we read, or from a mail server that hands them to us; answers go
//! out by SMTP.
//!
//! **In by a mail server**: `POST /hooks/ID` with the letter as it came (RFC 5322) as the body. The sender shows
//! that it knows `hook_secret`: as `Authorization: Bearer SECRET`, as the password of `Authorization: Basic`, or by
//! `X-Transom-Signature: sha256=HEX`, the HMAC-SHA256 of the body. The envelope of SMTP may stand in the query:
//! `?to=ADDRESS&from=ADDRESS`. The answer is 200 when the letter is safe.

mod automatic;
mod bounce;
mod days;
mod fields;
mod imap;
mod letter;
mod mailbox;
mod mime;
mod oauth;
mod oversize;
mod parse;
mod reply;
mod settings;
mod smtp;
mod trouble;
mod watch;
mod wire;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{
    Access, Account, Check, Consent, Field, Forged, Hook, Line, Malformed, Order, Provider, Raw,
    card as the_card,
};
use crate::domain::Timestamp;
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::inbound::Event;
use crate::domain::outbox::{Failure, Outcome};
use crate::net::{Client, signature};

/// A mailbox.
pub struct Email;

impl Provider for Email {
    fn kind(&self) -> Kind {
        Kind::Email
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        the_card(Kind::Email, settings)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let secret = account.get("hook_secret");
        if secret.is_empty() {
            return Err(Forged);
        }
        if let Some(given) = (hook.header)("x-transom-signature") {
            return signature::check_sha256(secret, hook.body, &given).then_some(()).ok_or(Forged);
        }
        let given = (hook.header)("authorization").and_then(|given| password(&given)).ok_or(Forged)?;
        signature::equal(&given, secret.as_bytes()).then_some(()).ok_or(Forged)
    }

    /// What mail servers commonly take at most, with its files in base64.
    fn largest(&self) -> u64 {
        40 * 1024 * 1024
    }

    fn keep_headers(&self) -> &'static [&'static str] {
        &["?"]
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        Ok(parse::events(account, raw))
    }

    fn polls(&self, account: &Account) -> bool {
        wire::polls(account)
    }

    fn line(&self, account: &Account) -> Option<Box<dyn Line>> {
        self.polls(account).then(|| Box::new(mailbox::Mailbox::new(account)) as Box<dyn Line>)
    }

    fn consent(&self, account: &Account) -> Option<&'static dyn Consent> {
        settings::is_oauth(account).then_some(&oauth::Oauth as &dyn Consent)
    }

    fn access(&self, account: &Account, client: &Client, now: Timestamp) -> Option<Result<Access, Failure>> {
        if settings::is_oauth(account) { oauth::access(account, client, now) } else { None }
    }

    fn send(&self, account: &Account, _client: &Client, order: &Order<'_>) -> Outcome {
        wire::send(account, order)
    }

    fn test(&self, account: &Account, _client: &Client) -> Vec<Check> {
        wire::test(account)
    }
}

/// What an `Authorization` header shows: a bearer's word, or the password of the basic form, whatever the name.
fn password(header: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().as_bytes().to_vec());
    }
    let pair = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    pair.get(colon + 1..).map(<[u8]>::to_vec)
}
