//! Response types for balances, payments and provider reports.

use domain::Timestamp;
use domain::ids::{OrderId, PaymentId, ReportId, ReservationId, UserId};
use domain::orders::KeptReport;
use domain::wallet::{Entry, Kind, Purchase};
use schemars::JsonSchema;
use serde::Serialize;

/// What is there to spend.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Balance")]
pub struct BalanceView {
    /// In whole units of the currency.
    pub balance: u64,
    /// When it last changed; never, when nothing was charged yet.
    pub updated_at: Option<Timestamp>,
}

/// A change of the balance.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerEntry")]
pub struct EntryView {
    /// 1 for the first, without gaps.
    pub number: u64,
    /// Whether it was added or paid.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// How much.
    pub amount: u64,
    /// The balance after it.
    pub balance_after: u64,
    /// Which payment it is, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// Which reservation was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<ReservationId>,
    /// Which order was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// How the outside provider calls the payment by which it came in, when it came that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A payment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Payment")]
pub struct PaymentView {
    /// Says whose it is, and which entry of their ledger.
    pub id: PaymentId,
    /// Who has paid.
    pub user_id: UserId,
    /// Which reservation was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<ReservationId>,
    /// Which order was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// How much.
    pub amount: u64,
    /// It is there only when all of it is done.
    pub status: Status,
    /// The balance after it.
    pub balance_after: u64,
    /// When.
    pub created_at: Timestamp,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// The money is paid, and what was paid for is the payer's.
    Completed,
}

/// A report of the payment provider that could not be booked: money may have moved.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PaymentReportKept")]
pub struct ReportView {
    /// Id of the report, which follows from its content.
    pub id: ReportId,
    /// Why it could not be booked: the code that the provider was answered with.
    pub code: String,
    /// The same in a sentence.
    pub message: String,
    /// Payment that it names, if it can be read.
    pub reference: Option<String>,
    /// Order that it names, if it can be read.
    pub order_id: Option<OrderId>,
    /// What it says became of the payment, in the provider's words.
    pub status: Option<String>,
    /// Amount that it names, if it can be read.
    pub amount: Option<u64>,
    /// The report as it came.
    pub body: String,
    /// When it came first.
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

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            kind: entry.kind(),
            amount: entry.amount,
            balance_after: entry.balance,
            payment_id: (entry.kind() == Kind::Payment).then(|| entry.id()),
            reservation_id: reservation(entry),
            order_id: order(entry),
            reference: entry.reference.clone(),
            created_at: entry.at,
        }
    }
}

impl From<&Entry> for PaymentView {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id(),
            user_id: entry.user_id.clone(),
            reservation_id: reservation(entry),
            order_id: order(entry),
            amount: entry.amount,
            status: Status::Completed,
            balance_after: entry.balance,
            created_at: entry.at,
        }
    }
}

fn reservation(entry: &Entry) -> Option<ReservationId> {
    match &entry.purchase {
        Some(Purchase::Reservation(id)) => Some(id.clone()),
        _ => None,
    }
}

fn order(entry: &Entry) -> Option<OrderId> {
    match &entry.purchase {
        Some(Purchase::Order(id)) => Some(id.clone()),
        _ => None,
    }
}
