//! A second connection to dynoxide's SQLite. Dynoxide keeps stream records for ever and looks through all of
//! them at every write; here they get an index and an end.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Error, Result};
use rusqlite::Connection;

use super::data_file::DataFile;

// What dynoxide adds to its stored sequence numbers to make them look like DynamoDB's.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;

const INDEX: &str = "CREATE INDEX IF NOT EXISTS dibs_stream_sequence
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

// The last record stays, so that the next number is above it even when the clock was set back meanwhile.
const TRIM: &str = "DELETE FROM _stream_records
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
      AND CAST(sequence_number AS INTEGER) < (
          SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1)";

/// The second connection.
pub(super) struct Side(Connection);

impl Side {
    /// A name for a database in memory that two connections can share, used by no other in this process.
    pub(super) fn memory_name() -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        format!("file:dibs-{}?mode=memory&cache=shared", NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Opens a second connection to a database that dynoxide has open, and gives its streams their index.
    pub(super) fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(INDEX)?;
        Ok(Self(connection))
    }

    /// Writes into the database whose it is.
    pub(super) fn sign(&self) -> rusqlite::Result<()> {
        DataFile::sign(&self.0)
    }

    /// Drops records of a stream up to and with the public number `sequence`, except the last.
    pub(super) fn trim(&self, table: &str, sequence: &str) -> Result<usize> {
        let stored = sequence.parse::<u128>().ok().and_then(|number| number.checked_sub(SEQUENCE_OFFSET));
        let stored = stored.and_then(|number| i64::try_from(number).ok());
        let stored = stored.ok_or_else(|| Error::internal(format!("{sequence} is no number of a stream")))?;
        self.0.execute(TRIM, (table, stored)).map_err(Error::internal)
    }
}
