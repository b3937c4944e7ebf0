//! Second connection to dynoxide's SQLite database. Dynoxide keeps all stream records and reads all of them
//! on every write; this connection adds an index and deletes old records.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Error, Result};
use rusqlite::Connection;

use super::data_file::DataFile;

// Offset between dynoxide's public and stored sequence numbers. It makes them as long as those of DynamoDB.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;

const INDEX: &str = "CREATE INDEX IF NOT EXISTS dibs_stream_sequence
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

// The last record is kept, so that the next sequence number is higher even if the clock was set back
// meanwhile.
const TRIM: &str = "DELETE FROM _stream_records
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
      AND CAST(sequence_number AS INTEGER) < (
          SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1)";

/// Second connection to a database that dynoxide has open.
pub(super) struct Side(Connection);

impl Side {
    /// Returns a name for a database in memory that two connections can share. The name is unique in this
    /// process.
    pub(super) fn memory_name() -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        format!("file:dibs-{}?mode=memory&cache=shared", NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Opens a second connection to a database that dynoxide has open, and creates the index of its streams.
    pub(super) fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(INDEX)?;
        Ok(Self(connection))
    }

    /// Writes dibs's `application_id` into the database.
    pub(super) fn sign(&self) -> rusqlite::Result<()> {
        DataFile::sign(&self.0)
    }

    /// Deletes the records of a stream up to and including the public sequence number `sequence`, except the
    /// last record of the table.
    pub(super) fn trim(&self, table: &str, sequence: &str) -> Result<usize> {
        let stored = sequence.parse::<u128>().ok().and_then(|number| number.checked_sub(SEQUENCE_OFFSET));
        let stored = stored.and_then(|number| i64::try_from(number).ok());
        let stored = stored.ok_or_else(|| Error::internal(format!("{sequence} is no number of a stream")))?;
        self.0.execute(TRIM, (table, stored)).map_err(Error::internal)
    }
}
