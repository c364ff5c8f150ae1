//! Rows of another program's dump, put away until they are asked for: a dump tells its tables one after the other, and
//! what belongs together stands far apart in it. The file has no name, so that it goes with whoever made it.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Error, Result};

/// Rows that wait in a file without a name.
pub struct Spool {
    connection: Connection,
}

impl Spool {
    /// An empty one, which takes its room on the disk of `folder`.
    pub fn new(folder: &Path) -> Result<Spool> {
        let at = |fault| Error::File { path: folder.to_owned(), fault };
        let file = tempfile::Builder::new().prefix(".transom-import-").tempfile_in(folder).map_err(at)?;
        let connection = Connection::open(file.path())?;
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
             PRAGMA cache_size = -16384; PRAGMA temp_store = FILE;
             CREATE TABLE row (tbl INTEGER NOT NULL, part TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
             BEGIN",
        )?;
        // The connection has it open; nobody else needs its name.
        file.close().map_err(at)?;
        Ok(Spool { connection })
    }

    /// Puts a row of a table away: `part` is what it is looked up by, `id` its number there.
    pub fn put(&self, table: usize, part: &str, id: i64, body: &str) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO row (tbl, part, id, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![number(table), part, id, body])?;
        Ok(())
    }

    /// Nothing more comes: from here on it can be asked.
    pub fn close(&self) -> Result<()> {
        self.connection.execute_batch("COMMIT; CREATE INDEX row_place ON row (tbl, part, id)")?;
        Ok(())
    }

    /// The row with this number.
    pub fn one(&self, table: usize, part: &str, id: i64) -> Result<Option<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT body FROM row WHERE tbl = ?1 AND part = ?2 AND id = ?3 LIMIT 1")?;
        Ok(statement.query_row(params![number(table), part, id], |row| row.get(0)).optional()?)
    }

    /// Up to `most` rows of a part after the number `after`, by their numbers.
    pub fn after(&self, table: usize, part: &str, after: i64, most: i64) -> Result<Vec<(i64, String)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, body FROM row WHERE tbl = ?1 AND part = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
        )?;
        let rows = statement
            .query_map(params![number(table), part, after, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The last rows of a part, the last first.
    pub fn last(&self, table: usize, part: &str, most: i64) -> Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT body FROM row WHERE tbl = ?1 AND part = ?2 ORDER BY id DESC LIMIT ?3")?;
        let rows = statement.query_map(params![number(table), part, most], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many rows a part has.
    pub fn count(&self, table: usize, part: &str) -> Result<u64> {
        let mut statement =
            self.connection.prepare_cached("SELECT count(*) FROM row WHERE tbl = ?1 AND part = ?2")?;
        let count: i64 = statement.query_row(params![number(table), part], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

fn number(table: usize) -> i64 {
    i64::try_from(table).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_place_and_the_file_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path()).unwrap();
        for (part, id) in [("a", 3), ("b", 1), ("a", 1), ("a", 2)] {
            spool.put(1, part, id, &format!("{part}{id}")).unwrap();
        }
        spool.put(2, "a", 9, "of another table").unwrap();
        spool.close().unwrap();
        assert_eq!(spool.one(1, "b", 1).unwrap().as_deref(), Some("b1"));
        assert_eq!(spool.one(1, "b", 2).unwrap(), None);
        assert_eq!(spool.after(1, "a", 1, 9).unwrap(), [(2, "a2".to_owned()), (3, "a3".to_owned())]);
        assert_eq!(spool.after(1, "a", 0, 1).unwrap(), [(1, "a1".to_owned())]);
        assert_eq!(spool.last(1, "a", 2).unwrap(), ["a3", "a2"]);
        assert_eq!(spool.count(1, "a").unwrap(), 3);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something lies beside the desk");
    }

    #[test]
    fn no_statement_reads_the_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path()).unwrap();
        spool.close().unwrap();
        let source = include_str!("spool.rs");
        let statements =
            source.split('"').filter(|text| text.starts_with("SELECT ") && text.contains("FROM row"));
        let mut seen = 0;
        for sql in statements {
            let mut plan = spool.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let mut rows = plan.raw_query();
            let plan: String = rows.next().unwrap().unwrap().get(3).unwrap();
            assert!(plan.contains("row_place"), "{sql}: {plan}");
            seen += 1;
        }
        assert_eq!(seen, 4);
    }
}
