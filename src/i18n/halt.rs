//! Why nothing is written, as words.

use super::Texts;
use crate::domain::halt::Halt;

/// What it means that the desk has stopped writing.
pub fn sentence(t: &Texts, why: Halt) -> &str {
    match why {
        Halt::Gone => t.halt_gone(),
        Halt::Replaced => t.halt_replaced(),
        Halt::LogGone => t.halt_log_gone(),
        Halt::Damaged => t.halt_damaged(),
        Halt::Locked => t.halt_locked(),
        Halt::Unsynced => t.halt_unsynced(),
    }
}

/// What is to be done about that.
pub fn fix(t: &Texts, why: Halt) -> &str {
    match why {
        Halt::Gone => t.halt_gone_fix(),
        Halt::Replaced | Halt::LogGone => t.halt_start_again(),
        Halt::Damaged => t.halt_damaged_fix(),
        Halt::Locked => t.halt_locked_fix(),
        Halt::Unsynced => t.halt_unsynced_fix(),
    }
}
