//! What came in while nobody heard Twilio: the list of messages since the last look, each made into the form that
//! its delivery would have been (twilio.com/docs/messaging/api/message-resource and media-resource).

use form_urlencoded::Serializer;
use jiff::fmt::rfc2822;
use serde_json::Value;

use super::{failure, get};
use crate::channels::talk::{Talk, text_at};
use crate::channels::{Account, Polled};
use crate::domain::outbox::{Cause, Failure};
use crate::domain::{Span, Timestamp};
use crate::net::Client;

/// The field of a form that was made here which says when Twilio got the message, in milliseconds.
pub(super) const SENT: &str = "TransomSent";

/// A message is listed a while after it came; so much is looked at once more.
const OVERLAP: Span = Span::hours(1);
/// How far back the first look of a long silence goes at most; Twilio keeps more, a desk wants no history.
const LONGEST: Span = Span::days(30);
/// No more pages than this in one look; the next look goes on.
const PAGES: usize = 50;

/// Everything that came in since `cursor`, which is the time of the last look in milliseconds.
pub(super) fn since(
    account: &Account,
    client: &Client,
    cursor: &str,
    now: Timestamp,
) -> Result<Polled, Failure> {
    let Some(last) = cursor.parse().ok().map(Timestamp) else {
        // The number was connected just now: what came before is not the desk's.
        return Ok(Polled { deliveries: Vec::new(), cursor: now.0.to_string() });
    };
    let from = (last - OVERLAP).max(now - LONGEST);
    let mut deliveries = Vec::new();
    let mut path = Some(first_page(account, from));
    for _ in 0..PAGES {
        let Some(page) = path else { break };
        let talk = ask(account, client, &page)?;
        for listed in talk.json.get("messages").and_then(Value::as_array).into_iter().flatten() {
            if let Some(sent) = sent_at(listed).filter(|sent| *sent >= from && is_ours(account, listed)) {
                deliveries.push(delivery(account, client, listed, sent)?);
            }
        }
        path = text_at(&talk.json, "/next_page_uri").filter(|path| path.starts_with('/'));
    }
    // The newest come first; they are read in the order in which they were written.
    deliveries.sort_by_key(|(sent, _)| *sent);
    let deliveries = deliveries.into_iter().map(|(_, delivery)| delivery).collect();
    Ok(Polled { deliveries, cursor: now.0.to_string() })
}

fn first_page(account: &Account, from: Timestamp) -> String {
    let day: String = from.rfc3339().chars().take(10).collect();
    let mut query = Serializer::new(String::new());
    query.append_pair("DateSent>", &day).append_pair("PageSize", "200");
    if account.get("number").starts_with('+') {
        query.append_pair("To", account.get("number"));
    }
    format!("/2010-04-01/Accounts/{}/Messages.json?{}", account.get("account_sid"), query.finish())
}

fn ask(account: &Account, client: &Client, path: &str) -> Result<Talk, Failure> {
    let talk = get(account, client, path)?;
    if talk.ok() { Ok(talk) } else { Err(failure(&talk)) }
}

/// Written to our number, or to our pool of numbers.
fn is_ours(account: &Account, listed: &Value) -> bool {
    let ours = account.get("number");
    let at = |name: &str| listed.get(name).and_then(Value::as_str) == Some(ours);
    listed.get("direction").and_then(Value::as_str) == Some("inbound")
        && (at("to") || at("messaging_service_sid"))
}

fn sent_at(listed: &Value) -> Option<Timestamp> {
    let text = text_at(listed, "/date_sent").or_else(|| text_at(listed, "/date_created"))?;
    let at = rfc2822::DateTimeParser::new().parse_timestamp(&text).ok()?;
    Some(Timestamp(at.as_millisecond()))
}

type Delivery = (Timestamp, (String, Vec<u8>));

/// The form of a delivery, under the word that the delivery itself would have had.
fn delivery(
    account: &Account,
    client: &Client,
    listed: &Value,
    sent: Timestamp,
) -> Result<Delivery, Failure> {
    let text = |name: &str| listed.get(name).and_then(Value::as_str).unwrap_or_default();
    let sid = text("sid");
    let mut form = Serializer::new(String::new());
    form.append_pair("MessageSid", sid).append_pair("From", text("from")).append_pair("To", text("to"));
    form.append_pair("Body", text("body")).append_pair(SENT, &sent.0.to_string());
    if text("num_media").parse().is_ok_and(|count: u32| count > 0) {
        let base = format!("/2010-04-01/Accounts/{}/Messages/{sid}/Media", account.get("account_sid"));
        let talk = ask(account, client, &format!("{base}.json"))?;
        let found = talk.json.get("media_list").and_then(Value::as_array);
        let found = found.ok_or_else(|| Failure::later(Cause::Transient, "no list of media", None))?;
        form.append_pair("NumMedia", &found.len().to_string());
        for (number, media) in found.iter().enumerate() {
            let id = text_at(media, "/sid").unwrap_or_default();
            let url = format!("{}{base}/{id}", account.api(super::API));
            form.append_pair(&format!("MediaUrl{number}"), &url);
            let kind = text_at(media, "/content_type").unwrap_or_default();
            form.append_pair(&format!("MediaContentType{number}"), &kind);
        }
    }
    Ok((sent, (format!("{sid}:"), form.finish().into_bytes())))
}
