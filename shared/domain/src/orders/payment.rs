//! Payment of an order: from the balance, or through the payment provider, which reports the outcome later.
//!
//! Each payment request has a reference, which the provider and the order's log share. By it, a repeated or
//! late report is recognized. Money that the provider has taken always belongs to the buyer: it pays the
//! order if that is still possible, and is credited to the balance otherwise.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Order, OrderEvent, OrderEventKind, OrderStatus};
use crate::ids::{OrderId, PaymentId};
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of payment requests to the provider per order. It bounds the size of the log.
pub const PAYMENTS_ASKED_MAX: usize = 10;

/// Outcome of a payment request at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ProviderOutcome {
    /// Money was taken from the buyer.
    Completed,
    /// Money could not be taken.
    Failed,
}

/// Report of the provider about a payment. Unknown fields are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentReport {
    /// Reference of the payment request.
    #[schemars(length(min = 1, max = 256))]
    pub reference: String,
    /// Order to be paid.
    pub order_id: OrderId,
    /// Outcome of the payment.
    pub status: ProviderOutcome,
    /// Amount of the payment request, equal to the total price of the order.
    pub amount: u64,
}

impl Order {
    /// Returns the next version, paid by `payment` from the balance.
    ///
    /// # Errors
    /// `ALREADY_PAID` if the order is paid, `HOLD_EXPIRED` if it was canceled or its hold has expired.
    pub fn pay(&self, payment: PaymentId, now: Timestamp) -> Result<Self> {
        self.check_payable(now)?;
        let note = Some(payment.to_string());
        let paid =
            OrderEvent { note, ..OrderEvent::new(OrderEventKind::PaymentCompleted, self.owner(), now) };
        let confirmed = OrderEvent::new(OrderEventKind::Confirmed, self.owner(), now);
        Ok(Self { payment: Some(payment), ..self.next([paid, confirmed]) })
    }

    /// Returns the next version with a log entry that requests a payment from the provider, or the same
    /// version while the outcome of an earlier payment request is unknown. `mark` is the fingerprint of the
    /// client's `Idempotency-Key`. If a request with this key was accepted before, the version stays the
    /// same, whatever the provider has reported since. If the provider refused that request, the same payment
    /// is requested again under the same reference.
    ///
    /// # Errors
    /// `ALREADY_PAID` if the order is paid, `HOLD_EXPIRED` if it was canceled or its hold has expired,
    /// `CONFLICT` after [`PAYMENTS_ASKED_MAX`] payment requests.
    pub fn ask_payment(&self, key_fingerprint: Option<&str>, now: Timestamp) -> Result<Self> {
        let asked_before = self.payment_for_key(key_fingerprint);
        if asked_before.is_some_and(|reference| !self.was_refused(reference)) {
            return Ok(self.clone());
        }
        self.check_payable(now)?;
        if self.open_payment(now).is_some() {
            return Ok(self.clone());
        }
        let number = self.references().count() + 1;
        if number > PAYMENTS_ASKED_MAX {
            let message = "The provider was asked too often to take this payment; pay from your balance.";
            return Err(Error::refused(Code::Conflict, message));
        }
        let suffix = key_fingerprint.map(|key| format!(".{key}")).unwrap_or_default();
        let new = || format!("{}:{number}{suffix}", self.id);
        let note = Some(asked_before.map_or_else(new, str::to_owned));
        Ok(self.next([OrderEvent {
            note,
            ..OrderEvent::new(OrderEventKind::PaymentRequested, self.owner(), now)
        }]))
    }

    /// Returns the reference of the payment request whose outcome is not known. `None` if there is none, or
    /// if the order can no longer be paid at `now`.
    pub fn open_payment(&self, now: Timestamp) -> Option<&str> {
        let payable = self.check_payable(now).is_ok();
        self.references().find(|reference| payable && self.outcome(reference).is_none())
    }

    /// Returns the reference of the payment for which the provider must be called, on a client's request with
    /// this `mark`: the payment request whose outcome is not known. `None` if the client's request has
    /// already led to another payment request, or if no outcome is open.
    pub fn payment_to_request(&self, key_fingerprint: Option<&str>, now: Timestamp) -> Option<&str> {
        let own = self.payment_for_key(key_fingerprint);
        self.open_payment(now).filter(|reference| own.is_none_or(|own| own == *reference))
    }

    /// Returns the reference of the newest payment request that a client's request with this `mark` led to.
    fn payment_for_key(&self, key_fingerprint: Option<&str>) -> Option<&str> {
        let suffix = format!(".{}", key_fingerprint?);
        self.references().rev().find(|reference| reference.ends_with(&suffix))
    }

    /// Returns `true` if the provider refused the newest payment request with this `reference` in its
    /// response, so that the client's request was refused as well. A failure that the provider reports later
    /// does not count.
    fn was_refused(&self, reference: &str) -> bool {
        let newest = self.events_of(reference).last();
        newest.is_some_and(|event| event.kind == OrderEventKind::PaymentFailed && event.actor.is_some())
    }

