//! One file a provider, behind one trait: a provider's bytes on the one side, our values on the other.
//!
//! Nothing outside this folder knows a provider's name, field or code. Nothing in it touches the database.

pub mod alert;
mod answered;
pub mod cards;
mod custom;
mod draft;
mod email;
mod field;
pub mod given;
mod lasting;
mod length;
mod line;
mod messenger;
mod meta;
mod order;
mod paces;
mod plain;
pub mod settings;
mod simulator;
mod sms;
mod talk;
mod telegram;
mod tiktok;
mod viber;
mod webchat;
mod wechat;
mod whatsapp;

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

pub use draft::draft;
pub use field::{API_BASE, Field, Input, TEXT_LIMIT};
pub use lasting::{ACCESS_UNTIL, Asked, Consent, GIVEN, Line, Permit};
pub use order::{Order, OutFile, Reacting, Spoken};

use answered::{not_fetched, retry_after, same_origin, unanswered, unanswered_harmless};

use crate::domain::channel::{Card, Channel, Kind, Settings};
use crate::domain::checkup::Wrong;
use crate::domain::inbound::Event;
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::template::Template;
use crate::domain::{Span, Timestamp};
use crate::i18n::Language;
use crate::net::Client;

/// The secret settings of an account, by name.
pub type Secrets = BTreeMap<String, String>;

/// A connected account with its secrets.
#[derive(Clone, Debug)]
pub struct Account {
    pub channel: Channel,
    pub secrets: Secrets,
    /// Where the provider reaches us, without a trailing slash; empty when nobody told.
    pub public_url: String,
    /// The language of the desk, for a note in place of what was not fetched.
    pub language: Language,
}

impl Account {
    /// The value of a setting, secret or not; empty when it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.secrets.get(name).or_else(|| self.channel.settings.get(name)).map_or("", String::as_str)
    }

    /// Whether the other is connected in the same way: what renews itself does not count.
    pub fn is_same_connection(&self, other: &Account) -> bool {
        let own = |account: &Account| {
            let mut secrets = account.secrets.clone();
            secrets.retain(|name, _| !name.starts_with(GIVEN));
            secrets
        };
        own(self) == own(other) && self.channel.settings == other.channel.settings
    }

    /// Where the provider's API is called, without a trailing slash: `api_base`, or the provider's own.
    pub fn api<'a>(&'a self, own: &'a str) -> &'a str {
        let base = self.get("api_base").trim_end_matches('/');
        if base.is_empty() { own } else { base }
    }

    /// Whether an administrator chose where the API is.
    pub fn has_own_api(&self) -> bool {
        !self.get("api_base").is_empty()
    }

    /// Whether `url` lies on the host that an administrator chose, so that it is trusted like the provider's own.
    pub fn is_own_host(&self, url: &str) -> bool {
        self.has_own_api() && same_origin(url, self.get("api_base"))
    }

    /// The address that the provider is to call.
    pub fn hook_url(&self) -> String {
        format!("{}/hooks/{}", self.public_url, self.channel.id)
    }
}

/// A delivery from a provider, as it came.
pub struct Hook<'a> {
    /// The method is POST; otherwise it is GET.
    pub post: bool,
    /// Path and query as they were called, to be put after the public URL.
    pub target: &'a str,
    /// The raw query.
    pub query: &'a str,
    /// Looks a header up by its lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    pub body: &'a [u8],
    pub now: Timestamp,
}

/// The signature does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forged;

/// The bytes are not what the provider documents. They are kept for an administrator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed(pub String);

/// A kept delivery, to be read.
pub struct Raw<'a> {
    /// What [`Provider::keep_headers`] asked for.
    pub headers: &'a BTreeMap<String, String>,
    pub body: &'a [u8],
    pub received_at: Timestamp,
}

/// What a poll brought.
pub struct Polled {
    /// Each with the provider's own id.
    pub deliveries: Vec<(String, Vec<u8>)>,
    /// Where the next poll goes on, once these are kept.
    pub cursor: String,
}

/// What is answered to a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

impl Answer {
    /// A plain answer.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }
}

/// What a fetched file turned out to be.
pub struct Fetched {
    pub media_type: Option<String>,
    pub name: Option<String>,
}

/// What a channel tells of a person.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Profile {
    pub name: Option<String>,
    /// What [`Provider::fetch`] takes to fetch the picture; `None`: the person shows none.
    pub picture: Option<Value>,
}

/// How long the provider lets us in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    /// When it ends unless somebody acts; `None`: never, or the provider does not tell.
    pub until: Option<Timestamp>,
    /// When to ask again, or to renew it.
    pub again: Timestamp,
    /// What takes the place of the secrets of these names; empty: nothing was renewed.
    pub secrets: Secrets,
}

/// The largest file that is fetched, in bytes.
pub const LARGEST_FILE: u64 = 100 * 1024 * 1024;

/// The outcome of the *Test* button: each step, and what to do where it failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// A key of the texts, as in `token`.
    pub step: &'static str,
    /// `Err` carries the provider's own words.
    pub outcome: Result<String, String>,
}

/// What a test found wrong.
pub fn wrong(checks: &[Check]) -> Vec<Wrong> {
    let bad = checks.iter().filter_map(|check| Some((check.step, check.outcome.as_ref().err()?)));
    bad.map(|(step, words)| Wrong { step: step.to_owned(), words: words.clone() }).collect()
}

/// One kind of channel.
pub trait Provider: Send + Sync {
    fn kind(&self) -> Kind;

    /// The settings, in the order in which pages ask for them.
    fn fields(&self) -> &'static [Field];

    /// What an account with these settings can do.
    fn card(&self, settings: &Settings) -> Card;

