//! Records of the tables' streams as what they mean.

use domain::accounts::{Account, AccountAudit};
use domain::claims::Claim;
use domain::concerts::Reservation;
use domain::deals::{self, Deal, UnitsMoved};
use domain::ids::{DealId, QueueId};
use domain::messages::{CheckReservation, CloseOrders};
use domain::orders::Order;
use domain::queue::{End, PageKey, Room};
use domain::stock::Hold;
use domain::wallet::Entry;
use domain::{Error, Result};
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item, from_item};

use crate::accounts::AUDIT;
use crate::concerts::RESERVATION;
use crate::deals::DEAL;
use crate::orders::ORDER;
use crate::queue::{gate_of, page_of};
use crate::stock::{HOLD, taken_in, units_in};
use crate::wallet::ENTRY;

/// What a change of the table of rewards means.
#[derive(Debug)]
pub enum RewardsChange {
    /// A claim was made or went on.
    Claim {
        /// As it was.
        before: Option<Box<Claim>>,
        /// As it is.
        after: Box<Claim>,
    },
    /// Units of a bucket were taken, or taken anew for a later version of their claim.
    Taken(Vec<CheckReservation>),
    /// Nothing that anybody waits for.
    Other,
}

impl RewardsChange {
    /// What the change of the item under `keys` means.
    ///
    /// # Errors
    /// When an item cannot be read as what its key says.
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

/// What a change of the table of waiting rooms means.
#[derive(Debug)]
pub enum QueueChange {
    /// A page has its first joiner.
    Page(QueueId, PageKey),
    /// A room was made or went on.
    Room {
        /// How many were let in before.
        admitted_before: u64,
        /// As it is.
        after: Box<Room>,
    },
    /// Somebody who waits or was let in has left, or is done: at this gate.
    Ended(QueueId, u64),
    /// Nothing that anybody waits for.
    Other,
}

impl QueueChange {
    /// What the change of the item under `keys` means.
    ///
    /// # Errors
    /// When a room cannot be read.
    pub fn of(keys: &Item, before: &Item, after: Item) -> Result<Self> {
        let (pk, sk) = (text(keys, "pk"), text(keys, "sk"));
        if after.is_empty() {
            return Ok(Self::Other);
        }
        if sk == "ROOM" {
            return Ok(Self::Room {
                admitted_before: number(before, "admitted"),
                after: Box::new(read(after)?),
            });
        }
        if let Some((queue, gate)) = gate_of(pk, sk) {
            // What the runner ends itself it counts itself.
            let is_news = |end: &str| matches!(End::parse(end), Some(End::Done | End::Left));
            let mut ends =
                after.iter().filter(|(name, end)| name.starts_with("e#") && before.get(*name) != Some(end));
            let news = ends.any(|(_, end)| matches!(end, AttributeValue::S(end) if is_news(end)));
            return Ok(if news { Self::Ended(queue, gate) } else { Self::Other });
        }
        let page = page_of(pk, sk).filter(|_| before.is_empty());
        Ok(page.map_or(Self::Other, |(queue, page)| Self::Page(queue, page)))
    }
}

/// What a change of the table of deals means.
#[derive(Debug)]
pub enum DealsChange {
    /// A deal was made or went on.
    Deal {
        /// Where it stood, as far as that was stored; nothing when it is new.
        before: Option<deals::Status>,
        /// As it is.
        after: Box<Deal>,
    },
    /// An order was made or went on.
    Order(Box<Order>),
    /// Units of a bucket of this deal were taken, given back or sold.
    Units {
        /// Which deal.
        deal_id: DealId,
        /// What was taken: for these the time runs now.
        taken: Vec<CloseOrders>,
        /// By how much the figures of the deal change.
        moved: UnitsMoved,
    },
    /// Nothing that anybody waits for.
    Other,
}

impl DealsChange {
    /// What the change of the item under `keys` means.
    ///
    /// # Errors
    /// When an item cannot be read as what its key says.
    pub fn of(keys: &Item, before: Item, after: Item) -> Result<Self> {
        let (pk, sk) = (text(keys, "pk"), text(keys, "sk"));
        if after.is_empty() {
            return Ok(Self::Other);
        }
        if sk == DEAL {
            let before = image::<Deal>(before)?.map(|before| before.status);
            return Ok(Self::Deal { before, after: Box::new(read(after)?) });
        }
        if sk.starts_with(ORDER) {
            return Ok(Self::Order(Box::new(read(after)?)));
        }
        let (before, after) = (holds(&before), holds(&after));
        let units = units_in(pk, &before, &after).filter(|_| sk == "BUCKET");
        let moved = || UnitsMoved::between(&units_of(&before), &units_of(&after));
        Ok(units.map_or(Self::Other, |(deal_id, taken)| Self::Units { deal_id, taken, moved: moved() }))
    }
}

/// The entry of a ledger that was made, when the change of the item under `keys` is that: an entry never
/// changes.
///
/// # Errors
/// When an entry cannot be read.
pub fn entry_made(keys: &Item, before: &Item, after: Item) -> Result<Option<Entry>> {
    let made = text(keys, "sk").starts_with(ENTRY) && before.is_empty() && !after.is_empty();
    made.then(|| read(after)).transpose()
}

/// The next version of a reservation, or the first, when the change of the item under `keys` is one.
///
/// # Errors
/// When a reservation cannot be read.
pub fn reservation_changed(keys: &Item, after: Item) -> Result<Option<Reservation>> {
    let changed = text(keys, "sk").starts_with(RESERVATION) && !after.is_empty();
    changed.then(|| read(after)).transpose()
}

/// What a change of the table of accounts means.
#[derive(Debug)]
pub enum AccountsChange {
    /// An account was made or went on.
    Account {
        /// As it was; none when it is new.
        before: Option<Box<Account>>,
        /// As it is.
        after: Box<Account>,
    },
    /// Roles, status or password of an account changed, or it was registered or closed.
    Audit(Box<AccountAudit>),
    /// Nothing that anybody waits for.
    Other,
}

impl AccountsChange {
    /// What the change of the item under `keys` means.
    ///
    /// # Errors
    /// When an item cannot be read as what its key says.
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

fn units_of(holds: &[(String, String)]) -> Vec<Hold> {
    holds.iter().filter_map(|(_, text)| Hold::parse(text)).collect()
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
