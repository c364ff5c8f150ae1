//! The address by which an answer finds its conversation whatever the mail program leaves out: the entry point's own
//! with a signed tag, `help+c.12-TAG@example.org`.
//!
//! The tag says where a mail belongs and gives nobody any right: whoever writes to it is a sender like any other.

use super::Result;
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::mail::{tag_in, tagged};
use crate::net::signature;
use crate::random;
use crate::store::{Connection, Tx, setting};

/// How much of the signature stands in the address, in hexadecimal digits: 80 bits, which nobody guesses.
const SIGNED: usize = 20;

/// The address to which answers in this conversation should go; `None` where the entry point has no address.
pub fn plus_address(
    tx: &Tx<'_>,
    channel: &Channel,
    conversation: Id<Conversation>,
) -> Result<Option<String>> {
    let Some(own) = own(channel) else { return Ok(None) };
    let key = match setting::get(tx, setting::key::MAIL_KEY)? {
        Some(key) => key,
        None => {
            let key = random::token();
            setting::set(tx, setting::key::MAIL_KEY, Some(&key))?;
            key
        }
    };
    Ok(Some(tagged(&own, &tag(&key, channel, conversation))))
}

/// The conversation that one of these addresses names, and the address.
pub(super) fn named(
    connection: &Connection,
    channel: &Channel,
    addresses: &[String],
) -> Result<Option<(Id<Conversation>, String)>> {
    let Some(own) = own(channel) else { return Ok(None) };
    let tags = addresses.iter().filter_map(|address| Some((address, tag_in(address, &own)?)));
    let mut tags = tags.filter_map(|(address, tag)| Some((address, tag, numbered(tag)?))).peekable();
    if tags.peek().is_none() {
        return Ok(None);
    }
    let Some(key) = setting::get(connection, setting::key::MAIL_KEY)? else { return Ok(None) };
    let mut ours = tags.filter(|(_, given, conversation)| {
        signature::equal(given.as_bytes(), tag(&key, channel, *conversation).as_bytes())
    });
    Ok(ours.next().map(|(address, _, conversation)| (conversation, address.clone())))
}

fn own(channel: &Channel) -> Option<String> {
    channel.settings.get("address").map(|own| own.trim().to_lowercase()).filter(|own| own.contains('@'))
}

fn tag(key: &str, channel: &Channel, conversation: Id<Conversation>) -> String {
    let signed = format!("mail:{}:{conversation}", channel.id);
    let mac = signature::hex(&signature::hmac_sha256(key.as_bytes(), signed.as_bytes()));
    format!("c.{conversation}-{}", mac.get(..SIGNED).unwrap_or_default())
}

fn numbered(tag: &str) -> Option<Id<Conversation>> {
    tag.strip_prefix("c.")?.split_once('-')?.0.parse().ok()
}
