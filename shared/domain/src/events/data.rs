//! Data of domain events, by kind of resource. It contains no personal data besides ids.

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountChangeKind, AccountState};
use crate::audit::AuditRoot;
use crate::claims::LineStatus;
use crate::concerts::{self, Date, SeatName};
use crate::deals;
use crate::ids::{
    CampaignId, ConcertId, DealId, OrderId, PaymentId, ProductId, ReservationId, RewardId, UserId,
};
use crate::orders::{OrderEndReason, OrderStatus};
use crate::wallet::Purchase;
use crate::{Money, Quantity, Timestamp};

/// Data of a domain event, by kind of resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DomainEventData {
    /// Change of a claim's line item.
    Claim(ClaimChanged),
    /// New entry of a balance ledger.
    Entry(EntryMade),
    /// Change of a seat reservation.
    Reservation(ReservationChanged),
    /// Change of an order.
    Order(OrderChanged),
    /// Change of a time deal.
    Deal(DealChanged),
    /// Change of an account.
    Account(AccountChanged),
    /// Root of an hour of the audit.
    AuditRoot(AuditRoot),
}

/// Event data of a registration, a closing, or a change of roles, status or password. It contains no personal
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChanged {
    /// Account that was changed.
    pub user_id: UserId,
    /// Kind of the change.
    pub change: AccountChangeKind,
    /// Account that made the change.
    pub actor: UserId,
    /// Roles and status before the change. `None` for a registration.
    pub before: Option<AccountState>,
    /// Roles and status after the change.
    pub after: AccountState,
}

/// Event data of a changed line item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimChanged {
    /// Owner of the claim.
    pub user_id: UserId,
    /// Campaign of the claim.
    pub campaign_id: CampaignId,
    /// Reward of the line item.
    pub reward_id: RewardId,
    /// Number of the line item among the user's line items of this reward.
    pub number: u32,
    /// Status of the line item after the change.
    pub status: LineStatus,
    /// Account that made the change. `None` if dibs made it.
    pub actor: Option<UserId>,
    /// Reason of the change: the operator's, the fulfilment service's or that of dibs. `None` if there is
    /// none.
    pub reason: Option<String>,
}

/// Event data of a balance entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMade {
    /// Owner of the balance.
    pub user_id: UserId,
    /// Number of the entry in the owner's ledger.
    pub number: u64,
    /// Amount of the entry, in whole units of the currency.
    pub amount: Money,
    /// Balance after the entry, in whole units of the currency.
    pub balance: Money,
    /// Purchase that was paid. `None` unless the entry is a payment.
    pub purchase: Option<Purchase>,
    /// Reference of the payment at the provider, if the money came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Event data of a reservation that was created, paid, canceled or expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationChanged {
    /// Id of the reservation.
    pub reservation_id: ReservationId,
    /// Owner of the reservation.
    pub user_id: UserId,
    /// Concert of the seats.
    pub concert_id: ConcertId,
    /// Calendar day of the concert date, in the concert's time zone.
    pub date: Date,
    /// Names of the seats.
    pub seats: Vec<SeatName>,
    /// Total price of the seats in whole units of the currency.
    pub amount: Money,
    /// Status of the reservation after the change.
    pub status: concerts::ReservationStatus,
    /// Payment of the reservation, if paid.
    pub payment_id: Option<PaymentId>,
}

/// Event data of an order that was created, paid, canceled or expired, or whose payment changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChanged {
    /// Id of the order.
    pub order_id: OrderId,
    /// Owner of the order.
    pub user_id: UserId,
    /// Deal of the order.
    pub time_deal_id: DealId,
    /// Product of the deal.
    pub product_id: ProductId,
    /// Number of ordered units.
    pub quantity: Quantity,
    /// Total price of the units in whole units of the currency.
    pub total_price: Money,
    /// Status of the order after the change.
    pub status: OrderStatus,
    /// Reason for the end of the order, if it has ended.
    pub reason: Option<OrderEndReason>,
    /// Payment of the order, if paid.
    pub payment_id: Option<PaymentId>,
}

/// Event data of a deal that was created or changed, or whose status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealChanged {
    /// Id of the deal.
    pub time_deal_id: DealId,
    /// Product of the deal.
    pub product_id: ProductId,
    /// Status of the deal after the change.
    pub status: deals::DealStatus,
    /// Price of a unit in the deal, in whole units of the currency.
    pub deal_price: u64,
    /// Number of units in the deal.
    pub stock_quantity: Quantity,
    /// Start of the deal, inclusive.
    pub start_at: Timestamp,
    /// End of the deal, exclusive.
    pub end_at: Timestamp,
}
