//! Asking the payment provider to take money. It answers that it will, and reports afterwards what became of it.

use domain::Timestamp;
use domain::ids::{OrderId, UserId};
use domain::orders::Order;
use serde::{Deserialize, Serialize};

use crate::answer::{self, NOT_CONFIGURED};
use crate::signature::IDEMPOTENCY_KEY;
use crate::transport::{Party, Received};
use crate::{Parties, request_id};

/// What the provider is asked. A repeat with the same reference is equal to the first, in every field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Names the payment; the `Idempotency-Key` of every call for it.
    pub reference: String,
    /// For which order.
    pub order_id: OrderId,
    /// Who pays.
    pub user_id: UserId,
    /// How much, in whole units of the currency.
    pub amount: u64,
    /// Where to report what became of it, when the provider was not told before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// How far a payment has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// The provider may have heard of it: it will report, or can be asked again with the same reference.
    Asked,
    /// It has not taken the money, and will not.
    Refused {
        /// From the provider, one line of at most 200 characters; else the status, like `http_402`, or
        /// `not_configured`.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

impl Parties {
    /// Asks the provider, once, to take what `order` costs, as the payment called `reference`; `now` is the time
    /// in the signature.
    ///
    /// Refused: 400, 402, 403, 404, 410, 422. Everything else, no answer and a wrong signature (401) included,
    /// says nothing about the money.
    pub async fn request_payment(&self, now: Timestamp, order: &Order, reference: &str) -> PaymentOutcome {
        let not_configured = || PaymentOutcome::Refused { reason: NOT_CONFIGURED.to_owned() };
        let Some(endpoint) = &self.provider else { return not_configured() };
        let request = PaymentRequest {
            reference: reference.to_owned(),
            order_id: order.id.clone(),
            user_id: order.id.owner().clone(),
            amount: order.total_price(),
            callback_url: self.callback_url.clone(),
        };
        let Ok(body) = serde_json::to_vec(&request) else { return not_configured() };
        let id = request_id(&["payment", reference], now);
        let mut call = self.signed(Party::Payment, &endpoint.path, now, &id, &body);
        call.headers.push((IDEMPOTENCY_KEY, request.reference));

        let received = self.transport.send(&endpoint.url, call, self.transport.deadline()).await;
        let (outcome, reason) = understood(received);
        if let Some(reason) = reason {
            tracing::warn!(request_id = id, reference, reason, ?outcome, "a payment was not simply taken on");
        }
        outcome
    }
}

/// What the provider means, and why that is less than a plain yes.
fn understood(received: Received) -> (PaymentOutcome, Option<String>) {
    let (status, body) = match received {
        Received::Timeout => return (PaymentOutcome::Asked, Some(answer::TIMEOUT.to_owned())),
        Received::Connection => return (PaymentOutcome::Asked, Some(answer::CONNECTION.to_owned())),
        Received::Answer(status, body) => (status, body),
    };
    match status {
        200..=299 => (PaymentOutcome::Asked, None),
        400 | 402 | 403 | 404 | 410 | 422 => {
            let refusal = answer::read::<Refusal>(body.as_deref());
            let reason = refusal.and_then(|refusal| answer::reason(&refusal.reason));
            let reason = reason.unwrap_or_else(|| answer::status(status));
            (PaymentOutcome::Refused { reason: reason.clone() }, Some(reason))
        }
        _ => (PaymentOutcome::Asked, Some(answer::status(status))),
    }
}
