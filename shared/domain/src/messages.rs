//! SQS messages between functions. They may arrive more than once and in any order.

mod deals;
mod mail;
mod notifications;
mod webhooks;

pub use deals::CloseOrders;
pub use mail::{MailContent, MailToken, NotificationMail, SendMail, TokenMail};
pub use notifications::{NotificationMessage, NotificationWork};
pub use webhooks::{SendWebhook, WebhookEvents};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::claims::{Claim, LineItem, LineName};
use crate::ids::{CampaignId, QueueId, ReservationId, UserId};
use crate::rewards::RewardPayload;
use crate::waiting_room::ArrivalBucketKey;

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
