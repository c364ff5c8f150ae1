//! The customer is told who joined and who left, in the queue's own words, where it has any (S109, S114, X3). It goes
//! through the same gate as every message; where the window does not allow it, nothing is said.

use super::outgoing::{self, Ready, Text};
use super::{Error, Result, reach};
use crate::domain::Timestamp;
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::domain::queue::{AGENT, Rules};
use crate::domain::window::{Content, Sender};
use crate::store::{self, Tx};

/// Sends what the queue has people say; the caller writes the conversation back.
pub(super) fn announce(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    words: impl Fn(&Rules) -> &str,
    agent: &str,
    now: Timestamp,
) -> Result<()> {
    let body = words(&store::queue::rules(tx, conversation.queue)?).replace(AGENT, agent);
    let channel = reach::channel(tx, conversation)?;
    if body.trim().is_empty() || super::letter::is_mail(&channel) {
        return Ok(());
    }
    let desk = Viewer { sender: Sender::Automatic, ..Viewer::console() };
    let open = (conversation.waiting_since, conversation.unread);
    let said = tx.part(|tx| {
        outgoing::allowed(tx, &channel, conversation, (desk.sender, Content::Free), now)?;
        let text = Text { body: body.clone(), ..Text::default() };
        outgoing::fits(&channel, &text, &[])?;
        let ready = Ready::plain(&desk, &channel, text);
        outgoing::queue(tx, conversation, &ready, now)
    });
    // Whoever waits for an answer has not got one by this.
    (conversation.waiting_since, conversation.unread) = open;
    match said {
        Ok(_) | Err(Error::Refused(_)) => Ok(()),
        Err(other) => Err(other),
    }
}
