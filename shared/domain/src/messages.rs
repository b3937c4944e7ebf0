//! Messages between functions: SQS messages, and the domain events of the outbox. They may arrive more than
//! once and in any order.

mod deals;
mod event_type;

pub use deals::{CloseOrders, DealChanged, OrderChanged};
pub use event_type::EventType;

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountAudit, AccountChangeKind, AccountState};
use crate::claims::{Claim, LineItem, LineName, LineStatus};
use crate::concerts::{self, Date, Reservation, SeatName};
use crate::ids::{CampaignId, ConcertId, PaymentId, QueueId, ReservationId, RewardId, UserId};
use crate::rewards::RewardPayload;
use crate::waiting_room::ArrivalBucketKey;
use crate::wallet::{EntryKind, LedgerEntry, Purchase};
use crate::{Money, Timestamp};

/// SQS message: a claim has line items to grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantClaim {
    /// Owner of the claim.
    pub user_id: UserId,
    /// Campaign of the claim.
    pub campaign_id: CampaignId,
    /// Version of the claim that contains the line items. An eventually consistent read may return an
    /// older one without them.
    #[serde(default)]
    pub version: u64,
    /// Line items to grant. Empty in messages of an earlier version of dibs: all line items that are due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineName>,
}

/// SQS message: a unit was taken from a stock. The worker returns it unless a line item of the claim holds
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReservation {
    /// Name of the stock that the unit was taken from.
    pub stock: String,
    /// Whether the stock is a code pool.
    pub codes: bool,
    /// Bucket of the stock that the unit was taken from.
    pub bucket: u32,
    /// User for whom the unit was taken.
    pub user_id: UserId,
    /// Number of the line item among the user's line items of this reward.
    pub number: u32,
    /// Campaign of the claim.
    pub campaign_id: CampaignId,
    /// Version of the claim that was to record the unit. 0 if a line item of the claim is known to have
    /// held the unit.
    pub version: u64,
}

impl CheckReservation {
    /// Returns the message for the unit that line item `index` of `claim` holds, or `None` if it holds none.
    pub fn of_line(claim: &Claim, index: usize) -> Option<Self> {
        let line = claim.lines.get(index)?;
        let held = line.held.as_ref()?;
        Some(Self {
            stock: held.stock.clone(),
            codes: line.payload == RewardPayload::PooledCoupon,
            bucket: held.bucket,
            user_id: claim.user_id.clone(),
            number: line.number,
            campaign_id: claim.campaign_id.clone(),
            version: 0,
        })
    }

    /// Returns the message for the unit that line item `index` held in `before` and no longer holds in
    /// `after`, since its grant was refused permanently. `None` if there is no such unit.
    pub fn of_released_unit(before: &Claim, after: &Claim, index: usize) -> Option<Self> {
        let held = before.lines.get(index)?.held.as_ref().filter(|held| held.version > 0)?;
        let is_let_go = after.lines.get(index)?.held.is_none();
        let version = held.version;
        is_let_go.then(|| Self::of_line(before, index)).flatten().map(|check| Self { version, ..check })
    }

    /// Returns the name under which the bucket has the holder of the unit.
    pub fn holder(&self) -> String {
        holder_name(&self.user_id, self.number, self.codes.then_some(&self.campaign_id))
    }

    /// Returns the line item of `claim` that holds the unit.
    pub fn line_of<'a>(&self, claim: &'a Claim) -> Option<&'a LineItem> {
        claim.lines.iter().find(|line| {
            let held = line.held.as_ref();
            line.number == self.number
                && held.is_some_and(|held| held.stock == self.stock && held.bucket == self.bucket)
        })
    }
}

/// Returns the name of a unit's holder in a bucket, for the `number`th line item of `user`. A code pool
/// serves several campaigns, and a user may hold a code in each, so its names include the campaign.
pub fn holder_name(user: &UserId, number: u32, campaign_of_code: Option<&CampaignId>) -> String {
    match campaign_of_code {
        None => format!("{user}#{number}"),
        Some(campaign) => format!("{user}#{number}#{campaign}"),
    }
}

/// SQS message: a waiting room may have work to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunWaitingRoom {
    /// Waiting room in which positions may have to be given, ended or admitted.
    pub queue_id: QueueId,
    /// Arrival buckets with new queue entries. The message is kept until they have positions.
    #[serde(rename = "pages", default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<ArrivalBucketKey>,
    /// Admission blocks with ended positions that are not yet counted.
    #[serde(rename = "gates", default, skip_serializing_if = "Vec::is_empty")]
    pub admission_blocks: Vec<u64>,
    /// Version of the room that scheduled this run. The run is obsolete if the room has a newer version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl RunWaitingRoom {
    /// Returns a message without details, which only wakes the room `queue_id`.
    pub const fn of(queue_id: QueueId) -> Self {
        Self { queue_id, buckets: Vec::new(), admission_blocks: Vec::new(), version: None }
    }
}

