//! The API of WeChat: a token that is fetched when it is needed, and codes that come with status 200.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};

use crate::channels::talk::{Talk, Target, by_status, download, text_at};
use crate::channels::{Account, Fetched};
use crate::domain::outbox::{Cause, Failure, Next};
use crate::domain::{Span, Timestamp};
use crate::locks::hold;
use crate::net::{Client, signature};

const API: &str = "https://api.weixin.qq.com";

/// An error that comes in the place of a file is shorter than this.
const SMALL: usize = 8 * 1024;

/// A token is given up this long before its end, so that it does not end on the way.
const EARLY: Span = Span::minutes(5);

/// A token and its end, where the clock was known when it was fetched.
#[derive(Clone)]
struct Token {
    word: String,
    until: Option<Timestamp>,
}

/// Every account has one token at a time: asking for another ends the one before, so all who send share it.
static TOKENS: LazyLock<Mutex<BTreeMap<String, Token>>> = LazyLock::new(Mutex::default);

/// The API as this account calls it.
pub(super) struct Api<'a> {
    pub account: &'a Account,
    pub client: &'a Client,
    /// The time, where the caller knows it.
    pub now: Option<Timestamp>,
}

impl Api<'_> {
    /// Calls `path` with a token; once more with a new one if the provider no longer knows the first.
    pub fn call(
        &self,
        path: &str,
        ask: impl Fn(&Target<'_>) -> Result<Talk, Failure>,
    ) -> Result<Talk, Failure> {
        let mut first = true;
        loop {
            let token = self.token()?;
            let talk = self.at(path, &token, |target| ask(target))?;
            match code(&talk.json) {
                Some(0) | None if talk.ok() => return Ok(talk),
                Some(40_001 | 40_014 | 42_001) if first => self.forget(&token),
                _ => return Err(failure(&talk)),
            }
            first = false;
        }
    }

    fn at<T>(&self, path: &str, token: &str, ask: impl FnOnce(&Target<'_>) -> T) -> T {
        let sign = if path.contains('?') { '&' } else { '?' };
        let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let url = format!("{}{path}{sign}access_token={token}", self.account.api(API));
        ask(&Target { client: self.client, url: &url, headers: &[], trusted: self.account.has_own_api() })
    }

    /// The token, kept until shortly before its end.
    fn token(&self) -> Result<String, Failure> {
        let good = |token: &Token| match (self.now, token.until) {
            (Some(now), Some(until)) => now < until,
            _ => true,
        };
        let kept = hold(&TOKENS).get(&self.owner()).cloned();
        match kept.filter(good) {
            Some(token) => Ok(token.word),
            None => self.new_token(),
        }
    }

    fn new_token(&self) -> Result<String, Failure> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credential")
            .append_pair("appid", self.account.get("app_id"))
            .append_pair("secret", self.account.get("app_secret"))
            .finish();
        let url = format!("{}/cgi-bin/token?{query}", self.account.api(API));
        let trusted = self.account.has_own_api();
        let asked = Target { client: self.client, url: &url, headers: &[], trusted }.get();
        // Without a token nothing of the account leaves.
        let talk = asked.map_err(|failure| match failure.next {
            Next::Later { .. } => Failure::away(failure.message),
            _ => failure,
        })?;
        let word = talk.text("/access_token").ok_or_else(|| refused(&talk))?;
        let lives = talk.json.get("expires_in").and_then(Value::as_i64).unwrap_or(7200).clamp(0, 86_400);
        let until = self.now.map(|now| now + Span::seconds(lives) - EARLY);
        hold(&TOKENS).insert(self.owner(), Token { word: word.clone(), until });
        Ok(word)
    }

    /// Another may have fetched a new one already; that one stays.
    fn forget(&self, word: &str) {
        let (mut tokens, owner) = (hold(&TOKENS), self.owner());
        if tokens.get(&owner).is_some_and(|kept| kept.word == word) {
            tokens.remove(&owner);
        }
    }

    /// Whose token it is. A hash, so that the secret lies in memory no longer than it must.
    fn owner(&self) -> String {
        let (app, secret) = (self.account.get("app_id"), self.account.get("app_secret"));
        signature::hex(&signature::sha256(format!("{app}\n{secret}\n{}", self.account.api(API)).as_bytes()))
    }

    /// A new token shows that the name, the secret and our address are good.
    pub fn test(&self) -> Result<String, Failure> {
        self.new_token().map(|_| String::new())
    }

    /// Fetches a file. What is wrong comes as JSON in its place, and a video as JSON that names its address.
    pub fn fetch(&self, source: &Value, sink: &mut dyn Write) -> Result<Fetched, Failure> {
        if let Some(url) = text_at(source, "/url") {
            let trusted = self.account.is_own_host(&url);
            download(&Target { client: self.client, url: &url, headers: &[], trusted }, sink)?;
            return Ok(Fetched { media_type: None, name: None });
        }
        let id = text_at(source, "/media_id")
            .ok_or_else(|| Failure::never(Cause::Media, "the message names no file"))?;
        let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let path = format!("/cgi-bin/media/get?media_id={id}");
        let mut first = true;
        loop {
            let token = self.token()?;
            let mut sieve = Sieve { sink: &mut *sink, held: Vec::new(), is_json: None };
            self.at(&path, &token, |target| download(target, &mut sieve))?;
            let Some(said) =
                sieve.end().map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?
            else {
                return Ok(Fetched { media_type: None, name: None });
            };
            if let Some(url) = text_at(&said, "/video_url") {
                let trusted = self.account.is_own_host(&url);
                download(&Target { client: self.client, url: &url, headers: &[], trusted }, sink)?;
                return Ok(Fetched { media_type: None, name: None });
            }
            match code(&said) {
                Some(40_001 | 40_014 | 42_001) if first => self.forget(&token),
                _ => return Err(lost(&said)),
            }
            first = false;
        }
    }
}

