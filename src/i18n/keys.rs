//! Shortcuts in words: what they do, and how their keys are written.

use super::Texts;
use crate::domain::keys::Act;

/// What a shortcut does.
pub fn name(t: &Texts, act: Act) -> &'static str {
    match act {
        Act::Next => t.keys_next(),
        Act::Previous => t.keys_previous(),
        Act::Select => t.keys_select(),
        Act::Reply => t.frame_key_reply(),
        Act::Note => t.frame_key_note(),
        Act::Assign => t.frame_key_assign(),
        Act::Snooze => t.frame_key_snooze(),
        Act::Close => t.frame_key_close(),
        Act::Tag => t.label_tag(),
        Act::Priority => t.label_priority(),
        Act::Search => t.frame_key_search(),
        Act::Palette => t.palette_title(),
        Act::Overview => t.frame_keys(),
    }
}

/// A key as it stands on keyboards.
pub fn written(t: &Texts, key: &str) -> String {
    key.replace("Control+", "Ctrl+").replace("Meta+", "⌘+").replace("Shift+", t.keys_shift())
}
