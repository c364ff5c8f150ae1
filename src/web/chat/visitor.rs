//! Who is at the chat: by the token that the browser keeps, or by the word of the website.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::{Id, Span, Timestamp};
use crate::net::signature;
use crate::store::{self, Connection};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::session::{cookie, hash};

/// How long the word of a website holds, once it was found true.
const VOUCHED: Span = Span::hours(12);
/// How long a browser keeps the token of a visitor.
const REMEMBERED: Span = Span::days(365);

/// Who sends this request.
#[derive(Clone, Debug)]
pub enum Who {
    /// A browser without a token.
    Stranger,
    /// A browser with a token of its own; nobody says who sits before it.
    Token { token: String, from_cookie: bool },
    /// The website vouches for the person.
    Vouched(Vouched),
    /// The word of the website no longer holds: it has to be given again.
    Expired,
}

/// A person for whom the website vouches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// The website's own id of the person.
    pub id: String,
    pub name: String,
    pub email: String,
    pub until: Timestamp,
}

/// Reads who asks: the header of our script, which no other site can send, before the cookie.
pub fn who(cx: &Cx<'_>, channel: &Channel) -> Who {
    if let Some(word) = cx.request.headers.get("x-visitor") {
        return match word.strip_prefix("u.") {
            Some(sealed) => unseal(cx, channel, sealed),
            None if is_token(word) => Who::Token { token: word.to_owned(), from_cookie: false },
            None => Who::Stranger,
        };
    }
    match cookie(&cx.request, cookie_name(cx.request.https)).filter(|token| is_token(token)) {
        Some(token) => Who::Token { token: token.to_owned(), from_cookie: true },
        None => Who::Stranger,
    }
}

fn is_token(word: &str) -> bool {
    URL_SAFE_NO_PAD.decode(word).is_ok_and(|bytes| bytes.len() == 32)
}

impl Who {
    /// The address of the visitor, once there is one.
    pub fn address(&self, connection: &Connection, channel: &Channel) -> store::Result<Option<Id<Address>>> {
        match self {
            Who::Stranger | Who::Expired => Ok(None),
            Who::Token { token, .. } => store::visitor::address(connection, channel.id, &hash(token)),
            Who::Vouched(person) => {
                let kind = AddressKind::Visitor;
                let found = store::contact::find_address(connection, kind, channel.id, &person.value())?;
                Ok(found.map(|address| address.id))
            }
        }
    }

    /// The value of the visitor's address: it tells nothing about the token, and always is the same.
    pub fn value(&self) -> Option<String> {
        match self {
            Who::Stranger | Who::Expired => None,
            Who::Token { token, .. } => {
                let sum = signature::sha256(format!("visitor:{token}").as_bytes());
                Some(signature::hex(sum.get(..16).unwrap_or_default()))
            }
            Who::Vouched(person) => Some(person.value()),
        }
    }
}

impl Vouched {
    /// The value of the person's address.
    pub fn value(&self) -> String {
        format!("user:{}", self.id)
    }

    /// What the browser keeps for a person for whom the website vouched: nothing is written down for it.
    pub fn seal(mut self, cx: &Cx<'_>, channel: &Channel) -> String {
        self.until = cx.now + VOUCHED;
        let plain = serde_json::to_vec(&self).unwrap_or_default();
        format!("u.{}", URL_SAFE_NO_PAD.encode(cx.app.desk.vault.seal(&place(channel), &plain)))
    }
}

fn unseal(cx: &Cx<'_>, channel: &Channel, sealed: &str) -> Who {
    let person = URL_SAFE_NO_PAD
        .decode(sealed)
        .ok()
        .and_then(|sealed| cx.app.desk.vault.unseal(&place(channel), &sealed))
        .and_then(|plain| serde_json::from_slice::<Vouched>(&plain).ok());
    match person {
        Some(person) if person.until > cx.now => Who::Vouched(person),
        _ => Who::Expired,
    }
}

fn place(channel: &Channel) -> String {
    format!("visitor:{}", channel.key)
}

const fn cookie_name(https: bool) -> &'static str {
    if https { "__Secure-transom-visitor" } else { "transom-visitor" }
}

/// The cookie that keeps `token` for this chat alone. In a frame on another site it has to be a
/// partitioned one, which browsers keep apart for each site and take over HTTPS only.
pub fn set_cookie(cx: &Cx<'_>, channel: &Channel, token: &str) -> String {
    let framed = cx.request.headers.get("sec-fetch-dest") == Some("iframe");
    let kept = match (cx.request.https, framed) {
        (true, true) => "SameSite=None; Secure; Partitioned",
        (true, false) => "SameSite=Lax; Secure",
        (false, _) => "SameSite=Lax",
    };
    let (name, key, age) = (cookie_name(cx.request.https), &channel.key, REMEMBERED.0 / 1000);
    format!("{name}={token}; Path=/chat/{key}; HttpOnly; Max-Age={age}; {kept}")
}

/// The same as [`Who::address`], for a request.
pub fn address(cx: &Cx<'_>, channel: &Channel, who: &Who) -> Result<Option<Id<Address>>, Failure> {
    cx.read(|connection| who.address(connection, channel))
}