fn code(json: &Value) -> Option<i64> {
    json.get("errcode").and_then(Value::as_i64)
}

fn words(json: &Value) -> String {
    let said = text_at(json, "/errmsg").unwrap_or_default();
    code(json).map_or(said.clone(), |code| format!("({code}) {said}"))
}

/// A token that is not given: whatever the code, the account is not ours to use. Unless WeChat is only busy.
fn refused(talk: &Talk) -> Failure {
    match code(&talk.json) {
        Some(-1 | 45_009 | 45_011) => failure(talk),
        Some(_) => Failure::reconnect(words(&talk.json)),
        None => Failure::later(Cause::Transient, format!("WeChat answered {}", talk.status), None),
    }
}

fn lost(said: &Value) -> Failure {
    let failure = judged(code(said).unwrap_or(-1), words(said));
    match failure.next {
        Next::Later { .. } | Next::Knock | Next::Reconnect => failure,
        Next::Never | Next::Unsure | Next::Ask => Failure::never(Cause::Media, failure.message),
    }
}

fn failure(talk: &Talk) -> Failure {
    match code(&talk.json) {
        Some(0) | None => by_status(talk, format!("WeChat answered {}", talk.status)),
        Some(code) => judged(code, words(&talk.json)),
    }
}

fn judged(code: i64, words: String) -> Failure {
    match code {
        -1 => Failure::later(Cause::Transient, words, None),
        // Too late, or too many for what the customer wrote.
        45_015 | 45_047 => Failure::never(Cause::WindowClosed, words),
        45_009 => Failure::later(Cause::RateLimited, words, Some(Span::hours(1))),
        45_011 => Failure::later(Cause::RateLimited, words, Some(Span::minutes(1))),
        // 48002: the person takes no messages. There is no word for taking them again, so it is no opt-out of ours.
        40_003 | 43_004 | 48_002 => Failure::never(Cause::Unreachable, words),
        // The API is not granted; the token, the name, the secret or our address is not known.
        48_001 | 40_001 | 40_013 | 40_014 | 40_125 | 40_164 | 41_001 | 42_001 | 50_001 | 50_002 => {
            Failure::reconnect(words)
        }
        40_004..=40_007 | 40_009..=40_011 | 45_001 | 45_006 | 45_007 => Failure::never(Cause::Media, words),
        45_002 | 45_008 | 40_008 | 44_004 | 47_001 => Failure::never(Cause::InvalidContent, words),
        _ => Failure::never(Cause::Unknown, words),
    }
}

/// Lets a file through and holds JSON back: no picture, sound or video begins with a brace.
struct Sieve<'a> {
    sink: &'a mut dyn Write,
    held: Vec<u8>,
    is_json: Option<bool>,
}

impl Sieve<'_> {
    /// What was held back.
    fn end(self) -> io::Result<Option<Value>> {
        if self.is_json != Some(true) {
            return Ok(None);
        }
        match serde_json::from_slice(&self.held) {
            Ok(said) => Ok(Some(said)),
            Err(_) => Ok(Some(json!({ "errcode": -1, "errmsg": "neither a file nor an answer" }))),
        }
    }
}

impl Write for Sieve<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_json = *self.is_json.get_or_insert(bytes.first() == Some(&b'{'));
        if !is_json {
            return self.sink.write(bytes);
        }
        if self.held.len() + bytes.len() > SMALL {
            return Err(io::Error::other("the answer is too large"));
        }
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
