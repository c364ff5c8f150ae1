//! What a mailbox asks for.

use super::super::{API_BASE, Field, Input};
use super::settings as own;

/// The settings, in the order in which pages ask for them.
pub(super) const FIELDS: &[Field] = &[
    // The address that customers write to, and that answers come from.
    Field::text("address"),
    own::SENDER_NAME,
    own::SERVICE,
    own::SIGN_IN,
    own::USER,
    own::PASSWORD,
    own::CLIENT_ID,
    own::CLIENT_SECRET,
    own::TENANT,
    own::IMAP_HOST,
    own::IMAP_PORT,
    own::IMAP_SECURITY,
    own::SMTP_HOST,
    own::SMTP_PORT,
    own::SMTP_SECURITY,
    own::FOLDERS,
    own::AFTERWARDS,
    own::MOVE_TO,
    own::HISTORY_DAYS,
    own::LARGEST_MB,
    own::SENT_FOLDER,
    own::CERTIFICATE,
    API_BASE,
    // With it a mail server hands letters over.
    Field::secret("hook_secret").or("*"),
    // For how many days a mail of the same sender with the same subject goes on where the last one lies.
    Field { input: Input::Number, ..Field::text("thread_days").or("7") },
    // Answers are asked for at an address that names the conversation; not every server takes one with a plus.
    Field { input: Input::YesNo, ..Field::text("plus_address").or("no") },
    // What a filter on the way marked as spam is put aside.
    Field { input: Input::YesNo, ..Field::text("spam_aside").or("yes") },
    // An out-of-office note opens a closed conversation again.
    Field { input: Input::YesNo, ..Field::text("absence_reopens").or("no") },
];
