//! Paying an order: from the balance, or through the outside provider, which is asked to take the money and
//! reports afterwards what became of it.
//!
//! The provider knows each payment that it was asked for by a reference, and the log of the order knows it by
//! the same: so a report that comes twice, or days late, is told from one that is new. What the provider has
//! taken is the buyer's in any case: it pays the order if that can still be paid, and else it is balance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Kind, Order, OrderEvent, Status};
use crate::ids::{OrderId, PaymentId};
use crate::{Code, Error, Result, Timestamp};

/// How often the provider can be asked for one order: its log must not grow without bound.
pub const PAYMENTS_ASKED_MAX: usize = 10;

/// What became of a payment that the provider was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// It has taken the money.
    Completed,
    /// It could not take the money.
    Failed,
}

/// What the provider says of a payment that it was asked for. Fields that it adds are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentReport {
    /// Which payment.
    #[schemars(length(min = 1, max = 256))]
    pub reference: String,
    /// For which order.
    pub order_id: OrderId,
    /// What became of it.
    pub status: Outcome,
    /// How much was asked for.
    pub amount: u64,
}

impl Order {
    /// The next version, paid by `payment` from the balance.
    ///
    /// # Errors
    /// `ALREADY_PAID`; `HOLD_EXPIRED` when it is over.
    pub fn pay(&self, payment: PaymentId, now: Timestamp) -> Result<Self> {
        self.check_payable(now)?;
        let note = Some(payment.to_string());
        let paid = OrderEvent { note, ..OrderEvent::new(Kind::PaymentCompleted, self.owner(), now) };
        let confirmed = OrderEvent::new(Kind::Confirmed, self.owner(), now);
        Ok(Self { payment: Some(payment), ..self.next([paid, confirmed]) })
    }

    /// The next version, for which the provider is to be asked to take the money, or the same while it is at
    /// it. `mark` stands for the `Idempotency-Key` of the request: what this has asked for before, and has not
    /// failed, it does not ask for again.
    ///
    /// # Errors
    /// `ALREADY_PAID`; `HOLD_EXPIRED` when it is over; `CONFLICT` when the provider was asked too often.
    pub fn ask_payment(&self, mark: Option<&str>, now: Timestamp) -> Result<Self> {
        let suffix = mark.map(|mark| format!(".{mark}")).unwrap_or_default();
        let asked_before = self.references().rev().find(|one| !suffix.is_empty() && one.ends_with(&suffix));
        if asked_before.is_some_and(|reference| self.outcome(reference) != Some(Outcome::Failed)) {
            return Ok(self.clone());
        }
        self.check_payable(now)?;
        if self.payment_under_way(now).is_some() {
            return Ok(self.clone());
        }
        let number = self.references().count() + 1;
        if number > PAYMENTS_ASKED_MAX {
            let message = "The provider was asked too often to take this payment; pay from your balance.";
            return Err(Error::refused(Code::Conflict, message));
        }
        let note = Some(format!("{}:{number}{suffix}", self.id));
        Ok(self.next([OrderEvent { note, ..OrderEvent::new(Kind::PaymentRequested, self.owner(), now) }]))
    }

    /// The payment that the provider was asked for and has not reported on, while the order can be paid.
    pub fn payment_under_way(&self, now: Timestamp) -> Option<&str> {
        let payable = self.check_payable(now).is_ok();
        self.references().find(|reference| payable && self.outcome(reference).is_none())
    }

    /// What became of the payment that `report` is about, as far as it is known without it.
    ///
    /// # Errors
    /// `NOT_FOUND` when the provider was never asked for it; `CONFLICT` when it was asked for another amount.
    pub fn known_of(&self, report: &PaymentReport) -> Result<Option<Outcome>> {
        if !self.has(Kind::PaymentRequested, &report.reference) {
            return Err(Error::not_found("payment"));
        }
        if report.amount != self.total_price() {
            let details = json!({"amount": report.amount, "required": self.total_price()});
            let message = "This payment was asked for with another amount.";
            return Err(Error::refused(Code::Conflict, message).with_details(details));
        }
        Ok(self.outcome(&report.reference))
    }

    /// The next version, when the provider could not take the money that it was asked for as `reference`, or
    /// the same when something is known of that. The order can be paid in another way.
    #[must_use]
    pub fn fail_payment(&self, reference: &str, now: Timestamp) -> Self {
        if self.outcome(reference).is_some() {
            return self.clone();
        }
        self.next([told(Kind::PaymentFailed, reference, now)])
    }

    /// The next version, paid by `payment` with the money that the provider has taken as `reference`.
    ///
    /// # Errors
    /// `ALREADY_PAID`; `HOLD_EXPIRED` when it is over.
    pub fn pay_through(&self, reference: &str, payment: PaymentId, now: Timestamp) -> Result<Self> {
        self.check_payable(now)?;
        let confirmed = OrderEvent::new(Kind::Confirmed, None, now);
        let next = self.next([told(Kind::PaymentCompleted, reference, now), confirmed]);
        Ok(Self { payment: Some(payment), ..next })
    }

    /// The next version, when the provider has taken the money as `reference` and the order can no longer be
    /// paid with it: it stands where it stood.
    #[must_use]
    pub fn note_payment(&self, reference: &str, now: Timestamp) -> Self {
        self.next([told(Kind::PaymentCompleted, reference, now)])
    }

    fn check_payable(&self, now: Timestamp) -> Result<()> {
        match self.status_at(now) {
            Status::Pending | Status::Reserved => Ok(()),
            Status::Confirmed => Err(Error::refused(Code::AlreadyPaid, "This order has been paid.")
                .with_details(json!({"payment_id": self.payment}))),
            Status::Canceled | Status::Failed => Err(Error::refused(
                Code::HoldExpired,
                "The units are no longer held for this order.",
            )
            .with_details(json!({
                "status": self.status_at(now), "reason": self.reason_at(now), "expires_at": self.expires_at,
            }))),
        }
    }

    /// How the payments are called that the provider was asked for, oldest first.
    fn references(&self) -> impl DoubleEndedIterator<Item = &str> {
        let asked = self.log.iter().filter(|event| event.kind == Kind::PaymentRequested);
        asked.filter_map(|event| event.note.as_deref())
    }

    /// What became of the payment called `reference`. Money that was taken was taken, whatever else is said.
    fn outcome(&self, reference: &str) -> Option<Outcome> {
        if self.has(Kind::PaymentCompleted, reference) {
            return Some(Outcome::Completed);
        }
        self.has(Kind::PaymentFailed, reference).then_some(Outcome::Failed)
    }

    fn has(&self, kind: Kind, reference: &str) -> bool {
        self.log.iter().any(|event| event.kind == kind && event.note.as_deref() == Some(reference))
    }
}

/// What the provider says, as an entry of the log.
fn told(kind: Kind, reference: &str, now: Timestamp) -> OrderEvent {
    OrderEvent { note: Some(reference.to_owned()), ..OrderEvent::new(kind, None, now) }
}

#[cfg(test)]
mod tests;
