//! Summaries of the states of audited entities. They contain neither personal data nor secrets: what clients
//! wrote in free text, and everything long, comes in as a digest.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::state_digest;
use crate::accounts::Account;
use crate::campaigns::Campaign;
use crate::claims::Claim;
use crate::concerts::{Concert, ConcertDate, Reservation};
use crate::deals::Deal;
use crate::orders::Order;
use crate::products::Product;
use crate::rewards::{Offer, Reward};
use crate::waiting_room::WaitingRoom;
use crate::wallet::LedgerEntry;

/// Returns the digest of all fields of `item` but those `without`.
fn content(item: &impl Serialize, without: &[&str]) -> String {
    let mut fields = match serde_json::to_value(item) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.retain(|name, value| !value.is_null() && !without.contains(&name.as_str()));
    state_digest(&Value::Object(fields)).to_string()
}

pub(super) fn claim(claim: &Claim) -> Value {
    let name = |line: &crate::claims::LineItem| format!("{}.{}", line.reward_id, line.number);
    let lines: Map<String, Value> =
        claim.lines.iter().map(|line| (name(line), json!(line.status.as_ref()))).collect();
    // A request that is refused again, or a grant that fails again, is a change although no status differs.
    let changes: u64 = claim.history.iter().map(|change| u64::from(change.times)).sum();
    json!({"lines": lines, "changes": changes})
}

pub(super) fn order(order: &Order) -> Value {
    json!({
        "status": order.status,
        "quantity": order.quantity,
        "total_price": order.total_price(),
        "payment_id": order.payment,
        "log_entries": order.log.len(),
    })
}

pub(super) fn reservation(reservation: &Reservation) -> Value {
    json!({
        "status": reservation.status,
        "seats": reservation.seats,
        "amount": reservation.amount,
        "payment_id": reservation.payment,
    })
}

pub(super) fn ledger_entry(entry: &LedgerEntry) -> Value {
    let purchase = entry.purchase.as_ref().map(crate::wallet::Purchase::id);
    json!({
        "payment_id": entry.id(),
        "amount": entry.amount,
        "balance": entry.balance,
        "purchase": purchase,
        "reference": entry.reference,
    })
}

pub(super) fn account(account: &Account) -> Value {
    json!({
        "roles": account.roles,
        "status": account.status,
        "epoch": account.epoch,
        "totp": account.has_totp(),
    })
}

pub(super) fn campaign(campaign: &Campaign) -> Value {
    json!({
        "status": campaign.status,
        "starts_at": campaign.starts_at,
        "ends_at": campaign.ends_at,
        "review": campaign.review,
        "queue_id": campaign.queue_id,
        "closed": campaign.closed_at.is_some(),
        "deleted": campaign.deleted,
        "content": content(campaign, &["closed_at", "deleted", "has_ended", "trail", "version"]),
    })
}

pub(super) fn reward(reward: &Reward) -> Value {
    let content = content(reward, &["code_uploads", "codes_offered", "trail"]);
    json!({"type": reward.payload.kind(), "codes_offered": reward.codes_offered, "content": content})
}

pub(super) fn offer(offer: &Offer) -> Value {
    json!({
        "quantity": offer.quantity,
        "per_user_limit": offer.per_user_limit,
        "review": offer.review,
        "valid_from": offer.valid_from,
        "valid_until": offer.valid_until,
        "removed": offer.removed,
        "content": content(offer, &["earlier_marks", "mark", "removed", "trail", "version"]),
    })
}

pub(super) fn product(product: &Product) -> Value {
    json!({
        "status": product.status,
        "price": product.price,
        "content": content(product, &["deals", "status", "trail", "updated_at", "version"]),
    })
}

pub(super) fn deal(deal: &Deal) -> Value {
    json!({
        "status": deal.status,
        "deal_price": deal.deal_price,
        "stock_quantity": deal.stock_quantity,
        "starts_at": deal.starts_at,
        "ends_at": deal.ends_at,
        "content": content(deal, &["status", "trail", "updated_at", "version"]),
    })
}

pub(super) fn concert(concert: &Concert) -> Value {
    json!({
        "hold_seconds": concert.hold_seconds,
        "queue_id": concert.queue_id,
        "content": content(concert, &["trail", "version"]),
    })
}

pub(super) fn date(date: &ConcertDate) -> Value {
    json!({"content": content(date, &["trail", "version"])})
}

pub(super) fn waiting_room(room: &WaitingRoom) -> Value {
    json!({"status": room.status, "name": state_digest(&json!(room.name)).to_string(), "settings": room.settings})
}
