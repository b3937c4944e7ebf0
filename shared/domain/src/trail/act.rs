//! Kinds of audited changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};

/// Kind of an audited change.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    AsRefStr,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum AuditAct {
    /// Resource was created.
    Created,
    /// Fields of the resource were changed.
    Updated,
    /// Status of the resource was changed.
    StatusChanged,
    /// Resource was closed: an account by its owner, an event before its deletion.
    Closed,
    /// Resource was deleted, or a reward taken out of an event.
    Deleted,
    /// Request, order, reservation or deal was canceled.
    Canceled,
    /// Reward was requested and accepted.
    Requested,
    /// Request for a reward was refused.
    Refused,
    /// Request was approved or rejected by an operator.
    Decided,
    /// Attempt to grant a reward failed, and another one follows.
    GrantDelayed,
    /// Grant of a reward failed.
    GrantFailed,
    /// Reward was granted.
    Granted,
    /// Seats or units are held.
    Held,
    /// Payment was requested from the provider.
    PaymentRequested,
    /// Payment failed at the provider.
    PaymentFailed,
    /// Reservation or order was paid; a payment was taken from the balance.
    Paid,
    /// Hold ended without a payment.
    Expired,
    /// Units of an order that was never completed were returned.
    Abandoned,
    /// Balance was charged.
    Charged,
    /// Balance was forfeited with its account.
    Forfeited,
    /// Account was registered.
    Registered,
    /// Roles of the account were replaced.
    RolesChanged,
    /// Password of the account was replaced.
    PasswordChanged,
    /// Authenticator app of the account was confirmed.
    TotpEnabled,
    /// Authenticator app of the account was removed.
    TotpDisabled,
    /// Codes were added to the pool of a reward.
    CodesAdded,
}
