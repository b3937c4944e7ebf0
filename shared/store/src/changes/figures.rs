//! Figures of stored items, for analytics.

use domain::Result;
use domain::analytics::{Figures, SlotLength};

use crate::concerts::RESERVATION;
use crate::item::entity;
use crate::keys::{Attributes, Key};
use crate::orders::ORDER;
use crate::schema::Table;
use crate::waiting_room::{admission_block, admission_block_of, arrival_bucket, arrival_bucket_of};

/// Returns what the change of an item of `table` from `before` to `after`, one of which may be empty, adds to
/// the figures. Empty for items without figures, and for deletions: only items of waiting rooms are deleted,
/// when they have expired, and what happened there has happened.
///
/// # Errors
/// `INTERNAL_ERROR` when an item cannot be parsed as the entity that its key names.
pub fn figures_of(
    table: &Table,
    before: Attributes,
    after: Attributes,
    length: SlotLength,
) -> Result<Figures> {
    let Some(key) = Key::of(&after) else { return Ok(Figures::default()) };
    let of = |item: Attributes| figures_of_item(table, &key, item, length);
    let presence = match (table.name, &*key.sk) {
        ("accounts", "ACCOUNT") => {
            let before = if before.is_empty() { None } else { Some(entity(before.clone())?) };
            Figures::of_presence(before.as_ref(), &entity(after.clone())?, length)
        }
        _ => Figures::default(),
    };
    let mut figures = Figures::between(&of(before)?, of(after)?);
    figures.merge(presence);
    Ok(figures)
}

/// Returns the figures of the `item` under `key`, without the activity of accounts.
fn figures_of_item(table: &Table, key: &Key, item: Attributes, length: SlotLength) -> Result<Figures> {
    if item.is_empty() {
        return Ok(Figures::default());
    }
    Ok(match table.name {
        "accounts" if key.sk == "ACCOUNT" => Figures::of_account(&entity(item)?, length),
        "rewards" if key.sk.starts_with("CLAIM#") => Figures::of_claim(&entity(item)?, length),
        "deals" if key.sk.starts_with(ORDER) => Figures::of_order(&entity(item)?, length),
        "concerts" if key.sk.starts_with(RESERVATION) => Figures::of_reservation(&entity(item)?, length),
        "queue" => {
            if let Some((queue, _)) = admission_block_of(&key.pk, &key.sk) {
                Figures::of_admission_block(&queue, &admission_block(&item), length)
            } else if let Some((queue, bucket)) = arrival_bucket_of(&key.pk, &key.sk) {
                Figures::of_arrivals(&queue, bucket, &arrival_bucket(&item), length)
            } else {
                Figures::default()
            }
        }
        _ => Figures::default(),
    })
}
