//! Records of the tables' streams as what they mean.

use domain::accounts::Account;
use domain::claims::Claim;
use domain::messages::CheckReservation;
use domain::{Error, Result};
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item, from_item};

use crate::stock::{HOLD, taken_in};

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

/// A change of an account: what else is in the table of accounts concerns nobody outside it.
#[derive(Debug)]
pub struct AccountChange {
    /// As it was; none when it is new.
    pub before: Option<Account>,
    /// As it is.
    pub after: Account,
}

impl AccountChange {
    /// The change of the item under `keys`, when that is an account.
    ///
    /// # Errors
    /// When an account cannot be read.
    pub fn of(keys: &Item, before: Item, after: Item) -> Result<Option<Self>> {
        if text(keys, "sk") != "ACCOUNT" || after.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { before: image(before)?, after: read(after)? }))
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

fn text<'a>(keys: &'a Item, name: &str) -> &'a str {
    match keys.get(name) {
        Some(AttributeValue::S(text)) => text,
        _ => "",
    }
}

fn image<T: DeserializeOwned>(image: Item) -> Result<Option<T>> {
    if image.is_empty() { Ok(None) } else { read(image).map(Some) }
}

fn read<T: DeserializeOwned>(image: Item) -> Result<T> {
    from_item(image).map_err(|error| Error::internal(format!("an image of a stream cannot be read: {error}")))
}
