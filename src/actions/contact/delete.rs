//! A contact is erased, with everything that was said.

use serde_json::json;

use super::find;
use crate::actions::{Result, move_mail};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::contact::Contact;
use crate::domain::erasure::Receipt;
use crate::domain::event::kind;
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, erase, event, outbox};

/// Erases a contact. What is left is one line of the log that says how much went, and not who it was.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Contact>, now: Timestamp) -> Result<Receipt> {
    by.must_be(Role::Supervisor)?;
    find(tx, id)?;
    move_mail::part(tx, id, now)?;
    let receipt = erase::contact(tx, id)?;
    erase::keep(tx, id, by.author(), receipt, now)?;
    let entry = event::New {
        kind: kind::CONTACT_DELETED,
        agent: by.author(),
        contact: Some(id),
        data: json!({
            "addresses": receipt.addresses, "conversations": receipt.conversations,
            "messages": receipt.messages, "attachments": receipt.attachments,
        }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    // What waited to be sent to this person went as well.
    tx.touch(outbox::TOPIC);
    Ok(receipt)
}
