//! What is said between functions: messages of queues, and the domain events of the outbox. Everything may
//! come twice and in any order.

mod deals;

pub use deals::{CloseOrders, DealChanged, OrderChanged};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::accounts::{AccountAudit, AccountChangeKind, AccountState};
use crate::claims::{Claim, Line, LineName, Status};
use crate::concerts::{self, Date, Reservation, SeatName};
use crate::ids::{CampaignId, ConcertId, PaymentId, QueueId, ReservationId, RewardId, UserId};
use crate::queue::PageKey;
use crate::rewards::Gift;
use crate::wallet::{Entry, Kind, Purchase};

/// A claim has lines to grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantClaim {
    /// Whose.
    pub user_id: UserId,
    /// In which campaign.
    pub campaign_id: CampaignId,
    /// Which version of it has them: an older one may not know of them yet.
    #[serde(default)]
    pub version: u64,
    /// Which lines; all that are to be granted when none is named, as in messages of the version before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineName>,
}

/// A unit was taken from a stock: see whether a claim has it, and give it back if none does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReservation {
    /// From which stock.
    pub stock: String,
    /// Whether that is one of codes.
    pub codes: bool,
    /// From which bucket.
    pub bucket: u32,
    /// For whom.
    pub user_id: UserId,
    /// For their first, second … time.
    pub number: u32,
    /// In which campaign.
    pub campaign_id: CampaignId,
    /// For which version of the claim; `0` when a line of the claim is known to have had it.
    pub version: u64,
}

impl CheckReservation {
    /// The unit that line `index` of `claim` holds, if it does.
    pub fn of_line(claim: &Claim, index: usize) -> Option<Self> {
        let line = claim.lines.get(index)?;
        let held = line.held.as_ref()?;
        Some(Self {
            stock: held.stock.clone(),
            codes: line.gift == Gift::PooledCoupon,
            bucket: held.bucket,
            user_id: claim.user_id.clone(),
            number: line.number,
            campaign_id: claim.campaign_id.clone(),
            version: 0,
        })
    }

    /// The unit that line `index` of `before` held and, since it was refused for good, no longer holds in
    /// `after`.
    pub fn let_go(before: &Claim, after: &Claim, index: usize) -> Option<Self> {
        let held = before.lines.get(index)?.held.as_ref().filter(|held| held.version > 0)?;
        let is_let_go = after.lines.get(index)?.held.is_none();
        let version = held.version;
        is_let_go.then(|| Self::of_line(before, index)).flatten().map(|check| Self { version, ..check })
    }

    /// The name under which the bucket knows the holder.
    pub fn holder(&self) -> String {
        holder_name(&self.user_id, self.number, self.codes.then_some(&self.campaign_id))
    }

    /// The line of `claim` that has this unit.
    pub fn line_of<'a>(&self, claim: &'a Claim) -> Option<&'a Line> {
        claim.lines.iter().find(|line| {
            let held = line.held.as_ref();
            line.number == self.number
                && held.is_some_and(|held| held.stock == self.stock && held.bucket == self.bucket)
        })
    }
}

/// How a bucket names who holds a unit for their `number`th time. A pool of codes serves every campaign that
/// offers it, and a user may have a code in each: there the name says which. The stock of an offer has only
/// one.
pub fn holder_name(user: &UserId, number: u32, campaign_of_code: Option<&CampaignId>) -> String {
    match campaign_of_code {
        None => format!("{user}#{number}"),
        Some(campaign) => format!("{user}#{number}#{campaign}"),
    }
}

/// There may be something to do in a waiting room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRoom {
    /// Which room.
    pub queue_id: QueueId,
    /// Pages that joiners came to: the message stays until they have positions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<PageKey>,
    /// Gates in which places have ended that are not counted yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<u64>,
    /// The version of the room whose next look this is; nothing is to be done for it once there is a newer
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl RunRoom {
    /// Returns the message that says no more than that something may be to do in `queue_id`.
    pub const fn of(queue_id: QueueId) -> Self {
        Self { queue_id, pages: Vec::new(), gates: Vec::new(), version: None }
    }
}

/// Seats are held: when their time is over, and nobody has paid, it is to be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireHold {
    /// By which reservation.
    pub reservation_id: ReservationId,
    /// When their time is over.
    pub due_at: Timestamp,
}

/// What the queue of holds says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HoldMessage {
    /// A hold ends at its time.
    Expire(ExpireHold),
    /// An account was closed.
    Release(ReleaseHolds),
}

/// An account was closed: its reservations that are not paid are given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHolds {
    /// The closed account.
    pub closed_account: UserId,
}

/// A change that the data platform hears of. A consumer drops repeats by the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainEvent {
    /// The same for every delivery of the same change.
    pub id: String,
    /// `claim.requested`, `claim.granted` …
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The claim, order or payment that it belongs to.
    pub correlation_id: String,
    /// What happened.
    pub data: Change,
}

