//! DynamoDB in this process: dynoxide over SQLite, behind DynamoDB's JSON protocol.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use aws_smithy_runtime_api::client::result::ConnectorError;
use domain::{Error, Result};
use dynoxide::storage_backend::Clock;
use dynoxide::{Database, DynoxideError};
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::change_notifier::ChangeNotifier;
use super::connector::{Backend, Call, Reply};
use super::data_file::DataFile;
use super::side::Side;
use super::strict;

const TABLES_PREFIX: &str = "DynamoDB_20120810.";
const STREAMS_PREFIX: &str = "DynamoDBStreams_20120810.";

/// Embedded DynamoDB. Cheap to clone; all clones are one database.
#[derive(Clone)]
pub struct Dynamo(Arc<Inner>);

struct Inner {
    database: Database,
    side: Mutex<Option<Side>>,
    // Lock between the two connections to one database: engine calls hold it shared, stream trimming holds it
    // exclusively. Otherwise SQLite would return BUSY.
    meeting: RwLock<()>,
    notifier: ChangeNotifier,
    // Dropped last, so that no other process opens the file before both connections are closed.
    _file: Option<DataFile>,
}

impl Dynamo {
    /// Creates an empty database that lives as long as its last clone.
    ///
    /// # Errors
    /// Fails if SQLite cannot be opened.
    pub fn memory() -> Result<Self> {
        let name = Side::memory_name();
        let database = Database::new(&name).map_err(Error::internal)?;
        Ok(Self::new(database, Some(Side::open(&name).map_err(Error::internal)?), None))
    }

    /// Creates an empty database in memory whose streams, time to live and creation dates follow `clock`. Its
    /// streams keep every record ([`Dynamo::trim`] does nothing), so it suits runs of a few thousand writes.
    ///
    /// # Errors
    /// Fails if SQLite cannot be opened.
    pub fn memory_with_clock(clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self::new(Database::memory_with_clock(clock).map_err(Error::internal)?, None, None))
    }

    /// Opens the database in the file `path`, and creates the file if it is missing. Acknowledged writes
    /// survive the death of the process, but not a crash of the machine.
    ///
    /// # Errors
    /// Fails with a sentence that says what to do if the file cannot be opened, is held by another process,
    /// is not a data file, or has a newer version. The file then stays unchanged.
    pub fn file(path: &Path) -> Result<Self> {
        let file = DataFile::open(path)?;
        let path = file.path().to_str();
        let path = path.ok_or_else(|| {
            Error::internal("The path of the data file is not UTF-8: name another with --data FILE.")
        })?;
        let unusable = |error: &dyn std::fmt::Display| {
            Error::internal(format!("The data file {path} cannot be used: {error}."))
        };
        let database = Database::new(path).map_err(|error| unusable(&error))?;
        // Sets `synchronous = NORMAL`. Otherwise every write would wait for the disk.
        database.disable_bulk_loading().map_err(|error| unusable(&error))?;
        let side = Side::open(path).map_err(|error| unusable(&error))?;
        side.sign().map_err(|error| unusable(&error))?;
        Ok(Self::new(database, Some(side), Some(file)))
    }

    fn new(database: Database, side: Option<Side>, file: Option<DataFile>) -> Self {
        Self(Arc::new(Inner {
            _file: file,
            database,
            side: Mutex::new(side),
            meeting: RwLock::new(()),
            notifier: ChangeNotifier::default(),
        }))
    }

    /// Returns the notifier that signals every successful write.
    pub fn changes(&self) -> &ChangeNotifier {
        &self.0.notifier
    }

    /// Handles one call of DynamoDB or DynamoDB Streams. `target` is the value of the header `X-Amz-Target`,
    /// `body` the request as JSON. The call blocks the thread for about 0.1 ms, and longer only for large
    /// scans.
    pub fn execute(&self, target: &str, body: &[u8]) -> Reply {
        let operation = target.strip_prefix(TABLES_PREFIX).or_else(|| target.strip_prefix(STREAMS_PREFIX));
        let Some(operation) = operation else { return unknown() };
        if let Some(refusal) = strict::refusal(operation, body) {
            return refusal;
        }
        let outcome = {
            let _shared = self.shared();
            dispatch(&self.0.database, operation, body)
        };
        match outcome {
            None => unknown(),
            Some(Ok(body)) => {
                if writes(operation) {
                    self.0.notifier.notify();
                }
                Reply { status: 200, body: body.into() }
            }
            Some(Err(error)) => refusal(operation, error),
        }
    }

    /// Deletes the items that have expired by time to live, and returns their number. DynamoDB itself deletes
    /// them within days.
    ///
    /// # Errors
    /// Fails if the database fails.
    pub fn sweep_expired(&self) -> Result<usize> {
        let swept = {
            let _shared = self.shared();
            self.0.database.sweep_ttl().map_err(Error::internal)?
        };
        if swept > 0 {
            self.0.notifier.notify();
        }
        Ok(swept)
    }

    /// Deletes the stream records of the deployed `table` up to and including `sequence`, except the table's
    /// last record, and returns their number. Without this, dynoxide keeps all stream records. While a call
    /// is in progress, nothing is deleted; a later trim deletes the same records.
    ///
    /// # Errors
    /// Fails if the database fails, or if `sequence` is not a sequence number.
    pub fn trim(&self, table: &str, sequence: &str) -> Result<usize> {
        let Ok(_alone) = self.0.meeting.try_write() else { return Ok(0) };
        match &*self.0.side.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(side) => side.trim(table, sequence),
            None => Ok(0),
        }
    }

    fn shared(&self) -> RwLockReadGuard<'_, ()> {
        self.0.meeting.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Dynamo {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        Box::pin(std::future::ready(Ok(self.execute(&call.target, &call.body))))
    }
}