    /// Returns the recorded outcome of the payment that `report` is about, or `None` if no outcome is
    /// recorded yet.
    ///
    /// # Errors
    /// `NOT_FOUND` if the order has no payment request with this reference, `CONFLICT` if the amount is not
    /// the total price.
    pub fn outcome_of_report(&self, report: &PaymentReport) -> Result<Option<ProviderOutcome>> {
        if !self.has(OrderEventKind::PaymentRequested, &report.reference) {
            return Err(Error::not_found("payment"));
        }
        if self.total_price() != report.amount {
            let details = json!({"amount": report.amount, "required": self.total_price()});
            let message =
                "The payment was requested with the amount in details.required; report that amount.";
            return Err(Error::refused(Code::Conflict, message).with_details(details));
        }
        Ok(self.outcome(&report.reference))
    }

    /// Returns the next version with a log entry that the payment `reference` failed, or the same version if
    /// its outcome is recorded. The order can still be paid by another payment.
    #[must_use]
    pub fn fail_payment(&self, reference: &str, now: Timestamp) -> Self {
        if self.outcome(reference).is_some() {
            return self.clone();
        }
        self.next([event_of_payment(OrderEventKind::PaymentFailed, reference, now)])
    }

    /// Returns the next version of the order, with a log entry that the provider refused the payment
    /// `reference` when it was requested. Returns the same version if an outcome of that payment is in the
    /// log already. The actor of the entry is the buyer, since the buyer's request is refused as well;
    /// entries for later reports of the provider have no actor.
    #[must_use]
    pub fn refuse_payment(&self, reference: &str, now: Timestamp) -> Self {
        if self.outcome(reference).is_some() {
            return self.clone();
        }
        self.next([OrderEvent {
            actor: self.owner(),
            ..event_of_payment(OrderEventKind::PaymentFailed, reference, now)
        }])
    }

    /// Returns the next version, paid by `payment` with the money that the provider took under `reference`.
    ///
    /// # Errors
    /// `ALREADY_PAID` if the order is paid, `HOLD_EXPIRED` if it was canceled or its hold has expired.
    pub fn pay_by_provider(&self, reference: &str, payment: PaymentId, now: Timestamp) -> Result<Self> {
        self.check_payable(now)?;
        let confirmed = OrderEvent::new(OrderEventKind::Confirmed, None, now);
        let next = self.next([event_of_payment(OrderEventKind::PaymentCompleted, reference, now), confirmed]);
        Ok(Self { payment: Some(payment), ..next })
    }

    /// Returns the next version with a log entry that the payment `reference` was completed although the
    /// order can no longer be paid. The status stays the same.
    #[must_use]
    pub fn record_late_payment(&self, reference: &str, now: Timestamp) -> Self {
        self.next([event_of_payment(OrderEventKind::PaymentCompleted, reference, now)])
    }

    fn check_payable(&self, now: Timestamp) -> Result<()> {
        match self.status_at(now) {
            OrderStatus::Pending | OrderStatus::Reserved => Ok(()),
            OrderStatus::Confirmed => Err(Error::refused(
                Code::AlreadyPaid,
                "This order is paid already; details.payment_id is the payment.",
            )
            .with_details(json!({"payment_id": self.payment}))),
            OrderStatus::Canceled | OrderStatus::Failed => Err(Error::refused(
                Code::HoldExpired,
                "The hold of this order has ended; order again.",
            )
            .with_details(json!({
                "status": self.status_at(now), "reason": self.reason_at(now), "expires_at": self.expires_at,
            }))),
        }
    }

    /// Returns the references of all payment requests in the log, oldest first.
    fn references(&self) -> impl DoubleEndedIterator<Item = &str> {
        let asked = self.log.iter().filter(|event| event.kind == OrderEventKind::PaymentRequested);
        asked.filter_map(|event| event.note.as_deref())
    }

    /// Returns the outcome of the payment `reference`, or `None` if it is not known. A completed payment
    /// takes precedence over any failure, and a failure counts until the same payment is requested again.
    fn outcome(&self, reference: &str) -> Option<ProviderOutcome> {
        if self.has(OrderEventKind::PaymentCompleted, reference) {
            return Some(ProviderOutcome::Completed);
        }
        let newest = self.events_of(reference).last();
        newest.filter(|event| event.kind == OrderEventKind::PaymentFailed).map(|_| ProviderOutcome::Failed)
    }

    fn has(&self, kind: OrderEventKind, reference: &str) -> bool {
        self.events_of(reference).any(|event| event.kind == kind)
    }

    fn events_of(&self, reference: &str) -> impl Iterator<Item = &OrderEvent> {
        self.log.iter().filter(move |event| event.note.as_deref() == Some(reference))
    }
}

/// Creates a log entry about the payment `reference`, without an actor.
fn event_of_payment(kind: OrderEventKind, reference: &str, now: Timestamp) -> OrderEvent {
    OrderEvent { note: Some(reference.to_owned()), ..OrderEvent::new(kind, None, now) }
}

#[cfg(test)]
mod tests;
