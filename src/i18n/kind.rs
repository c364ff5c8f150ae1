//! What kinds of channels are called: product names are the same everywhere, common nouns are not.

use super::Texts;
use crate::domain::channel::Kind;

/// The name at the beginning of a line: “E-mail”.
pub fn name(t: &Texts, kind: Kind) -> &'static str {
    match kind {
        Kind::Email => t.channels_kind_email(),
        Kind::Webchat => t.channels_kind_webchat(),
        Kind::Custom => t.channels_kind_custom(),
        Kind::Simulator => t.channels_kind_simulator(),
        other => other.label(),
    }
}

/// The name inside a sentence: “Reply by e-mail instead”.
pub fn within(t: &Texts, kind: Kind) -> &'static str {
    match kind {
        Kind::Email => t.channels_within_email(),
        Kind::Webchat => t.channels_within_webchat(),
        Kind::Custom => t.channels_within_custom(),
        Kind::Simulator => t.channels_within_simulator(),
        other => other.label(),
    }
}