macro_rules! operations {
    ($database:ident, $operation:ident, $body:ident: $($name:literal => $method:ident,)+) => {
        match $operation {
            $($name => Some(parse($body).and_then(|request| write(&$database.$method(request)?))),)+
            _ => None,
        }
    };
}

fn dispatch(database: &Database, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, DynoxideError>> {
    operations! { database, operation, body:
        "GetItem" => get_item,
        "PutItem" => put_item,
        "UpdateItem" => update_item,
        "DeleteItem" => delete_item,
        "Query" => query,
        "Scan" => scan,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "TransactGetItems" => transact_get_items,
        "TransactWriteItems" => transact_write_items,
        "GetRecords" => get_records,
        "GetShardIterator" => get_shard_iterator,
        "DescribeStream" => describe_stream,
        "ListStreams" => list_streams,
        "CreateTable" => create_table,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "UpdateTable" => update_table,
        "ListTables" => list_tables,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "ExecuteStatement" => execute_statement,
        "ExecuteTransaction" => execute_transaction,
        "BatchExecuteStatement" => batch_execute_statement,
        "TagResource" => tag_resource,
        "UntagResource" => untag_resource,
        "ListTagsOfResource" => list_tags_of_resource,
    }
}

fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "BatchWriteItem"
            | "TransactWriteItems"
            | "ExecuteStatement"
            | "ExecuteTransaction"
            | "BatchExecuteStatement"
    )
}

// Dynoxide's own mapping of malformed bodies is private to its server, so this repeats the part that is
// needed. Its types mark the class of an error with a prefix of serde's message.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        if let Some(message) = text.strip_prefix("VALIDATION_REQUEST:") {
            return DynoxideError::EnvelopedValidation(message.to_owned());
        }
        if let Some(message) = text.strip_prefix("VALIDATION:") {
            return DynoxideError::ValidationException(message.to_owned());
        }
        if let Some(message) = text.strip_prefix("SERIALIZATION:") {
            return DynoxideError::SerializationException(message.to_owned());
        }
        let validation = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
        if validation.iter().any(|part| text.contains(part)) {
            return DynoxideError::ValidationException(text.to_owned());
        }
        DynoxideError::SerializationException(text.to_owned())
    })
}

fn write<T: Serialize>(response: &T) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(response).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn refusal(operation: &str, error: DynoxideError) -> Reply {
    let error = match (operation, error) {
        ("PutItem" | "UpdateItem" | "DeleteItem", DynoxideError::EnvelopedValidation(message)) => {
            DynoxideError::ValidationException(format!("1 validation error detected: {message}"))
        }
        (_, error) => error,
    };
    Reply { status: error.status_code(), body: error.to_json().into() }
}

fn unknown() -> Reply {
    Reply::error(400, "com.amazon.coral.service#UnknownOperationException", "unknown operation")
}
