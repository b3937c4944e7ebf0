//! The calls that every noun shares: read one, write one under a condition, read a partition.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use crate::Store;
use crate::failure::failed;
use crate::keys::{Attributes, Key};
use crate::list::ListKey;
use crate::schema::Table;
use crate::stock::update_failure;
use crate::transaction::Change;

/// How long an update waits for a transaction that is writing its item, each time.
const PAUSES_MS: [u64; 4] = [5, 20, 40, 80];

/// Something that is one item of a table.
pub trait Entity: Serialize + DeserializeOwned + Clone {
    /// The table that it lives in.
    const TABLE: &'static Table;

    /// Its primary key.
    fn key(&self) -> Key;

    /// Its place in a list, for those that are listed.
    fn list_key(&self) -> Option<ListKey> {
        None
    }

    /// Its version, for those that change: 1 when new, one more with every write.
    fn version(&self) -> Option<u64> {
        None
    }

    /// When it may be deleted by itself, in seconds since 1970.
    fn expires(&self) -> Option<i64> {
        None
    }
}

/// What became of a conditional write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Saved<T> {
    /// It is written, now or by an earlier try of the same write.
    Done,
    /// Something else is there; nothing was written. `None` when the item is gone.
    Other(Option<Box<T>>),
}

/// What became of an update.
#[must_use]
pub(crate) enum Updated {
    /// The item as it is now.
    Done(Attributes),
    /// The item as it is: its condition failed. `None` when there is none.
    Refused(Option<Attributes>),
}

impl Updated {
    /// The item as it is now, changed or not; empty when there is none.
    pub fn item(self) -> Attributes {
        match self {
            Self::Done(item) => item,
            Self::Refused(item) => item.unwrap_or_default(),
        }
    }
}

impl Store {
    /// The item under `key`, as it was within the last second or so.
    pub(crate) async fn peek<T: Entity>(&self, key: &Key) -> Result<Option<T>> {
        self.read(key, false).await
    }

    /// The item under `key`, as it is.
    pub(crate) async fn get<T: Entity>(&self, key: &Key) -> Result<Option<T>> {
        self.read(key, true).await
    }

    async fn read<T: Entity>(&self, key: &Key, consistent: bool) -> Result<Option<T>> {
        let call = self.dynamo.get_item().table_name(self.names.table(T::TABLE)?);
        let output =
            call.set_key(Some(key.attributes())).consistent_read(consistent).send().await.map_err(failed)?;
        output.item.map(entity).transpose()
    }

    /// Writes an item that must not exist yet.
    pub(crate) async fn create<T: Entity>(&self, item: &T) -> Result<Saved<T>> {
        self.put(item, None).await
    }

    /// Writes the next version of an item: it must be there in the version before, or, for version 1, not at
    /// all.
    pub(crate) async fn save<T: Entity>(&self, item: &T) -> Result<Saved<T>> {
        let before = item.version().and_then(|version| version.checked_sub(1)).filter(|version| *version > 0);
        self.put(item, before).await
    }

