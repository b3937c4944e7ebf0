//! Transactions: writes of several items, all or none. A refused transaction returns one verdict for each
//! write, in the order of the writes, so a caller finds the verdict on a write by its position.

use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use domain::{BusyReason, Error, Result};

use crate::author::with_trail;
use crate::failure::{CallRefusal, refused};
use crate::item::attributes;
use crate::keys::{Attributes, Key};
use crate::schema::Table;
use crate::update::ConditionalUpdate;
use crate::{Entity, Store};

/// Writes that are committed together, in the order in which they were added.
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    writes: Vec<TransactWriteItem>,
}

/// Outcome of a transaction.
#[must_use]
pub(crate) enum Committed {
    /// All writes are stored.
    Done,
    /// This call wrote nothing, because the condition of at least one write failed. Holds one verdict for
    /// each write, in the order of the writes.
    Refused(Vec<WriteVerdict>),
}

/// Outcome of one write of a refused transaction.
#[derive(Debug)]
pub(crate) enum WriteVerdict {
    /// The write's condition held.
    Passed,
    /// The stored item equals the one to be written. For a write whose content is unique, this means that an
    /// earlier try of the transaction succeeded.
    AlreadyApplied,
    /// The condition failed. Holds the present item, or `None` when there is none.
    Failed(Option<Attributes>),
}

impl Store {
    pub(crate) fn transaction(&self) -> Transaction<'_> {
        Transaction { store: self, writes: Vec::new() }
    }
}

impl Transaction<'_> {
    /// Adds a put of an item that must not exist.
    pub fn create<T: Entity>(self, item: &T) -> Result<Self> {
        self.put(item, "attribute_not_exists(pk)", None)
    }

    /// Adds a put of an item's next version, on condition that the previous version is stored.
    pub fn save<T: Entity>(self, item: &T) -> Result<Self> {
        let before = item.version().unwrap_or_default().saturating_sub(1);
        self.put(item, "version = :before", Some(AttributeValue::N(before.to_string())))
    }

    /// Adds the deletion of an item, on condition that `attribute` equals `value` or that no such item
    /// exists.
    pub fn remove(
        mut self,
        table: &Table,
        key: &Key,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<Self> {
        let delete = Delete::builder()
            .table_name(self.store.names.table(table)?)
            .set_key(Some(key.attributes()))
            .condition_expression("attribute_not_exists(pk) OR #a = :a")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":a", value)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::internal)?;
        self.writes.push(TransactWriteItem::builder().delete(delete).build());
        Ok(self)
    }

    /// Adds a check that the condition of `check` holds for the item under `key`. Counts as a write but
    /// changes nothing.
    pub fn check(mut self, table: &Table, key: &Key, check: ConditionalUpdate) -> Result<Self> {
        let check = ConditionCheck::builder()
            .table_name(self.store.names.table(table)?)
            .set_key(Some(key.attributes()))
            .condition_expression(check.condition)
            .set_expression_attribute_names(Some(check.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(check.values).filter(|values| !values.is_empty()))
            .build()
            .map_err(Error::internal)?;
        self.writes.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(self)
    }

    /// Adds an update of the item under `key`. The caller that sends the transaction again after a lost
    /// response must recognize its earlier success: from the item that failed the condition, or from another
    /// item of the transaction with a nonce.
    pub fn update(mut self, table: &Table, key: &Key, change: ConditionalUpdate) -> Result<Self> {
        let update = Update::builder()
            .table_name(self.store.names.table(table)?)
            .set_key(Some(key.attributes()))
            .update_expression(change.expression)
            .condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(change.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::internal)?;
        self.writes.push(TransactWriteItem::builder().update(update).build());
        Ok(self)
    }

    fn put<T: Entity>(mut self, item: &T, condition: &str, before: Option<AttributeValue>) -> Result<Self> {
        let sealed = item.sealed();
        let item = sealed.as_ref().map_or(item, |sealed| &sealed.item);
        let mut put = Put::builder()
            .table_name(self.store.names.table(T::TABLE)?)
            .set_item(Some(attributes(item)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut condition = condition.to_owned();
        if let Some(before) = before {
            let head;
            (condition, head) = with_trail(condition, sealed.as_ref());
            put = put.expression_attribute_values(":before", before);
            if let Some(head) = head {
                put = put.expression_attribute_values(":head", head);
            }
        }
        put = put.condition_expression(condition);
        let put = put.build().map_err(Error::internal)?;
        self.writes.push(TransactWriteItem::builder().put(put).build());
        Ok(self)
    }

    /// Commits all writes or none. Waits and tries again, up to six times in all, while other transactions
    /// write the same items. Transactions seldom share an item, so the second try mostly succeeds.
    ///
    /// # Errors
    /// `BUSY` when other transactions conflicted on each try; `INTERNAL_ERROR` when a write is invalid.
    pub async fn commit(self) -> Result<Committed> {
        let call = self.store.dynamo.transact_write_items().set_transact_items(Some(self.writes.clone()));
        let committed = self.store.retry_with_pauses(BusyReason::Transaction, async || {
            let Err(error) = call.clone().send().await else { return Ok(Some(Committed::Done)) };
            let CallRefusal::Canceled(reasons) = refused(error)? else { return Ok(None) };
            if reasons.iter().all(|reason| matches!(code(reason), "None" | "ConditionalCheckFailed")) {
                let verdicts = self.writes.iter().zip(reasons).map(|(write, reason)| verdict(write, reason));
                return Ok(Some(Committed::Refused(verdicts.collect())));
            }
            match reasons.iter().find(|reason| !is_passing(reason)) {
                Some(reason) => Err(Error::internal(format!("a transaction was canceled: {}", code(reason)))),
                None => Ok(None),
            }
        });
        committed.await
    }
}

fn code(reason: &CancellationReason) -> &str {
    reason.code().unwrap_or("None")
}

fn is_passing(reason: &CancellationReason) -> bool {
    matches!(
        code(reason),
        "None"
            | "ConditionalCheckFailed"
            | "TransactionConflict"
            | "ThrottlingError"
            | "ProvisionedThroughputExceeded"
    )
}

fn verdict(write: &TransactWriteItem, reason: CancellationReason) -> WriteVerdict {
    if code(&reason) == "None" {
        return WriteVerdict::Passed;
    }
    match (write.put(), reason.item) {
        (Some(put), Some(found)) if found == put.item => WriteVerdict::AlreadyApplied,
        (_, found) => WriteVerdict::Failed(found),
    }
}
