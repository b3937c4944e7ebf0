//! Translation of DynamoDB stream records into changes of the domain.

mod figures;
mod resources;

use domain::accounts::{Account, AccountAudit};
use domain::claims::Claim;
use domain::concerts::{Date, Reservation};
use domain::deals::{self, CountBase, Deal, UnitsMoved};
use domain::ids::{ConcertId, DealId, QueueId};
use domain::messages::{CheckReservation, CloseOrders};
use domain::orders::Order;
use domain::stock::BucketHold;
use domain::waiting_room::{ArrivalBucketKey, PositionEnd, QueuePosition, WaitingRoom};
use domain::wallet::LedgerEntry;
use domain::{Error, Result};
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item, from_item};

use crate::accounts::AUDIT;
use crate::concerts::{RESERVATION, SEATS};
use crate::deals::{DEAL, SUMMARY};
use crate::orders::ORDER;
use crate::stock::{HOLD, taken_in, units_in};
use crate::waiting_room::{admission_block_of, arrival_bucket_of};
use crate::wallet::ENTRY;

pub use figures::figures_of;
pub use resources::resource_events;

/// Change of an item of the rewards table.
#[derive(Debug)]
pub enum RewardsChange {
    /// A claim was created or updated.
    Claim {
        /// Claim before the change; `None` when it was created.
        before: Option<Box<Claim>>,
        /// Claim after the change.
        after: Box<Claim>,
    },
    /// A stock bucket was changed. Holds one message for each unit that was taken, or that got a later claim
    /// version as its fencing value: the receiver checks later that a line item has the unit. Empty when
    /// units were only returned.
    Taken(Vec<CheckReservation>),
    /// A change without consumers.
    Other,
}

impl RewardsChange {
    /// Classifies the change of the item under `keys`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an item cannot be parsed as the entity that its key names.
    pub fn of(keys: &Item, before: Item, after: Item) -> Result<Self> {
        let (pk, sk) = (text(keys, "pk"), text(keys, "sk"));
        if sk.starts_with("CLAIM#") && !after.is_empty() {
            return Ok(Self::Claim { before: image(before)?.map(Box::new), after: Box::new(read(after)?) });
        }
        if sk == "BUCKET" {
            return Ok(Self::Taken(taken_in(pk, &holds(&before), &holds(&after))));
        }
        Ok(Self::Other)
    }
}

/// Change of an item of the waiting-room table.
#[derive(Debug)]
pub enum WaitingRoomChange {
    /// An arrival bucket received its first queue entry.
    ArrivalBucket(QueueId, ArrivalBucketKey),
    /// A waiting room was created or updated.
    Room {
        /// Last admitted position before the change.
        admitted_before: QueuePosition,
        /// Waiting room after the change.
        after: Box<WaitingRoom>,
    },
    /// A position of this admission block ended: its owner left or finished.
    PositionEnded(QueueId, u64),
    /// A change without consumers.
    Other,
}

impl WaitingRoomChange {
    /// Classifies the change of the item under `keys`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when a waiting room cannot be parsed.
    pub fn of(keys: &Item, before: &Item, after: Item) -> Result<Self> {
        let (pk, sk) = (text(keys, "pk"), text(keys, "sk"));
        if after.is_empty() {
            return Ok(Self::Other);
        }
        if sk == "ROOM" {
            return Ok(Self::Room {
                admitted_before: QueuePosition(number(before, "admitted")),
                after: Box::new(read(after)?),
            });
        }
        if let Some((queue, admission_block)) = admission_block_of(pk, sk) {
            // Only the ends that owners cause are reported: the worker `run_rooms` counts the ends that it
            // writes itself.
            let is_by_owner = |end: &str| matches!(end.parse(), Ok(PositionEnd::Done | PositionEnd::Left));
            let mut ends =
                after.iter().filter(|(name, end)| name.starts_with("e#") && before.get(*name) != Some(end));
            let is_new = ends.any(|(_, end)| matches!(end, AttributeValue::S(end) if is_by_owner(end)));
            return Ok(if is_new { Self::PositionEnded(queue, admission_block) } else { Self::Other });
        }
        let bucket = arrival_bucket_of(pk, sk).filter(|_| before.is_empty());
        Ok(bucket.map_or(Self::Other, |(queue, bucket)| Self::ArrivalBucket(queue, bucket)))
    }
}

/// Change of an item of the deals table.
#[derive(Debug)]
pub enum DealsChange {
    /// A deal was created or updated.
    Deal {
        /// Stored status before the change; `None` when the deal was created.
        before: Option<deals::DealStatus>,
        /// Deal after the change.
        after: Box<Deal>,
    },
    /// An order was created or updated.
    Order {
        /// Order after the change.
        order: Box<Order>,
        /// Whether the order's item has the keys of the list index, by which its user's list contains it. The
        /// previous version of dibs wrote orders without them.
        is_listed: bool,
    },
    /// Units in a bucket of a deal were taken, returned or sold.
    Units {
        /// Deal that owns the bucket.
        deal_id: DealId,
        /// Messages that check the orders for which this change took units, each due when the hold of its
        /// units expires.
        taken: Vec<CloseOrders>,
        /// Difference that this change makes to the deal's counts of reserved and sold units.
        moved: UnitsMoved,
    },
    /// A recount wrote the base of a deal's unit counts.
    Recounted(DealId),
    /// A change without consumers.
    Other,
}

