//! What a mailbox asks for.

use super::super::{Field, Input};

/// The settings, in the order in which pages ask for them.
pub(super) const FIELDS: &[Field] = &[
    // The address that customers write to, and that answers come from.
    Field::text("address"),
    // With it a mail server hands letters over.
    Field::secret("hook_secret").or("*"),
    // For how many days a mail of the same sender with the same subject goes on where the last one lies.
    Field { input: Input::Number, ..Field::text("thread_days").or("7") },
    // What a filter on the way marked as spam is put aside.
    Field { input: Input::YesNo, ..Field::text("spam_aside").or("yes") },
    // An out-of-office note opens a closed conversation again.
    Field { input: Input::YesNo, ..Field::text("absence_reopens").or("no") },
];
