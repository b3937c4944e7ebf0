//! Response types for balances, payments and provider reports.

use domain::Timestamp;
use domain::ids::{OrderId, PaymentId, ReportId, ReservationId, UserId};
use domain::orders::KeptReport;
use domain::wallet::{EntryKind, LedgerEntry, Purchase};
use schemars::JsonSchema;
use serde::Serialize;

/// Balance of the caller, from which payments are taken.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Balance")]
pub struct BalanceView {
    /// Present balance, in whole units of the currency.
    pub balance: u64,
    /// Time of the last change, in UTC; null when the balance has never changed.
    pub updated_at: Option<Timestamp>,
}

/// Entry of the balance ledger: a charge, a payment, or the balance that a closed account gave up.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerEntry")]
pub struct EntryView {
    /// Number of the entry in the ledger, from 1 without gaps.
    pub number: u64,
    /// Type of the entry: money added to the balance, paid from it, or given up with a closed account.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Amount that was added, paid or given up, in whole units of the currency; never negative.
    pub amount: u64,
    /// Balance after the entry, in whole units of the currency.
    pub balance_after: u64,
    /// Id of the payment; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// Id of the reservation that was paid; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<ReservationId>,
    /// Id of the order that was paid; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Reference of the payment provider for money that came in through it; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Time of the entry, in UTC.
    pub created_at: Timestamp,
}

/// Payment of a reservation or an order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Payment")]
pub struct PaymentView {
    /// Id of the payment.
    pub id: PaymentId,
    /// Id of the user who paid.
    pub user_id: UserId,
    /// Id of the reservation that was paid; absent for an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<ReservationId>,
    /// Id of the order that was paid; absent for a reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Amount that was paid, in whole units of the currency.
    pub amount: u64,
    /// Status of the payment. A payment exists only once it is completed.
    pub status: PaymentStatus,
    /// Balance of the user after the payment, in whole units of the currency.
    pub balance_after: u64,
    /// Time of the payment, in UTC.
    pub created_at: Timestamp,
}

/// Status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PaymentStatus {
    /// The money is paid, and the payer owns what was paid for.
    Completed,
}

/// Report of the payment provider that could not be booked, although money may have moved.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UnbookedPaymentReport")]
pub struct ReportView {
    /// Id of the report, derived from its content.
    pub id: ReportId,
    /// Error code that the provider was answered with: the reason that the report could not be booked.
    pub code: String,
    /// Explanation of the error in English.
    pub message: String,
    /// Payment reference that the report names; null when it cannot be read.
    pub reference: Option<String>,
    /// Id of the order that the report names; null when it cannot be read.
    pub order_id: Option<OrderId>,
    /// Status of the payment in the provider's words; null when it cannot be read.
    pub status: Option<String>,
    /// Amount that the report names, in whole units of the currency; null when it cannot be read.
    pub amount: Option<u64>,
    /// Report as it was received.
    pub body: String,
    /// Time at which the report was first received, in UTC.
    pub received_at: Timestamp,
}

impl From<KeptReport> for ReportView {
    fn from(report: KeptReport) -> Self {
        Self {
            id: report.id,
            code: report.code,
            message: report.message,
            reference: report.reference,
            order_id: report.order_id,
            status: report.status,
            amount: report.amount,
            body: report.body,
            received_at: report.received_at,
        }
    }
}

impl From<&LedgerEntry> for EntryView {
    fn from(entry: &LedgerEntry) -> Self {
        Self {
            number: entry.number,
            kind: entry.kind(),
            amount: entry.amount.0,
            balance_after: entry.balance.0,
            payment_id: (entry.kind() == EntryKind::Payment).then(|| entry.id()),
            reservation_id: reservation(entry),
            order_id: order(entry),
            reference: entry.reference.clone(),
            created_at: entry.at,
        }
    }
}

impl From<&LedgerEntry> for PaymentView {
    fn from(entry: &LedgerEntry) -> Self {
        Self {
            id: entry.id(),
            user_id: entry.user_id.clone(),
            reservation_id: reservation(entry),
            order_id: order(entry),
            amount: entry.amount.0,
            status: PaymentStatus::Completed,
            balance_after: entry.balance.0,
            created_at: entry.at,
        }
    }
}

fn reservation(entry: &LedgerEntry) -> Option<ReservationId> {
    match &entry.purchase {
        Some(Purchase::Reservation(id)) => Some(id.clone()),
        _ => None,
    }
}

fn order(entry: &LedgerEntry) -> Option<OrderId> {
    match &entry.purchase {
        Some(Purchase::Order(id)) => Some(id.clone()),
        _ => None,
    }
}