    async fn put<T: Entity>(&self, item: &T, before: Option<u64>) -> Result<Saved<T>> {
        let attributes = attributes(item)?;
        let call = self.dynamo.put_item().table_name(self.names.table(T::TABLE)?);
        let call = match before {
            None => call.condition_expression("attribute_not_exists(pk)"),
            Some(version) => call
                .condition_expression("version = :before")
                .expression_attribute_values(":before", AttributeValue::N(version.to_string())),
        };
        let call = call
            .set_item(Some(attributes.clone()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut pauses_ms = PAUSES_MS.iter();
        loop {
            let Err(error) = call.clone().send().await else { return Ok(Saved::Done) };
            // A transaction is writing this item.
            if error.code() == Some("TransactionConflictException")
                && let Some(pause_ms) = pauses_ms.next()
            {
                tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
                continue;
            }
            return match condition_failure(error)? {
                // What we find is what we were writing: an earlier try of this very write succeeded.
                Some(found) if found == attributes => Ok(Saved::Done),
                found => Ok(Saved::Other(found.map(entity).transpose()?.map(Box::new))),
            };
        }
    }

    /// Updates the item under `key`, which need not exist. A transaction that is writing it is waited for.
    pub(crate) async fn update(&self, table: &Table, key: &Key, change: Change) -> Result<Updated> {
        let call = self
            .dynamo
            .update_item()
            .table_name(self.names.table(table)?)
            .set_key(Some(key.attributes()))
            .update_expression(change.expression)
            .condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(change.values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut pauses_ms = PAUSES_MS.iter();
        loop {
            let error = match call.clone().send().await {
                Ok(output) => return Ok(Updated::Done(output.attributes.unwrap_or_default())),
                Err(error) => error,
            };
            match pauses_ms.next().filter(|_| error.code() == Some("TransactionConflictException")) {
                Some(pause_ms) => tokio::time::sleep(Duration::from_millis(*pause_ms)).await,
                None => return Ok(Updated::Refused(update_failure(error)?)),
            }
        }
    }

    /// That `table` answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self, table: &Table) -> Result<()> {
        let nothing = Key::new("HEALTH", "HEALTH").attributes();
        let call = self.dynamo.get_item().table_name(self.names.table(table)?).set_key(Some(nothing));
        call.send().await.map_err(failed).map(drop)
    }

    /// The items of a part of a partition, in the order of their sort keys.
    pub(crate) async fn query<T: Entity>(&self, range: Range<'_>) -> Result<Vec<T>> {
        self.query_attributes(T::TABLE, &range).await?.into_iter().map(entity).collect()
    }

    pub(crate) async fn query_attributes(&self, table: &Table, range: &Range<'_>) -> Result<Vec<Attributes>> {
        let mut items = Vec::new();
        let mut start: Option<Attributes> = range.after.map(|sk| Key::new(range.pk, sk).attributes());
        let call = self.dynamo.query().table_name(self.names.table(table)?);
        // DynamoDB refuses an empty text as the beginning of a key.
        let call = match range.prefix {
            "" => call.key_condition_expression("pk = :pk"),
            prefix => call
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned())),
        };
        let call = call
            .expression_attribute_values(":pk", AttributeValue::S(range.pk.to_owned()))
            .consistent_read(range.consistent)
            .scan_index_forward(!range.backward);
        while items.len() < range.limit {
            let left = i32::try_from(range.limit - items.len()).unwrap_or(i32::MAX);
            let page =
                call.clone().limit(left).set_exclusive_start_key(start).send().await.map_err(failed)?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(items)
    }
}

/// A part of a partition.
pub(crate) struct Range<'a> {
    pub pk: &'a str,
    /// What the sort keys begin with.
    pub prefix: &'a str,
    /// Go on behind this sort key.
    pub after: Option<&'a str>,
    pub limit: usize,
    pub backward: bool,
    pub consistent: bool,
}

impl<'a> Range<'a> {
    pub(crate) fn of(pk: &'a str, prefix: &'a str) -> Self {
        Self { pk, prefix, after: None, limit: usize::MAX, backward: false, consistent: false }
    }
}

/// The item as attributes, with its keys.
pub(crate) fn attributes<T: Entity>(item: &T) -> Result<Attributes> {
    let mut attributes: Attributes = to_item(item).map_err(Error::internal)?;
    attributes.retain(|_, value| !value.is_null());
    attributes.extend(item.key().attributes());
    if let Some(list) = item.list_key() {
        attributes.extend(list.attributes());
    }
    if let Some(seconds) = item.expires() {
        attributes.insert(crate::schema::TTL_ATTRIBUTE.to_owned(), AttributeValue::N(seconds.to_string()));
    }
    Ok(attributes)
}

/// Attributes as the item that they are.
///
/// # Errors
/// `INTERNAL_ERROR` naming the key when they are not one.
pub(crate) fn entity<T: DeserializeOwned>(attributes: HashMap<String, AttributeValue>) -> Result<T> {
    let key = Key::of(&attributes);
    from_item(attributes)
        .map_err(|error| Error::internal(format!("the item {key:?} cannot be read: {error}")))
}

/// The item that failed a condition, or the error when it was something else.
pub(crate) fn condition_failure<R>(error: SdkError<PutItemError, R>) -> Result<Option<Attributes>>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(service) if service.err().is_conditional_check_failed_exception() => {
            match service.into_err() {
                PutItemError::ConditionalCheckFailedException(failure) => Ok(failure.item),
                other => Err(Error::internal(other)),
            }
        }
        other => Err(failed(other)),
    }
}
