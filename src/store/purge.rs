//! The words of erased people leave the index of contacts. FTS5 only notes what is deleted from a table without a copy of
//! its source, and drops the words when it merges its pieces: so the pieces are merged, a bounded part at a time.

use super::{Result, Tx, setting};

/// Pages of the index that one step writes at most.
const PAGES: i64 = 500;

/// The indexes, with the statement that merges them.
const MERGES: [&str; 2] = [
    "INSERT INTO contact_words (contact_words, rank) VALUES ('merge', ?1)",
    "INSERT INTO contact_parts (contact_parts, rank) VALUES ('merge', ?1)",
];

/// Somebody was erased: a small index is without the words at once, a large one once the steps that follow are done.
pub fn begin(tx: &Tx<'_>) -> Result<()> {
    // By a negative number everything that is there becomes one piece in the end, also what was merged before.
    step(tx, -PAGES)
}

/// The next step of it. `true`: there is more to do.
pub fn go_on(tx: &Tx<'_>) -> Result<bool> {
    if setting::get(tx, setting::key::WORDS_DUE)?.is_none() {
        return Ok(false);
    }
    step(tx, PAGES)?;
    Ok(setting::get(tx, setting::key::WORDS_DUE)?.is_some())
}

fn step(tx: &Tx<'_>, pages: i64) -> Result<()> {
    let mut left = false;
    for sql in MERGES {
        let before = tx.total_changes();
        tx.prepare_cached(sql)?.execute([pages])?;
        // Fewer changes than two: there was nothing to merge. Source: <https://www.sqlite.org/fts5.html#the_merge_command>.
        left |= tx.total_changes() - before >= 2;
    }
    setting::set(tx, setting::key::WORDS_DUE, left.then_some("yes"))
}
