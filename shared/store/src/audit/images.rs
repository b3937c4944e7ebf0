//! Audit entries from the old and new images of a stream record.

use domain::accounts::Account;
use domain::audit::{AuditEntry, Audited, entry_between};
use domain::campaigns::Campaign;
use domain::claims::Claim;
use domain::concerts::{Concert, ConcertDate, Reservation};
use domain::deals::Deal;
use domain::ids::PaymentId;
use domain::orders::Order;
use domain::products::Product;
use domain::rewards::{Offer, Reward};
use domain::waiting_room::WaitingRoom;
use domain::wallet::LedgerEntry;
use domain::{Error, Result};
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item, from_item};

use crate::Store;

/// Attribute with the head of an item's chain.
const TRAIL: &str = "trail";

impl Store {
    /// Returns the audit entry that the change of the item under `keys` made, or `None` if it made none. Reads
    /// the entry before of a ledger, whose entries are items of their own.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an image cannot be parsed as the entity that its key names.
    pub async fn audit_entry(&self, keys: &Item, before: &Item, after: &Item) -> Result<Option<AuditEntry>> {
        let number = number(after);
        if number.is_none() || number == self::number(before) {
            return Ok(None);
        }
        let Some(AttributeValue::S(sort_key)) = keys.get("sk") else { return Ok(None) };
        let images = (before, after);
        match sort_key.split_once('#').map_or(&**sort_key, |(word, _)| word) {
            "ACCOUNT" => entry_of::<Account>(images),
            "CAMPAIGN" => entry_of::<Campaign>(images),
            "CLAIM" => entry_of::<Claim>(images),
            "CONCERT" => entry_of::<Concert>(images),
            "DATE" => entry_of::<ConcertDate>(images),
            "DEAL" => entry_of::<Deal>(images),
            "ENTRY" => self.audit_payment(after).await,
            "OFFER" => entry_of::<Offer>(images),
            "ORDER" => entry_of::<Order>(images),
            "PRODUCT" => entry_of::<Product>(images),
            "RESERVATION" => entry_of::<Reservation>(images),
            "REWARD" => entry_of::<Reward>(images),
            "ROOM" => entry_of::<WaitingRoom>(images),
            _ => Ok(None),
        }
    }

    async fn audit_payment(&self, image: &Item) -> Result<Option<AuditEntry>> {
        let entry: LedgerEntry = read(image)?;
        let before = match entry.number.checked_sub(1).filter(|number| *number > 0) {
            Some(number) => self.entry_cheaply(&PaymentId::new(entry.user_id.clone(), number)).await?,
            None => None,
        };
        Ok(checked(&entry, entry_between(before.as_ref(), &entry)))
    }
}

fn number(image: &Item) -> Option<&AttributeValue> {
    match image.get(TRAIL)? {
        AttributeValue::M(head) => head.get("n"),
        _ => None,
    }
}

fn entry_of<T: Audited + DeserializeOwned>((before, after): (&Item, &Item)) -> Result<Option<AuditEntry>> {
    let before: Option<T> = if before.is_empty() { None } else { Some(read(before)?) };
    let after: T = read(after)?;
    Ok(checked(&after, entry_between(before.as_ref(), &after)))
}

/// Returns `entry` unchanged. Logs an error if it does not have the hash that the writer of `after` stored:
/// verification of an export then names it.
fn checked<T: Audited>(after: &T, entry: Option<AuditEntry>) -> Option<AuditEntry> {
    let stored = after.trail().head().map(|head| head.hash);
    if let Some(entry) = entry.as_ref().filter(|entry| Some(entry.hash()) != stored) {
        let (kind, id, number) = (entry.subject_kind.as_ref(), &entry.subject_id, entry.number);
        tracing::error!(kind, id, number, "an audit entry does not have the hash of its subject's head");
    }
    entry
}

fn read<T: DeserializeOwned>(image: &Item) -> Result<T> {
    from_item(image.clone())
        .map_err(|error| Error::internal(format!("an image of a stream cannot be read: {error}")))
}
