//! Several items written at once, all or none. A refusal says by position which write was refused and what is
//! there instead, so that each caller names its refusals beside its writes.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use domain::{Error, Result};

use crate::failure::failed;
use crate::item::attributes;
use crate::keys::{Attributes, Key};
use crate::schema::Table;
use crate::{Entity, Store};

/// Tries of a transaction that met another one. None of ours has a hot item, so the second try mostly
/// succeeds.
const TRIES_MAX: u32 = 4;
const FIRST_PAUSE_MS: u64 = 20;

/// Writes that happen together.
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    writes: Vec<TransactWriteItem>,
}

/// An update under a condition.
pub(crate) struct Change {
    pub expression: String,
    pub condition: String,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

impl Change {
    /// `expression` where `condition` holds.
    pub fn new(expression: impl Into<String>, condition: impl Into<String>) -> Self {
        let (names, values) = (HashMap::new(), HashMap::new());
        Self { expression: expression.into(), condition: condition.into(), names, values }
    }

    /// The same, in which `#…` stands for the attribute `name`.
    pub fn name(mut self, placeholder: impl Into<String>, name: impl Into<String>) -> Self {
        self.names.insert(placeholder.into(), name.into());
        self
    }

    /// The same, in which `:…` stands for `value`.
    pub fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values.insert(placeholder.into(), value);
        self
    }
}

/// What became of a transaction.
#[must_use]
pub(crate) enum Committed {
    /// Everything is written.
    Done,
    /// Nothing is written, now at least; one verdict for each write, in their order.
    Refused(Vec<Verdict>),
}

/// What became of one write.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Its condition held.
    Passed,
    /// Exactly what it was to write is there: where a write is unlike every other, an earlier try of the
    /// transaction succeeded.
    Mine,
    /// Its condition failed on this item, or on none.
    Failed(Option<Attributes>),
}

impl Store {
    pub(crate) fn transaction(&self) -> Transaction<'_> {
        Transaction { store: self, writes: Vec::new() }
    }
}

impl Transaction<'_> {
    /// Adds an item that must not exist yet.
    pub fn create<T: Entity>(self, item: &T) -> Result<Self> {
        self.put(item, "attribute_not_exists(pk)", None)
    }

    /// Adds the next version of an item, which must be there in the version before.
    pub fn save<T: Entity>(self, item: &T) -> Result<Self> {
        let before = item.version().unwrap_or_default().saturating_sub(1);
        self.put(item, "version = :before", Some(AttributeValue::N(before.to_string())))
    }

    /// Adds the removal of an item whose `attribute` must be `value`, or which must be gone.
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

    /// Adds the condition that the item under `key` is, or is not, as `check` says; nothing is written.
    pub fn check(mut self, table: &Table, key: &Key, check: Change) -> Result<Self> {
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

    /// Adds an update of the item under `key`. Its own earlier success shows only in the item that its
    /// condition failed on; where another write of the transaction is unlike every other, that one tells.
    pub fn update(mut self, table: &Table, key: &Key, change: Change) -> Result<Self> {
        let update = Update::builder()
            .table_name(self.store.names.table(table)?)
            .set_key(Some(key.attributes()))
            .update_expression(change.expression)
            .condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names))
            .set_expression_attribute_values(Some(change.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::internal)?;
        self.writes.push(TransactWriteItem::builder().update(update).build());
        Ok(self)
    }

    fn put<T: Entity>(mut self, item: &T, condition: &str, before: Option<AttributeValue>) -> Result<Self> {
        let mut put = Put::builder()
            .table_name(self.store.names.table(T::TABLE)?)
            .set_item(Some(attributes(item)?))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(before) = before {
            put = put.expression_attribute_values(":before", before);
        }
        let put = put.build().map_err(Error::internal)?;
        self.writes.push(TransactWriteItem::builder().put(put).build());
        Ok(self)
    }

    /// Writes everything or nothing.
    ///
    /// # Errors
    /// `BUSY` when other transactions were in the way each time.
    pub async fn commit(self) -> Result<Committed> {
        for attempt in 0..TRIES_MAX {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(FIRST_PAUSE_MS << attempt)).await;
            }
            let call = self.store.dynamo.transact_write_items().set_transact_items(Some(self.writes.clone()));
            let Err(error) = call.send().await else { return Ok(Committed::Done) };
            let reasons = cancellation(error)?;
            if reasons.iter().all(|reason| matches!(code(reason), "None" | "ConditionalCheckFailed")) {
                let verdicts = self.writes.iter().zip(reasons).map(|(write, reason)| verdict(write, reason));
                return Ok(Committed::Refused(verdicts.collect()));
            }
            if let Some(reason) = reasons.iter().find(|reason| !is_passing(reason)) {
                return Err(Error::internal(format!("a transaction was cancelled: {}", code(reason))));
            }
        }
        Err(Error::busy("a transaction met others on each try"))
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

fn verdict(write: &TransactWriteItem, reason: CancellationReason) -> Verdict {
    if code(&reason) == "None" {
        return Verdict::Passed;
    }
    match (write.put(), reason.item) {
        (Some(put), Some(found)) if found == put.item => Verdict::Mine,
        (_, found) => Verdict::Failed(found),
    }
}

/// Why each write was cancelled, or the error when it was something else.
fn cancellation<R>(error: SdkError<TransactWriteItemsError, R>) -> Result<Vec<CancellationReason>>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(service) if service.err().is_transaction_canceled_exception() => {
            match service.into_err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    Ok(cancelled.cancellation_reasons.unwrap_or_default())
                }
                other => Err(Error::internal(other)),
            }
        }
        other => Err(failed(other)),
    }
}
