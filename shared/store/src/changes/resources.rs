//! Domain events of items that staff set up, and of admission.

use domain::events::DomainEvent;
use domain::waiting_room::{PositionEnd, QueuePosition};
use domain::{Result, Timestamp};
use serde_dynamo::{AttributeValue, Item};

use super::{image, read, text};
use crate::waiting_room::admission_block_of;

/// Returns the domain events of the change at `at` of the item under `keys`: of a campaign, an offer, a product, a
/// concert or its date, or a waiting room. There are none for other items.
///
/// # Errors
/// `INTERNAL_ERROR` when an item cannot be parsed as the entity that its key names.
pub fn resource_events(keys: &Item, before: &Item, after: &Item, at: Timestamp) -> Result<Vec<DomainEvent>> {
    let (pk, sk) = (text(keys, "pk"), text(keys, "sk"));
    if after.is_empty() {
        return Ok(Vec::new());
    }
    if let Some((queue, _)) = admission_block_of(pk, sk) {
        return Ok(DomainEvent::of_no_shows(&queue, no_shows(before, after), at).into_iter().collect());
    }
    let (kind, before, after) = (sk.split('#').next().unwrap_or_default(), before.clone(), after.clone());
    let event = match kind {
        "CAMPAIGN" => DomainEvent::of_campaign(image(before)?.as_ref(), &read(after)?, at),
        "OFFER" => DomainEvent::of_offer(image(before)?.as_ref(), &read(after)?, at),
        "PRODUCT" => DomainEvent::of_product(image(before)?.as_ref(), &read(after)?, at),
        "CONCERT" if before.is_empty() => Some(DomainEvent::of_concert(&read(after)?)),
        "DATE" if before.is_empty() => Some(DomainEvent::of_date(&read(after)?)),
        "ROOM" => return Ok(DomainEvent::of_waiting_room(image(before)?.as_ref(), &read(after)?, at)),
        _ => None,
    };
    Ok(event.into_iter().collect())
}

/// Returns the positions of an admission block that this change ended, since their users did not come.
fn no_shows(before: &Item, after: &Item) -> Vec<QueuePosition> {
    let is_no_show =
        |end: &AttributeValue| matches!(end, AttributeValue::S(end) if end == PositionEnd::NoShow.as_ref());
    let new = after.iter().filter(|(name, end)| is_no_show(end) && before.get(*name) != Some(end));
    new.filter_map(|(name, _)| name.strip_prefix("e#")?.parse().ok().map(QueuePosition)).collect()
}
