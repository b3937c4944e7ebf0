//! Translation of SDK failures: refusals that the caller decides about, and domain errors for everything
//! else.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::CancellationReason;
use domain::{BusyReason, Error, Result};

use crate::keys::Attributes;

/// Error codes of a throttled call. A repeat may succeed, and it is safe, because every write of this crate
/// is idempotent.
const THROTTLES: &[&str] = &[
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
];
/// Error codes of a call with an unknown outcome, after which a repeat may succeed.
const UNKNOWN: &[&str] = &["InternalServerError", "ServiceUnavailable"];
/// Error codes of a call on an item that a concurrent transaction writes.
const TRANSACTIONS: &[&str] = &["TransactionConflictException", "TransactionInProgressException"];

/// Refusal of a call by DynamoDB, with nothing written.
pub enum CallRefusal {
    /// The condition failed. Holds the present item, if the call asked for it and there is one.
    Condition(Option<Attributes>),
    /// Another transaction is writing the item.
    Conflict,
    /// The transaction was canceled, with the reason for each of its items.
    Canceled(Vec<CancellationReason>),
}

/// SDK error of a DynamoDB operation whose condition can fail or that can conflict with a transaction.
pub trait Refusable: ProvideErrorMetadata + std::error::Error + Send + Sync + Sized + 'static {
    /// Returns the refusal, or the error itself when it is another failure.
    fn refusal(self) -> std::result::Result<CallRefusal, Self>;
}

macro_rules! refusable {
    ($($error:ident { $($variant:ident($failure:pat) => $refusal:expr,)+ })+) => {
        $(impl Refusable for $error {
            fn refusal(self) -> std::result::Result<CallRefusal, Self> {
                match self {
                    $(Self::$variant($failure) => Ok($refusal),)+
                    other => Err(other),
                }
            }
        })+
    };
}

refusable! {
    PutItemError {
        ConditionalCheckFailedException(failure) => CallRefusal::Condition(failure.item),
        TransactionConflictException(_) => CallRefusal::Conflict,
    }
    UpdateItemError {
        ConditionalCheckFailedException(failure) => CallRefusal::Condition(failure.item),
        TransactionConflictException(_) => CallRefusal::Conflict,
    }
    DeleteItemError {
        ConditionalCheckFailedException(failure) => CallRefusal::Condition(failure.item),
        TransactionConflictException(_) => CallRefusal::Conflict,
    }
    TransactWriteItemsError {
        TransactionCanceledException(failure) =>
            CallRefusal::Canceled(failure.cancellation_reasons.unwrap_or_default()),
    }
    TransactGetItemsError {
        TransactionCanceledException(failure) =>
            CallRefusal::Canceled(failure.cancellation_reasons.unwrap_or_default()),
    }
}

/// Extracts the refusal from the failure of a call.
///
/// # Errors
/// `BUSY` when a repeat may succeed, `INTERNAL_ERROR` otherwise, for every other failure.
pub fn refused<E, R>(error: SdkError<E, R>) -> Result<CallRefusal>
where
    E: Refusable,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(service) => service.into_err().refusal().map_err(answered),
        other => Err(failed(other)),
    }
}

/// Accepts a write that succeeded or whose condition failed. For writes whose condition fails only when the
/// wanted state, or a newer one, is already stored.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` for every other failure.
pub fn accept_failed_condition<T, E, R>(outcome: std::result::Result<T, SdkError<E, R>>) -> Result<()>
where
    E: Refusable,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let Err(error) = outcome else { return Ok(()) };
    match refused(error)? {
        CallRefusal::Condition(_) => Ok(()),
        CallRefusal::Conflict | CallRefusal::Canceled(_) => Err(Error::busy(BusyReason::Transaction)),
    }
}

/// Converts an SDK failure: `BUSY` when a repeat may succeed, `INTERNAL_ERROR` otherwise.
pub fn failed<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(service) => answered(service.into_err()),
        SdkError::ConstructionFailure(_) => Error::internal(error),
        _ => Error::busy(BusyReason::Unreachable).with_cause(error),
    }
}

/// Converts an error that an AWS service returned: `BUSY` when a repeat may succeed, `INTERNAL_ERROR`
/// otherwise.
fn answered<E>(error: E) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let is_one_of = |codes: &[&str]| error.code().is_some_and(|code| codes.contains(&code));
    let reason = if is_one_of(THROTTLES) {
        BusyReason::Throttled
    } else if is_one_of(UNKNOWN) {
        BusyReason::Unreachable
    } else if is_one_of(TRANSACTIONS) {
        BusyReason::Transaction
    } else {
        return Error::internal(error);
    };
    Error::busy(reason).with_cause(error)
}