/// What happened to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Change {
    /// To a line of a claim.
    Claim(ClaimChanged),
    /// To a balance.
    Entry(EntryMade),
    /// To a reservation of seats.
    Reservation(ReservationChanged),
    /// To an order.
    Order(OrderChanged),
    /// To a time deal.
    Deal(DealChanged),
    /// To an account.
    Account(AccountChanged),
}

/// Roles, status or password of an account changed, or it was registered or closed. Nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChanged {
    /// Account that changed.
    pub user_id: UserId,
    /// Kind of the change.
    pub change: AccountChangeKind,
    /// Account that made the change.
    pub actor: UserId,
    /// State before; none for a new account.
    pub before: Option<AccountState>,
    /// State after.
    pub after: AccountState,
}

/// A line of a claim has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimChanged {
    /// Whose claim.
    pub user_id: UserId,
    /// In which campaign.
    pub campaign_id: CampaignId,
    /// Which reward.
    pub reward_id: RewardId,
    /// The first, second … time.
    pub number: u32,
    /// What it became.
    pub status: Status,
    /// Who did it; nobody when dibs did.
    pub actor: Option<UserId>,
    /// Why.
    pub reason: Option<String>,
}

/// A balance was charged or paid from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMade {
    /// Whose balance.
    pub user_id: UserId,
    /// Which entry of their ledger it is.
    pub number: u64,
    /// By how much.
    pub amount: u64,
    /// The balance after it.
    pub balance: u64,
    /// What was paid for; nothing when it is a charge.
    pub purchase: Option<Purchase>,
    /// How the outside provider calls the payment by which the money came in, when it came that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A reservation was made, paid, given up, or not paid in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationChanged {
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// Whose.
    pub user_id: UserId,
    /// Of which concert.
    pub concert_id: ConcertId,
    /// On which day.
    pub date: Date,
    /// Its seats.
    pub seats: Vec<SeatName>,
    /// What they cost together.
    pub amount: u64,
    /// What it became.
    pub status: concerts::Status,
    /// What paid it.
    pub payment_id: Option<PaymentId>,
}

impl DomainEvent {
    /// Returns that an account changed, by its audit entry.
    pub fn of_account(audit: &AccountAudit) -> Self {
        Self {
            id: format!("{}:{}", audit.user_id, audit.version),
            kind: format!("account.{}", audit.kind.as_str()),
            occurred_at: audit.at,
            correlation_id: audit.user_id.to_string(),
            data: Change::Account(AccountChanged {
                user_id: audit.user_id.clone(),
                change: audit.kind,
                actor: audit.actor.clone(),
                before: audit.before.clone(),
                after: audit.after.clone(),
            }),
        }
    }

    /// What happened to a reservation with this version of it: each has one thing to tell.
    pub fn of_reservation(now: &Reservation) -> Self {
        let (kind, at) = match now.status {
            concerts::Status::Held => ("made", Some(now.created_at)),
            concerts::Status::Paid => ("paid", now.paid_at),
            concerts::Status::Canceled => ("canceled", now.canceled_at),
            concerts::Status::Expired => ("expired", now.expired_at),
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind: format!("reservation.{kind}"),
            occurred_at: at.unwrap_or(now.created_at),
            correlation_id: now.id.to_string(),
            data: Change::Reservation(ReservationChanged {
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

    /// That an entry of a ledger was made.
    pub fn of_entry(entry: &Entry) -> Self {
        let (name, kind) = match entry.kind() {
            Kind::Charge => ("charge", "balance.charged"),
            Kind::Payment => ("payment", "payment.completed"),
            Kind::Forfeit => ("forfeit", "balance.forfeited"),
        };
        let correlation_id = entry.purchase.as_ref().map_or_else(|| entry.id().to_string(), Purchase::id);
        Self {
            id: format!("{}:{name}", entry.id()),
            kind: kind.to_owned(),
            occurred_at: entry.at,
            correlation_id,
            data: Change::Entry(EntryMade {
                user_id: entry.user_id.clone(),
                number: entry.number,
                amount: entry.amount,
                balance: entry.balance,
                purchase: entry.purchase.clone(),
                reference: entry.reference.clone(),
            }),
        }
    }

    /// What happened to a claim between two versions of it.
    pub fn between(before: Option<&Claim>, after: &Claim) -> Vec<Self> {
        let new = after.changes_since(before).into_iter().enumerate();
        new.filter_map(|(index, change)| {
            let line = after.lines.get(change.line)?;
            Some(Self {
                id: format!("{}:{}:{index}", after.id(), after.version),
                kind: format!("claim.{}", change.to.as_str()),
                occurred_at: change.at,
                correlation_id: after.id(),
                data: Change::Claim(ClaimChanged {
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
