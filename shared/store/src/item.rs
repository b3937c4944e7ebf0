//! Calls that every entity shares: read one item, write one under a condition, query a partition.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::{BusyReason, Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use crate::Store;
use crate::author::{SealedEntity, with_trail};
use crate::failure::{CallRefusal, failed, refused};
use crate::keys::ListKey;
use crate::keys::{Attributes, Key};
use crate::schema::Table;
use crate::update::ConditionalUpdate;

/// An entity that is stored as one item of a table.
pub trait Entity: Serialize + DeserializeOwned + Clone {
    /// Table of the entity.
    const TABLE: &'static Table;

    /// Returns the primary key.
    fn key(&self) -> Key;

    /// Returns the entry in the list index, or `None` for entities that no list shows.
    fn list_key(&self) -> Option<ListKey> {
        None
    }

    /// Returns the version: 1 when new, raised by one with every write. `None` for entities that never
    /// change.
    fn version(&self) -> Option<u64> {
        None
    }

    /// Returns the entity with its trail moved to the entry of this version. `None` for entities that are not
    /// audited.
    fn sealed(&self) -> Option<SealedEntity<Self>> {
        None
    }

    /// Returns the time, in seconds since 1970, after which DynamoDB may delete the item.
    fn expires(&self) -> Option<i64> {
        None
    }
}

/// Outcome of a conditional write of one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Saved<T> {
    /// The item is written, by this call or by an earlier try of the same write.
    Done,
    /// Nothing was written, because another version or another item is stored under the key. Holds the stored
    /// one, or `None` when no item exists.
    Conflict(Option<Box<T>>),
}

/// Outcome of a conditional update.
#[must_use]
pub(crate) enum Updated {
    /// The item was written. Holds its attributes after the update, or nothing for a
    /// [`ConditionalUpdate::without_item`].
    Done(Attributes),
    /// The condition failed, and nothing was written. Holds the present item, or `None` when there is none.
    ConditionFailed(Option<Attributes>),
}

impl Updated {
    /// Returns `true` when this call wrote the item.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Returns the attributes of the present item, whether it was updated or not. Empty when there is no
    /// item, and after a successful update [`ConditionalUpdate::without_item`].
    pub fn item(self) -> Attributes {
        match self {
            Self::Done(item) => item,
            Self::ConditionFailed(item) => item.unwrap_or_default(),
        }
    }
}

impl Store {
    /// Reads the item under `key`, eventually consistent: the answer may lack the writes of about the last
    /// second.
    pub(crate) async fn get_eventual<T: Entity>(&self, key: &Key) -> Result<Option<T>> {
        self.read(key, false).await
    }

    /// Reads the item under `key`, strongly consistent.
    pub(crate) async fn get<T: Entity>(&self, key: &Key) -> Result<Option<T>> {
        self.read(key, true).await
    }

    async fn read<T: Entity>(&self, key: &Key, consistent: bool) -> Result<Option<T>> {
        let call = self.dynamo.get_item().table_name(self.names.table(T::TABLE)?);
        let output =
            call.set_key(Some(key.attributes())).consistent_read(consistent).send().await.map_err(failed)?;
        output.item.map(entity).transpose()
    }

    /// Writes a new item. Returns `Saved::Conflict` when a different item exists under its key.
    pub(crate) async fn create<T: Entity>(&self, item: &T) -> Result<Saved<T>> {
        self.put(item, None).await
    }

    /// Writes the next version of an item, on condition that the previous version is stored, or, for version
    /// 1, that no item exists.
    pub(crate) async fn save<T: Entity>(&self, item: &T) -> Result<Saved<T>> {
        let before = item.version().and_then(|version| version.checked_sub(1)).filter(|version| *version > 0);
        self.put(item, before.map(|version| ("version", version))).await
    }

