//! Audited entities: subject, trail and newest change of each.

use serde_json::Value;

use super::{Act, AuditSubject, Audited, SubjectKind, states};
use crate::accounts::{Account, AccountStatus};
use crate::campaigns::Campaign;
use crate::claims::{Claim, ClaimChangeKind};
use crate::concerts::{Concert, ConcertDate, Reservation, ReservationStatus};
use crate::deals::{Deal, DealStatus};
use crate::orders::{Order, OrderEndReason, OrderEventKind, OrderStatus};
use crate::products::{Product, ProductStatus};
use crate::rewards::{Offer, Reward};
use crate::trail::{AuditAct, Trail};
use crate::waiting_room::WaitingRoom;
use crate::wallet::{EntryKind, LedgerEntry};

macro_rules! audited {
    ($($entity:ident $kind:ident $id:expr, $version:expr, $state:path, $act:path;)+) => {$(
        impl Audited for $entity {
            fn subject(&self) -> AuditSubject {
                let id: fn(&Self) -> String = $id;
                AuditSubject { kind: SubjectKind::$kind, id: id(self) }
            }

            fn audit_version(&self) -> u64 {
                let version: fn(&Self) -> u64 = $version;
                version(self)
            }

            fn trail(&self) -> &Trail {
                &self.trail
            }

            fn trail_mut(&mut self) -> &mut Trail {
                &mut self.trail
            }

            fn state(&self) -> Value {
                $state(self)
            }

            fn act(&self) -> Act {
                $act(self)
            }
        }
    )+};
}

audited! {
    Account Account |account| account.id.to_string(), |account| account.version, states::account, account;
    Campaign Event |campaign| campaign.id.to_string(), |campaign| campaign.version, states::campaign, campaign;
    Claim Request |claim| claim.id(), |claim| claim.version, states::claim, claim;
    Concert Concert |concert| concert.id.to_string(), |concert| concert.version, states::concert, concert;
    ConcertDate ConcertDate |date| format!("{}:{}", date.concert_id, date.date), |date| date.version, states::date, date;
    Deal TimeDeal |deal| deal.id.to_string(), |deal| deal.version, states::deal, deal;
    LedgerEntry Payment |entry| entry.user_id.to_string(), |entry| entry.number, states::ledger_entry, ledger_entry;
    Offer EventReward |offer| format!("{}:{}", offer.campaign_id, offer.reward_id), |offer| offer.version, states::offer, offer;
    Order Order |order| order.id.to_string(), |order| order.version, states::order, order;
    Product Product |product| product.id.to_string(), |product| product.version, states::product, product;
    Reservation Reservation |reservation| reservation.id.to_string(), |reservation| reservation.version, states::reservation, reservation;
    Reward Reward |reward| reward.id.to_string(), |reward| u64::from(reward.code_uploads) + 1, states::reward, reward;
    WaitingRoom Queue |room| room.id.to_string(), |room| room.version, states::waiting_room, waiting_room;
}

/// Returns the kind of the change that made `version`: a creation for version 1, an update for later ones.
fn made(version: u64) -> AuditAct {
    if version == 1 { AuditAct::Created } else { AuditAct::Updated }
}

fn account(account: &Account) -> Act {
    let what = match account.status {
        _ if account.version == 1 => AuditAct::Registered,
        AccountStatus::Closed => AuditAct::Closed,
        _ => AuditAct::Updated,
    };
    Act::of(what).at((account.version == 1).then_some(account.created_at))
}

fn campaign(campaign: &Campaign) -> Act {
    let what = match made(campaign.version) {
        AuditAct::Updated if campaign.deleted => AuditAct::Deleted,
        AuditAct::Updated if campaign.closed_at.is_some() => AuditAct::Closed,
        made => made,
    };
    Act::of(what).at((campaign.version == 1).then_some(campaign.created_at))
}