    /// The answer to a set-up handshake, if this request is one.
    fn handshake(&self, account: &Account, hook: &Hook<'_>) -> Option<Answer> {
        let _ = (account, hook);
        None
    }

    /// Whether the delivery is the provider's, by its raw bytes and in constant time.
    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged>;

    /// The provider's own id of the delivery, where it has one; otherwise a hash of the body stands for it.
    fn dedupe_key(&self, hook: &Hook<'_>) -> Option<String> {
        let _ = hook;
        None
    }

    /// The lower-case names of headers that reading needs later (`?` stands for the query).
    fn keep_headers(&self) -> &'static [&'static str] {
        &[]
    }

    /// The largest delivery, in bytes. Where files are fetched, they do not come with it.
    fn largest(&self) -> u64 {
        4 * 1024 * 1024
    }

    /// What the provider wants to hear when its delivery is safe.
    fn acknowledge(&self, hook: &Hook<'_>) -> Answer {
        let _ = hook;
        Answer::text(200, "")
    }

    /// The same answer with the account's acknowledgement in it, where this delivery is a message and the provider
    /// hands such an answer to who wrote it. The same delivery gives the same again.
    fn speak(&self, account: &Account, hook: &Hook<'_>) -> Option<Spoken> {
        let _ = (account, hook);
        None
    }

    /// Reads a kept delivery. Pure: the same bytes give the same events for ever.
    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed>;

    /// Whether this account is asked for news; otherwise the provider calls us.
    fn polls(&self, account: &Account) -> bool {
        let _ = account;
        false
    }

    /// What is to be arranged at the provider when the account is connected, changed or switched on.
    fn connect(&self, account: &Account, client: &Client) -> Vec<Check> {
        let _ = (account, client);
        Vec::new()
    }

    /// Asks the provider for news after `cursor`, for accounts that are polled; `None` where the provider calls us.
    /// May take as long as a long poll.
    fn poll(&self, account: &Account, client: &Client, cursor: &str) -> Option<Result<Polled, Failure>> {
        let _ = (account, client, cursor);
        None
    }

    /// A connection for polling that stays open; `None` where each poll is a call of its own.
    fn line(&self, account: &Account) -> Option<Box<dyn Line>> {
        let _ = account;
        None
    }

    /// How access is given to this account on a page of the provider; `None` where settings suffice.
    fn consent(&self, account: &Account) -> Option<&'static dyn Consent> {
        let _ = account;
        None
    }

    /// Sends a message. Called outside every transaction; may take as long as its time-outs.
    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome;

    /// Brings a reaction, or takes it back. Doing it twice does no harm. Called outside every transaction.
    fn react(&self, account: &Account, client: &Client, reacting: &Reacting<'_>) -> Result<(), Failure> {
        let _ = (account, client, reacting);
        Err(Failure::never(Cause::Policy, "this channel takes no reactions"))
    }

    /// Fetches a file that a message mentions, into `sink`, at most `most` bytes.
    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        let _ = (account, client, source, sink);
        Err(Failure::never(Cause::Media, "this channel has no files to fetch"))
    }

    /// Asks who `person` is, by the provider's own id. `None`: this channel tells nothing of people beyond what
    /// stands in their messages.
    fn profile(&self, account: &Account, client: &Client, person: &str) -> Option<Result<Profile, Failure>> {
        let _ = (account, client, person);
        None
    }

    /// Asks how long the account's token lives, and renews it where the provider allows that. What it returns must
    /// be kept at once: the old token may be worth nothing any more. `None`: this channel's tokens have no end.
    fn access(&self, account: &Account, client: &Client, now: Timestamp) -> Option<Result<Access, Failure>> {
        let _ = (account, client, now);
        None
    }

    /// What came while nobody heard the provider: everything since `cursor`, which is empty at first. It may
    /// repeat what is here already. `None`: the provider delivers again by itself, or keeps nothing.
    fn missed(
        &self,
        account: &Account,
        client: &Client,
        cursor: &str,
        now: Timestamp,
    ) -> Option<Result<Polled, Failure>> {
        let _ = (account, client, cursor, now);
        None
    }

    /// Really calls the provider and says what is wrong.
    fn test(&self, account: &Account, client: &Client) -> Vec<Check>;

    /// How long a good answer to [`Provider::test`] holds before the provider is asked by itself again.
    fn holds(&self) -> Span {
        Span::days(1)
    }

    /// The templates that the provider has approved or is looking at; `None` where it has none.
    fn templates(&self, account: &Account, client: &Client) -> Option<Result<Vec<Template>, Failure>> {
        let _ = (account, client);
        None
    }
}

/// The file that speaks for a kind. `None` for a kind that this version cannot connect yet.
pub fn provider(kind: Kind) -> Option<&'static dyn Provider> {
    match kind {
        Kind::Whatsapp => Some(&whatsapp::Whatsapp),
        Kind::Custom => Some(&custom::Custom),
        Kind::Simulator => Some(&simulator::Simulator),
        Kind::Webchat => Some(&webchat::Webchat),
        Kind::Messenger => Some(&messenger::MESSENGER),
        Kind::Instagram => Some(&messenger::INSTAGRAM),
        Kind::Telegram => Some(&telegram::Telegram),
        Kind::Line => Some(&line::Line),
        Kind::Viber => Some(&viber::Viber),
        Kind::Tiktok => Some(&tiktok::Tiktok),
        Kind::Sms => Some(&sms::Sms),
        Kind::Wechat => Some(&wechat::Wechat),
        Kind::Email => Some(&email::Email),
    }
}

/// What an account of this kind with these settings can do, whether or not it can be connected yet.
pub fn card(kind: Kind, settings: &Settings) -> Card {
    cards::card(kind, settings)
}