/// SQS message: the hold of a reservation ends. The worker records the expiry unless the reservation was
/// paid or canceled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireHold {
    /// Reservation of the held seats.
    pub reservation_id: ReservationId,
    /// Expiry of the hold, in UTC.
    pub due_at: Timestamp,
}

/// Message of the queue for seat holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HoldMessage {
    /// The hold of one reservation ends at its expiry.
    Expire(ExpireHold),
    /// All seat holds of a closed account are released.
    Release(ReleaseHolds),
}

/// SQS message: an account was closed, so its unpaid reservations are canceled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHolds {
    /// Account that was closed.
    pub closed_account: UserId,
}

/// Domain event: a change that is published to the data platform. Consumers drop repeats by `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainEvent {
    /// Id of the event, the same for every delivery.
    pub id: String,
    /// Type of the event, such as `claim.requested`.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Time of the change, in UTC.
    pub occurred_at: Timestamp,
    /// Id of the claim, order, reservation, payment, deal or account that the event belongs to.
    pub correlation_id: String,
    /// Data of the change.
    pub data: DomainEventData,
}

/// Data of a domain event, by kind of resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl DomainEvent {
    /// Creates the event of an account change from its audit entry.
    pub fn of_account(audit: &AccountAudit) -> Self {
        Self {
            id: format!("{}:{}", audit.user_id, audit.version),
            kind: audit.kind.into(),
            occurred_at: audit.at,
            correlation_id: audit.user_id.to_string(),
            data: DomainEventData::Account(AccountChanged {
                user_id: audit.user_id.clone(),
                change: audit.kind,
                actor: audit.actor.clone(),
                before: audit.before.clone(),
                after: audit.after.clone(),
            }),
        }
    }

    /// Creates the event of a reservation's current version. Each version causes one event.
    pub fn of_reservation(now: &Reservation) -> Self {
        let (kind, at) = match now.status {
            concerts::ReservationStatus::Held => (EventType::ReservationMade, Some(now.created_at)),
            concerts::ReservationStatus::Paid => (EventType::ReservationPaid, now.paid_at),
            concerts::ReservationStatus::Canceled => (EventType::ReservationCanceled, now.canceled_at),
            concerts::ReservationStatus::Expired => (EventType::ReservationExpired, now.expired_at),
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind,
            occurred_at: at.unwrap_or(now.created_at),
            correlation_id: now.id.to_string(),
            data: DomainEventData::Reservation(ReservationChanged {
                reservation_id: now.id.clone(),
                user_id: now.id.owner().clone(),
                concert_id: now.concert_id.clone(),
                date: now.date,
                seats: now.seats.clone(),
                amount: now.amount,
                status: now.status,
                payment_id: now.payment.clone(),
            }),
        }
    }

    /// Creates the event of a new ledger entry.
    pub fn of_entry(entry: &LedgerEntry) -> Self {
        let (name, kind) = match entry.kind() {
            EntryKind::Charge => ("charge", EventType::BalanceCharged),
            EntryKind::Payment => ("payment", EventType::PaymentCompleted),
            EntryKind::Forfeit if entry.amount == 0 => ("close", EventType::BalanceClosed),
            EntryKind::Forfeit => ("forfeit", EventType::BalanceForfeited),
        };
        let correlation_id = entry.purchase.as_ref().map_or_else(|| entry.id().to_string(), Purchase::id);
        Self {
            id: format!("{}:{name}", entry.id()),
            kind,
            occurred_at: entry.at,
            correlation_id,
            data: DomainEventData::Entry(EntryMade {
                user_id: entry.user_id.clone(),
                number: entry.number,
                amount: entry.amount,
                balance: entry.balance,
                purchase: entry.purchase.clone(),
                reference: entry.reference.clone(),
            }),
        }
    }

    /// Creates the events of all line item changes between two versions of a claim.
    pub fn between(before: Option<&Claim>, after: &Claim) -> Vec<Self> {
        let new = after.changes_since(before).into_iter().enumerate();
        new.filter_map(|(index, change)| {
            let line = after.lines.get(change.line)?;
            Some(Self {
                id: format!("{}:{}:{index}", after.id(), after.version),
                kind: change.to.into(),
                occurred_at: change.at,
                correlation_id: after.id(),
                data: DomainEventData::Claim(ClaimChanged {
                    user_id: after.user_id.clone(),
                    campaign_id: after.campaign_id.clone(),
                    reward_id: line.reward_id.clone(),
                    number: line.number,
                    status: change.to,
                    actor: change.by.clone(),
                    reason: change.note.clone(),
                }),
            })
        })
        .collect()
    }
}
