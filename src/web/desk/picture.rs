//! Pictures of mails that lie elsewhere, fetched by the desk for who reads the mail.
//!
//! The reader's browser asks only us. Only addresses that stand in the mail are fetched, only by those who may read it,
//! each hop past the address guard, without cookies, bounded in size and time, and only what is a picture by its bytes
//! goes on. The browser keeps it for a day, so a picture is asked for once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::mail;
use crate::domain::message::Message;
use crate::domain::{Id, media};
use crate::markup;
use crate::net::{Body, Call, Client};
use crate::templates::message::{Shown, shown_as};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many pictures are fetched at the same time; the others wait at the front, where that costs no thread.
const AT_ONCE: usize = 2;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// The largest picture, in bytes.
const MOST: u64 = 5 * 1024 * 1024;
/// How many times a server may send us on.
const HOPS: usize = 3;
/// Who waits for a turn waits for this.
const TOPIC: &str = "pictures";

static FETCHING: AtomicUsize = AtomicUsize::new(0);

/// One of the few turns to fetch; given back when it is dropped.
struct Turn;

impl Turn {
    fn take() -> Option<Turn> {
        let more = |running: usize| (running < AT_ONCE).then_some(running + 1);
        FETCHING.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok().map(|_| Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        FETCHING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The picture with this number among those of the mail.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, number): (Id<Message>, usize) = (cx.param("id")?, cx.param("file")?);
    let message = cx.read(|c| mail::visible(c, cx, id))?;
    let clean = markup::clean(message.html.as_deref().unwrap_or_default());
    let address = markup::remote_pictures(&clean.html).into_iter().nth(number).ok_or(Failure::NotFound)?;
    let Some(turn) = Turn::take() else {
        let later = Response::text(503, "").with_header("Retry-After", "2");
        return Ok(later.with_park(TOPIC, Duration::from_secs(20)));
    };
    let found = fetch(&cx.app.desk.client, &address);
    drop(turn);
    cx.app.desk.live.tell(&BTreeSet::from([TOPIC.to_owned()]));
    let (bytes, kind) = found.ok_or(Failure::NotFound)?;
    Ok(Response::new(200)
        .with_header("Content-Type", kind)
        .with_header("Content-Disposition", "inline")
        .with_header("Content-Security-Policy", "default-src 'none'; sandbox")
        .with_header("Cache-Control", "private, max-age=86400")
        .with_body(bytes))
}

/// The bytes behind an address of the web and what kind of picture they are; nothing where they are none.
pub fn fetch(client: &Client, address: &str) -> Option<(Vec<u8>, String)> {
    let mut address = address.to_owned();
    for _ in 0..=HOPS {
        let call = Call {
            method: "GET",
            url: &address,
            headers: &[("accept", "image/png,image/jpeg,image/gif,image/webp")],
            body: Body::None,
            time: PATIENCE,
            trusted: false,
            most: MOST,
        };
        let answer = client.call(call).ok()?;
        if matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            address = onward(&address, answer.header("location")?)?;
            continue;
        }
        let kind = media::found(&answer.body, "").to_owned();
        let fits = answer.is_success() && shown_as(&kind) == Shown::Image;
        return fits.then_some((answer.body, kind));
    }
    None
}

/// Where a server sends us from `address`: another address in full, or a path of its own.
fn onward(address: &str, to: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    match to {
        to if to.starts_with("https://") || to.starts_with("http://") => Some(to.to_owned()),
        to if to.starts_with("//") => Some(format!("{scheme}:{to}")),
        to if to.starts_with('/') => Some(format!("{scheme}://{host}{to}")),
        _ => None,
    }
}
