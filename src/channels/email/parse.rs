//! Reads a letter. Whatever came, something of it becomes visible: nothing is malformed.

use mail_parser::MessageParser;

use super::super::{Account, Raw};
use crate::domain::Timestamp;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, Incoming, Letter, Party};
use crate::domain::mail::{Envelope, Mailbox};
use crate::domain::message::Extra;
use crate::domain::window::Opener;
use crate::net::signature;

/// What a kept letter tells.
pub(super) fn events(_account: &Account, raw: &Raw<'_>) -> Vec<Event> {
    let parsed = MessageParser::default().parse(raw.body).unwrap_or_default();
    let from = parsed.from().and_then(|from| from.first()).map(|from| Mailbox {
        name: from.name().unwrap_or_default().to_owned(),
        address: from.address().unwrap_or_default().to_lowercase(),
    });
    let envelope = Envelope {
        identifier: parsed.message_id().unwrap_or_default().to_owned(),
        from: from.clone(),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        ..Envelope::default()
    };
    let provider_id = match envelope.identifier.as_str() {
        "" => signature::hex(&signature::sha256(raw.body)),
        identifier => identifier.to_owned(),
    };
    let at = parsed.date().map_or(raw.received_at, |date| Timestamp(date.to_timestamp() * 1000));
    let from = from.unwrap_or_default();
    vec![Event::Message(Incoming {
        from: Party {
            kind: AddressKind::Email,
            value: from.address,
            name: Some(from.name).filter(|name| !name.is_empty()),
            also: Vec::new(),
        },
        provider_id,
        at,
        body: parsed.body_text(0).unwrap_or_default().into_owned(),
        html: parsed.body_html(0).map(std::borrow::Cow::into_owned),
        subject: Some(envelope.subject.clone()),
        thread: String::new(),
        reply_to: None,
        extra: Extra { mail: Some(Box::new(envelope)), ..Extra::default() },
        files: Vec::new(),
        opener: Some(Opener::Message),
        letter: Some(Box::new(Letter { bytes: raw.body.to_vec(), ..Letter::default() })),
    })]
}
