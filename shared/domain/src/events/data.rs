//! Data of domain events, by kind of resource. Of persons it contains ids, and as reason of a decision the text that
//! an operator wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::accounts::{AccountChangeKind, AccountState};
use crate::audit::AuditRoot;
use crate::campaigns::{CampaignStatus, Review};
use crate::claims::LineStatus;
use crate::concerts::{self, Date, SeatName};
use crate::deals;
use crate::ids::{
    CampaignId, ConcertId, DealId, OrderId, PaymentId, ProductId, QueueId, ReservationId, RewardId, UserId,
};
use crate::orders::{OrderEndReason, OrderStatus};
use crate::products::{Category, ProductStatus};
use crate::rewards::RewardKind;
use crate::waiting_room::WaitingRoomStatus;
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
    /// Change of a campaign.
    Campaign(CampaignChanged),
    /// Change of an offer.
    Offer(OfferChanged),
    /// Change of a product.
    Product(ProductChanged),
    /// New concert.
    Concert(ConcertCreated),
    /// New date of a concert.
    Date(DateCreated),
    /// Change of a waiting room by its operator.
    Queue(QueueChanged),
    /// Positions of a waiting room that were admitted together.
    LetIn(QueueLetIn),
    /// Positions of a waiting room whose users did not come.
    NoShow(QueueNoShow),
    /// Notification of a user.
    Notification(NotificationCreated),
}

/// Event data of a registration, a closing, or a change of roles, status, password or authenticator app. It
/// contains no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountChanged {
    /// Account that was changed.
    pub user_id: UserId,
    /// Kind of the change.
    pub change: AccountChangeKind,
    /// Account that made the change.
    pub actor: UserId,
    /// Roles and status before the change. Null for a registration.
    pub before: Option<AccountState>,
    /// Roles and status after the change.
    pub after: AccountState,
}

/// Event data of a changed line item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Account that made the change. Null if dibs made it.
    pub actor: Option<UserId>,
    /// Reason of the change: the operator's, the fulfilment service's or that of dibs. Null if there is
    /// none.
    pub reason: Option<String>,
}

/// Event data of a balance entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryMade {
    /// Owner of the balance.
    pub user_id: UserId,
    /// Number of the entry in the owner's ledger.
    pub number: u64,
    /// Amount of the entry, in whole units of the currency.
    pub amount: Money,
    /// Balance after the entry, in whole units of the currency.
    pub balance: Money,
    /// Purchase that was paid. Null unless the entry is a payment.
    pub purchase: Option<Purchase>,
    /// Reference of the payment at the provider, if the money came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Event data of a reservation that was created, paid, canceled or expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Event data of a campaign that was created, changed or deleted, or whose status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignChanged {
    /// Id of the campaign, which the API calls an event.
    pub campaign_id: CampaignId,
    /// Display name of the campaign.
    pub name: String,
    /// Status that an operator set.
    pub status: CampaignStatus,
    /// Start of the claim period, inclusive.
    pub starts_at: Timestamp,
    /// End of the claim period, exclusive.
    pub ends_at: Timestamp,
    /// Whether an operator reviews claims, unless an offer says otherwise.
    pub review: Review,
    /// Waiting room in front of the claims. Null if there is none.
    pub queue_id: Option<QueueId>,
}

/// Event data of an offer that was attached to a campaign, changed or detached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferChanged {
    /// Campaign of the offer.
    pub campaign_id: CampaignId,
    /// Reward that is offered.
    pub reward_id: RewardId,
    /// Display name of the reward.
    pub name: String,
    /// Kind of the reward.
    pub kind: RewardKind,
    /// Number by which the reward is multiplied in each grant.
    pub quantity: Quantity,
    /// Maximum number of grants to all users together. Null without a limit, and for a coupon with codes.
    pub total_limit: Option<Quantity>,
    /// Maximum number of grants to one user.
    pub per_user_limit: u32,
    /// Whether an operator reviews claims of the offer. Null if the campaign decides.
    pub review: Option<Review>,
    /// Time from which the offer can be claimed. Null if the campaign's period is the only limit.
    pub valid_from: Option<Timestamp>,
    /// Time before which the offer can be claimed. Null if the campaign's period is the only limit.
    pub valid_until: Option<Timestamp>,
}

/// Event data of a product that was created, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductChanged {
    /// Id of the product.
    pub product_id: ProductId,
    /// Display name of the product.
    pub name: String,
    /// Regular price of a unit, in whole units of the currency.
    pub price: u64,
    /// Category of the product.
    pub category: Category,
    /// Status that an operator set.
    pub status: ProductStatus,
}

/// Event data of a new concert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConcertCreated {
    /// Id of the concert.
    pub concert_id: ConcertId,
    /// Display name of the concert.
    pub name: String,
    /// IANA time zone of its dates.
    pub time_zone: String,
    /// Waiting room in front of the reservations. Null if there is none.
    pub queue_id: Option<QueueId>,
}

/// Event data of a new date of a concert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DateCreated {
    /// Concert of the date.
    pub concert_id: ConcertId,
    /// Calendar day in the concert's time zone.
    pub date: Date,
    /// Number of seats.
    pub seats: u32,
}

/// Event data of a waiting room that was created or changed, or whose status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueChanged {
    /// Id of the waiting room, which the API calls a queue.
    pub queue_id: QueueId,
    /// Display name of the waiting room.
    pub name: String,
    /// Status that an operator set.
    pub status: WaitingRoomStatus,
    /// Maximum number of users who are admitted at the same time.
    pub capacity: u32,
    /// Admission rate, in users per 1,000 seconds.
    pub rate_milli: u64,
}

/// Event data of positions that were admitted together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueLetIn {
    /// Waiting room of the positions.
    pub queue_id: QueueId,
    /// First admitted position.
    pub first_position: u64,
    /// Last admitted position. Positions of users who left before their admission may be in between.
    pub last_position: u64,
}

/// Event data of positions whose users sent no protected request in time after their admission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueNoShow {
    /// Waiting room of the positions.
    pub queue_id: QueueId,
    /// Positions that have ended, in ascending order.
    pub positions: Vec<u64>,
}

/// Event data of a notification that leaves for a user. It contains no address and no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationCreated {
    /// Id of the notification.
    pub notification_id: String,
    /// User who is told.
    pub user_id: UserId,
    /// Kind of the notification, such as `granted`.
    pub kind: String,
    /// Id of the queue, reservation, order, request or deal that the notification is about.
    pub subject: String,
    /// Event that caused the notification; for an admission `<queue>:<position>`.
    pub event_id: String,
}
