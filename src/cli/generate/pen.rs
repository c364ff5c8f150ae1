//! What everybody needs who tells a part of the story.

use super::cast::Cast;
use super::dice::Dice;
use super::row::Row;

/// The cast, the dice, and the way to the one who writes down.
pub struct Pen<'a> {
    pub cast: &'a Cast,
    pub dice: Dice,
    pub rows: &'a mut dyn FnMut(Row),
    /// The number of the newest entry of a thread; they grow with time.
    pub newest: i64,
}

impl Pen<'_> {
    /// The number of the next entry of a thread.
    pub const fn number(&mut self) -> i64 {
        self.newest += 1;
        self.newest
    }
}
