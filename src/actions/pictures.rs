//! Whether the pictures of a sender's mails are fetched from where they lie.

use serde_json::json;

use super::{Error, Result, reach};
use crate::domain::access::Viewer;
use crate::domain::event::kind;
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, event, message, pictures};

/// Shows (or no longer shows) the pictures of whoever sent this mail, for the whole team. Whoever may read the mail
/// may decide it. A sender's name can be forged; what a forger gains is that a picture is fetched by the desk.
pub fn decide(tx: &Tx<'_>, by: &Viewer, mail: Id<Message>, shown: bool, now: Timestamp) -> Result<()> {
    let mail = message::get(tx, mail)?.ok_or(Error::NotFound)?;
    reach::conversation(tx, by, mail.conversation)?;
    let sender = mail.extra.mail.and_then(|head| head.from).ok_or(Error::NotFound)?.address;
    if shown {
        pictures::show(tx, &sender, by.author(), now)?;
    } else {
        pictures::hide(tx, &sender)?;
    }
    let entry = event::New {
        kind: kind::SETTING_CHANGED,
        agent: by.author(),
        data: json!({ "setting": "pictures", "sender": sender, "value": shown }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}
