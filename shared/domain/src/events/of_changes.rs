//! Domain events of changes. The id of an event follows from the item and its version, so that a repeated
//! stream record gives the same event.

use super::{
    AccountChanged, ClaimChanged, DealChanged, DomainEvent, DomainEventData, EntryMade, EventType,
    OrderChanged, ReservationChanged,
};
use crate::Timestamp;
use crate::accounts::AccountAudit;
use crate::audit::AuditRoot;
use crate::claims::Claim;
use crate::concerts::{self, Reservation};
use crate::deals::{self, Deal};
use crate::orders::{Order, OrderEventKind, OrderStatus};
use crate::wallet::{EntryKind, LedgerEntry, Purchase};

impl DomainEvent {
    /// Creates the event of an account change from its audit entry.
    pub fn of_account(audit: &AccountAudit) -> Self {
        Self {
            id: format!("{}:{}", audit.user_id, audit.version),
            kind: audit.kind.into(),
            occurred_at: audit.at,
            correlation_id: audit.user_id.to_string(),
            data: DomainEventData::Account(AccountChanged {
                user_id: audit.user_id.clone(),
                change: audit.kind,
                actor: audit.actor.clone(),
                before: audit.before.clone(),
                after: audit.after.clone(),
            }),
        }
    }

    /// Creates the event of a published root. Its time is the end of the hour.
    pub fn of_audit_root(root: &AuditRoot) -> Self {
        Self {
            id: format!("audit:{}", root.hour),
            kind: EventType::AuditRoot,
            occurred_at: root.hour.next().start(),
            correlation_id: root.hour.to_string(),
            data: DomainEventData::AuditRoot(root.clone()),
        }
    }

    /// Creates the event of a reservation's current version. Each version causes one event.
    pub fn of_reservation(now: &Reservation) -> Self {
        let (kind, at) = match now.status {
            concerts::ReservationStatus::Held => (EventType::ReservationMade, Some(now.created_at)),
            concerts::ReservationStatus::Paid => (EventType::ReservationPaid, now.paid_at),
            concerts::ReservationStatus::Canceled => (EventType::ReservationCanceled, now.canceled_at),
            concerts::ReservationStatus::Expired => (EventType::ReservationExpired, now.expired_at),
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind,
            occurred_at: at.unwrap_or(now.created_at),
            correlation_id: now.id.to_string(),
            data: DomainEventData::Reservation(ReservationChanged {
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

    /// Creates the event of a new ledger entry.
    pub fn of_entry(entry: &LedgerEntry) -> Self {
        let (name, kind) = match entry.kind() {
            EntryKind::Charge => ("charge", EventType::BalanceCharged),
            EntryKind::Payment => ("payment", EventType::PaymentCompleted),
            EntryKind::Forfeit if entry.amount == 0 => ("close", EventType::BalanceClosed),
            EntryKind::Forfeit => ("forfeit", EventType::BalanceForfeited),
        };
        let correlation_id = entry.purchase.as_ref().map_or_else(|| entry.id().to_string(), Purchase::id);
        Self {
            id: format!("{}:{name}", entry.id()),
            kind,
            occurred_at: entry.at,
            correlation_id,
            data: DomainEventData::Entry(EntryMade {
                user_id: entry.user_id.clone(),
                number: entry.number,
                amount: entry.amount,
                balance: entry.balance,
                purchase: entry.purchase.clone(),
                reference: entry.reference.clone(),
            }),
        }
    }

    /// Creates the events of all line item changes between two versions of a claim.
    pub fn between(before: Option<&Claim>, after: &Claim) -> Vec<Self> {
        let new = after.changes_since(before).into_iter().enumerate();
        new.filter_map(|(index, change)| {
            let line = after.lines.get(change.line)?;
            Some(Self {
                id: format!("{}:{}:{index}", after.id(), after.version),
                kind: change.to.into(),
                occurred_at: change.at,
                correlation_id: after.id(),
                data: DomainEventData::Claim(ClaimChanged {
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

    /// Creates the event of an order's current version from the last entry of its log. Each version causes
    /// one event.
    pub fn of_order(now: &Order) -> Self {
        let last = now.log.last();
        let kind = match (last.map(|event| event.kind), now.status) {
            (Some(OrderEventKind::PaymentRequested), _) => EventType::OrderPaymentRequested,
            (Some(OrderEventKind::PaymentFailed), _) => EventType::OrderPaymentFailed,
            (Some(OrderEventKind::PaymentCompleted), _) => EventType::OrderPaymentCompleted,
            (_, OrderStatus::Pending | OrderStatus::Reserved) => EventType::OrderReserved,
            (_, OrderStatus::Confirmed) => EventType::OrderConfirmed,
            (_, OrderStatus::Canceled) => EventType::OrderCanceled,
            (_, OrderStatus::Failed) => EventType::OrderFailed,
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind,
            occurred_at: last.map_or(now.created_at, |event| event.at),
            correlation_id: now.id.to_string(),
            data: DomainEventData::Order(OrderChanged {
                order_id: now.id.clone(),
                user_id: now.id.owner().clone(),
                time_deal_id: now.deal_id.clone(),
                product_id: now.product.id.clone(),
                quantity: now.quantity,
                total_price: now.total_price(),
                status: now.status,
                reason: now.reason,
                payment_id: now.payment.clone(),
            }),
        }
    }

    /// Creates the event of a deal's current version, changed at `at`. `before` is its previous status.
    pub fn of_deal(before: Option<deals::DealStatus>, now: &Deal, at: Timestamp) -> Self {
        let kind = match now.status {
            same if before == Some(same) => EventType::DealChanged,
            deals::DealStatus::Scheduled => EventType::DealScheduled,
            deals::DealStatus::Active => EventType::DealActive,
            deals::DealStatus::Ended => EventType::DealEnded,
            deals::DealStatus::Soldout => EventType::DealSoldout,
            deals::DealStatus::Canceled => EventType::DealCanceled,
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind,
            occurred_at: at,
            correlation_id: now.id.to_string(),
            data: DomainEventData::Deal(DealChanged {
                time_deal_id: now.id.clone(),
                product_id: now.product.id.clone(),
                status: now.status,
                deal_price: now.deal_price,
                stock_quantity: now.stock_quantity,
                start_at: now.starts_at,
                end_at: now.ends_at,
            }),
        }
    }
}
