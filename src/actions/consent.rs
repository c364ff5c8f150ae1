//! A provider says that a person asked not to be written to, though we never heard it ourselves.

use super::Result;
use super::history::{self, Happening};
use crate::domain::Timestamp;
use crate::domain::contact::Consent;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Line, kind};
use crate::store::{Tx, contact};

/// Notes it at the address, and says so in the conversation, once. It ends when the person says the opposite.
pub(super) fn withdrawn(tx: &Tx<'_>, conversation: &Conversation, now: Timestamp) -> Result<()> {
    if contact::opted_out(tx, conversation.address)?.is_some() {
        return Ok(());
    }
    let source = Consent::CHANNEL.to_owned();
    contact::set_consent(tx, conversation.address, &Consent { allowed: false, at: now, source })?;
    let line = Line { allowed: Some(false), ..Line::default() };
    history::tell(tx, conversation, &Happening::own(kind::CONTACT_CONSENT, line), now)?;
    Ok(())
}
