//! How the conversations of the demo end, so that every folder and every state has something in it.

use crate::cli::generate::dice::Dice;
use crate::domain::Span;

/// What becomes of a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Answered and closed, some time in the last weeks.
    Closed,
    /// Answered; the customer has not written again.
    Answered,
    /// The customer waits for a first answer.
    Waiting,
    /// The customer waits, and the window closes within the hour.
    ClosingSoon,
    /// The window has closed over the customer's question.
    Missed,
    /// Put off until tomorrow.
    Snoozed,
    /// Our answer did not arrive.
    Failed,
}

impl Ending {
    /// The ending of conversation number `number`: most are closed. Each round ends otherwise, because the channels take
    /// turns as well, and none of them shall have one ending only.
    pub const fn of(number: usize) -> Ending {
        match (number + number / 24 * 7) % 24 {
            1 | 9 => Ending::Waiting,
            3 | 14 => Ending::Answered,
            5 => Ending::ClosingSoon,
            11 => Ending::Snoozed,
            17 if number % 120 == 17 => Ending::Failed,
            17 => Ending::Answered,
            20 => Ending::Missed,
            _ => Ending::Closed,
        }
    }

    /// How long ago such a conversation began, where one may answer for as long as `window` says.
    pub fn age(self, window: Span, dice: &mut Dice) -> Span {
        let minutes = |least: usize, more: usize, dice: &mut Dice| {
            Span::minutes(i64::try_from(least + dice.below(more)).unwrap_or(60))
        };
        match self {
            Ending::Closed => minutes(600, 60 * 24 * 45, dice),
            Ending::Answered => minutes(90, 60 * 18, dice),
            Ending::Waiting => minutes(4, 240, dice),
            Ending::ClosingSoon => Span(window.0 - minutes(12, 40, dice).0),
            Ending::Missed => minutes(60 * 26, 60 * 20, dice),
            Ending::Snoozed => minutes(200, 60 * 30, dice),
            Ending::Failed => minutes(70, 60 * 6, dice),
        }
    }

    /// The customer's last words are unanswered.
    pub const fn unanswered(self) -> bool {
        matches!(self, Ending::Waiting | Ending::ClosingSoon | Ending::Missed)
    }
}