    /// Writes `item` on condition that the attribute `before.0` of the stored item equals the number
    /// `before.1`, or, if `before` is `None`, that no item exists under its key.
    pub(crate) async fn put<T: Entity>(&self, item: &T, before: Option<(&str, u64)>) -> Result<Saved<T>> {
        let sealed = item.sealed();
        let attributes = attributes(sealed.as_ref().map_or(item, |sealed| &sealed.item))?;
        let call = self.dynamo.put_item().table_name(self.names.table(T::TABLE)?);
        let call = match before {
            None => call.condition_expression("attribute_not_exists(pk)"),
            Some((name, number)) => {
                let (condition, head) = with_trail(format!("{name} = :before"), sealed.as_ref());
                let call = call
                    .condition_expression(condition)
                    .expression_attribute_values(":before", AttributeValue::N(number.to_string()));
                match head {
                    Some(head) => call.expression_attribute_values(":head", head),
                    None => call,
                }
            }
        };
        let call = call
            .set_item(Some(attributes.clone()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refusal = self.retry_with_pauses(BusyReason::Transaction, async || {
            let Err(error) = call.clone().send().await else { return Ok(Some(None)) };
            match refused(error)? {
                CallRefusal::Condition(found) => Ok(Some(Some(found))),
                CallRefusal::Conflict | CallRefusal::Canceled(_) => Ok(None),
            }
        });
        match refusal.await? {
            None => Ok(Saved::Done),
            // The stored item is the one to be written, so an earlier try of this write succeeded.
            Some(Some(found)) if found == attributes => Ok(Saved::Done),
            Some(found) => Ok(Saved::Conflict(found.map(entity).transpose()?.map(Box::new))),
        }
    }

    /// Updates the item under `key`, or creates it if the condition of `change` allows a missing item. Waits
    /// and tries again, up to six times in all, while a transaction writes the item.
    pub(crate) async fn update(
        &self,
        table: &Table,
        key: &Key,
        change: ConditionalUpdate,
    ) -> Result<Updated> {
        let call = self
            .dynamo
            .update_item()
            .table_name(self.names.table(table)?)
            .set_key(Some(key.attributes()))
            .update_expression(change.expression)
            .condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(change.values))
            .return_values(change.returns)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let updated =
            self.retry_with_pauses(BusyReason::Transaction, async || match call.clone().send().await {
                Ok(output) => Ok(Some(Updated::Done(output.attributes.unwrap_or_default()))),
                Err(error) => match refused(error)? {
                    CallRefusal::Condition(found) => Ok(Some(Updated::ConditionFailed(found))),
                    CallRefusal::Conflict | CallRefusal::Canceled(_) => Ok(None),
                },
            });
        updated.await
    }

    /// Checks that `table` answers a read of a key that does not exist.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` when the read fails.
    pub async fn check(&self, table: &Table) -> Result<()> {
        let nothing = Key::new("HEALTH", "HEALTH").attributes();
        let call = self.dynamo.get_item().table_name(self.names.table(table)?).set_key(Some(nothing));
        call.send().await.map_err(failed).map(drop)
    }

    /// Reads all items of `range` in the order of their sort keys, up to its limit.
    pub(crate) async fn query<T: Entity>(&self, range: PartitionRange<'_>) -> Result<Vec<T>> {
        self.query_attributes(T::TABLE, &range).await?.into_iter().map(entity).collect()
    }

    pub(crate) async fn query_attributes(
        &self,
        table: &Table,
        range: &PartitionRange<'_>,
    ) -> Result<Vec<Attributes>> {
        let mut items = Vec::new();
        let mut start: Option<Attributes> = range.after.map(|sk| Key::new(range.pk, sk).attributes());
        let call = self.dynamo.query().table_name(self.names.table(table)?);
        // DynamoDB rejects an empty string as a prefix of a key.
        let call = match (range.between, range.prefix) {
            (Some((low, high)), _) => call
                .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                .expression_attribute_values(":low", AttributeValue::S(low.to_owned()))
                .expression_attribute_values(":high", AttributeValue::S(high.to_owned())),
            (None, "") => call.key_condition_expression("pk = :pk"),
            (None, prefix) => call
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

/// Range of items to read from one partition, in order of their sort keys.
pub(crate) struct PartitionRange<'a> {
    pub pk: &'a str,
    /// Prefix of the sort keys.
    pub prefix: &'a str,
    /// First and last sort key, inclusive. Takes precedence over `prefix`.
    pub between: Option<(&'a str, &'a str)>,
    /// Sort key after which the range begins, exclusive.
    pub after: Option<&'a str>,
    pub limit: usize,
    pub backward: bool,
    pub consistent: bool,
}

impl<'a> PartitionRange<'a> {
    pub(crate) fn of(pk: &'a str, prefix: &'a str) -> Self {
        Self { pk, prefix, between: None, after: None, limit: usize::MAX, backward: false, consistent: false }
    }
}

/// Converts an entity into the attributes to store: its fields without nulls, primary key, list entry and
/// expiry.
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

/// Converts the attributes of an item into an entity.
///
/// # Errors
/// `INTERNAL_ERROR` with the item's key when the attributes do not describe a `T`.
pub(crate) fn entity<T: DeserializeOwned>(attributes: HashMap<String, AttributeValue>) -> Result<T> {
    let key = Key::of(&attributes);
    from_item(attributes)
        .map_err(|error| Error::internal(format!("the item {key:?} cannot be read: {error}")))
}