fn claim(claim: &Claim) -> Act {
    let new = claim.history.iter().rev().find(|change| change.version == claim.version);
    let Some(change) = new.or_else(|| claim.history.last()) else { return Act::of(AuditAct::Updated) };
    let what = match change.kind() {
        ClaimChangeKind::Request => AuditAct::Requested,
        ClaimChangeKind::FailedRequest => AuditAct::Refused,
        ClaimChangeKind::Decision => AuditAct::Decided,
        ClaimChangeKind::Attempt => AuditAct::GrantDelayed,
        ClaimChangeKind::FailedGrant => AuditAct::GrantFailed,
        ClaimChangeKind::Grant => AuditAct::Granted,
    };
    Act::of(what).at(Some(change.at)).because(change.note.clone())
}

fn concert(concert: &Concert) -> Act {
    Act::of(made(concert.version)).at((concert.version == 1).then_some(concert.created_at))
}

fn date(date: &ConcertDate) -> Act {
    Act::of(made(date.version)).at((date.version == 1).then_some(date.created_at))
}

fn deal(deal: &Deal) -> Act {
    let what = match made(deal.version) {
        AuditAct::Updated if deal.status == DealStatus::Canceled => AuditAct::Canceled,
        made => made,
    };
    Act::of(what).at((deal.version == 1).then_some(deal.created_at))
}

fn ledger_entry(entry: &LedgerEntry) -> Act {
    let what = match entry.kind() {
        EntryKind::Charge => AuditAct::Charged,
        EntryKind::Payment => AuditAct::Paid,
        EntryKind::Forfeit => AuditAct::Forfeited,
    };
    Act::of(what).at(Some(entry.at))
}

fn offer(offer: &Offer) -> Act {
    let what = if offer.removed { AuditAct::Deleted } else { made(offer.version) };
    Act::of(what).at((offer.version == 1).then_some(offer.created_at))
}

fn order(order: &Order) -> Act {
    let last = order.log.last().map(|event| event.kind);
    let what = match (order.status, last) {
        (OrderStatus::Failed, _) => AuditAct::Abandoned,
        (OrderStatus::Canceled, _) if order.reason == Some(OrderEndReason::Expired) => AuditAct::Expired,
        (OrderStatus::Canceled, _) => AuditAct::Canceled,
        (OrderStatus::Confirmed, _) => AuditAct::Paid,
        (_, Some(OrderEventKind::PaymentRequested)) => AuditAct::PaymentRequested,
        (_, Some(OrderEventKind::PaymentFailed)) => AuditAct::PaymentFailed,
        (_, _) if order.version == 1 => AuditAct::Held,
        (_, _) => AuditAct::Updated,
    };
    let reason = order.reason.and_then(|reason| serde_json::to_value(reason).ok());
    let reason = reason.and_then(|reason| reason.as_str().map(str::to_owned));
    Act::of(what).at(Some(order.updated_at())).because(reason)
}

fn product(product: &Product) -> Act {
    let what = match made(product.version) {
        AuditAct::Updated if product.status == ProductStatus::Deleted => AuditAct::Deleted,
        made => made,
    };
    Act::of(what).at((product.version == 1).then_some(product.created_at))
}

fn reservation(reservation: &Reservation) -> Act {
    let (what, at) = match reservation.status {
        ReservationStatus::Held => (AuditAct::Held, Some(reservation.created_at)),
        ReservationStatus::Paid => (AuditAct::Paid, reservation.paid_at),
        ReservationStatus::Canceled => (AuditAct::Canceled, reservation.canceled_at),
        ReservationStatus::Expired => (AuditAct::Expired, reservation.expired_at),
    };
    Act::of(what).at(at)
}

fn reward(reward: &Reward) -> Act {
    if reward.code_uploads > 0 {
        return Act::of(AuditAct::CodesAdded);
    }
    Act::of(AuditAct::Created).at(Some(reward.created_at))
}

fn waiting_room(room: &WaitingRoom) -> Act {
    Act::of(made(room.version)).at((room.version == 1).then_some(room.created_at))
}