impl DealsChange {
    /// Classifies the change of the item under `keys`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an item cannot be parsed as the entity that its key names.
    pub fn of(keys: &Item, before: Item, after: Item) -> Result<Self> {
        let (pk, sk) = (text(keys, "pk"), text(keys, "sk"));
        if after.is_empty() {
            return Ok(Self::Other);
        }
        if sk == DEAL {
            let before = image::<Deal>(before)?.map(|before| before.status);
            return Ok(Self::Deal { before, after: Box::new(read(after)?) });
        }
        if sk == SUMMARY {
            return Ok(Self::Recounted(read::<CountBase>(after)?.deal_id));
        }
        if sk.starts_with(ORDER) {
            let is_listed = after.contains_key("list_pk");
            return Ok(Self::Order { order: Box::new(read(after)?), is_listed });
        }
        let (before, after) = (holds(&before), holds(&after));
        let units = units_in(pk, &before, &after).filter(|_| sk == "BUCKET");
        let moved = || UnitsMoved::between(&units_of(&before), &units_of(&after));
        Ok(units.map_or(Self::Other, |(deal_id, taken)| Self::Units { deal_id, taken, moved: moved() }))
    }
}

/// Returns the ledger entry that the change of the item under `keys` created, or `None` for other items.
/// Entries never change after their creation.
///
/// # Errors
/// `INTERNAL_ERROR` when an entry cannot be parsed.
pub fn entry_made(keys: &Item, before: &Item, after: Item) -> Result<Option<LedgerEntry>> {
    let made = text(keys, "sk").starts_with(ENTRY) && before.is_empty() && !after.is_empty();
    made.then(|| read(after)).transpose()
}

/// Returns the reservation as the change of the item under `keys` left it, or `None` for other items and
/// deletions.
///
/// # Errors
/// `INTERNAL_ERROR` when a reservation cannot be parsed.
pub fn reservation_changed(keys: &Item, after: Item) -> Result<Option<Reservation>> {
    let changed = text(keys, "sk").starts_with(RESERVATION) && !after.is_empty();
    changed.then(|| read(after)).transpose()
}

/// Returns the date of a concert whose seats changed with the item under `keys`, or `None` for other items.
pub fn seats_changed(keys: &Item) -> Option<(ConcertId, Date)> {
    let mut words = text(keys, "pk").strip_prefix(SEATS)?.split('#');
    Some((ConcertId::parse(words.next()?)?, Date::parse(words.next()?)?))
}

/// Change of an item of the accounts table.
#[derive(Debug)]
pub enum AccountsChange {
    /// An account was created or updated.
    Account {
        /// Account before the change; `None` when it was created.
        before: Option<Box<Account>>,
        /// Account after the change.
        after: Box<Account>,
    },
    /// An audit entry was written: an account was registered or closed, or its roles, status or password
    /// changed.
    Audit(Box<AccountAudit>),
    /// A change without consumers.
    Other,
}

impl AccountsChange {
    /// Classifies the change of the item under `keys`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an item cannot be parsed as the entity that its key names.
    pub fn of(keys: &Item, before: Item, after: Item) -> Result<Self> {
        if after.is_empty() {
            return Ok(Self::Other);
        }
        if text(keys, "sk") == "ACCOUNT" {
            return Ok(Self::Account { before: image(before)?.map(Box::new), after: Box::new(read(after)?) });
        }
        if text(keys, "pk").starts_with(AUDIT) && before.is_empty() {
            return Ok(Self::Audit(Box::new(read(after)?)));
        }
        Ok(Self::Other)
    }
}

fn holds(image: &Item) -> Vec<(String, String)> {
    let mut holds: Vec<(String, String)> = image
        .iter()
        .filter_map(|(name, value)| match value {
            AttributeValue::S(value) => Some((name.strip_prefix(HOLD)?.to_owned(), value.clone())),
            _ => None,
        })
        .collect();
    holds.sort();
    holds
}

fn units_of(holds: &[(String, String)]) -> Vec<BucketHold> {
    holds.iter().filter_map(|(_, text)| BucketHold::parse(text)).collect()
}

fn text<'a>(keys: &'a Item, name: &str) -> &'a str {
    match keys.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

fn number(image: &Item, name: &str) -> u64 {
    match image.get(name) {
        Some(AttributeValue::N(number)) => number.parse().unwrap_or(0),
        _ => 0,
    }
}

fn image<T: DeserializeOwned>(image: Item) -> Result<Option<T>> {
    if image.is_empty() { Ok(None) } else { read(image).map(Some) }
}

fn read<T: DeserializeOwned>(image: Item) -> Result<T> {
    from_item(image).map_err(|error| Error::internal(format!("an image of a stream cannot be read: {error}")))
}
