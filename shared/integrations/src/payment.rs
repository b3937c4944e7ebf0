//! Client of the payment provider. The provider accepts a payment request and reports its outcome later.

use domain::ids::{OrderId, UserId};
use domain::orders::Order;
use domain::{Money, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::{self, NOT_CONFIGURED};
use crate::signature::IDEMPOTENCY_KEY;
use crate::transport::{ExternalService, Received};
use crate::{Integrations, request_id};

/// Request to the payment provider. A repeat with the same reference is equal in every field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Reference of the payment, sent as `Idempotency-Key` with every call for it.
    pub reference: String,
    /// Order to be paid.
    pub order_id: OrderId,
    /// User who placed the order.
    pub user_id: UserId,
    /// Amount in whole units of the currency.
    pub amount: Money,
    /// URL for the provider's report. `None` if the URL is configured at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// Outcome of a payment request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// The provider may have received the request. It reports the outcome later; until then the request
    /// can be repeated with the same reference.
    Asked,
    /// The provider has not taken the money and will not.
    Refused {
        /// Reason from the provider, one line of at most 200 characters, or else the status, such as
        /// `http_402`, or `not_configured`.
        reason: String,
    },
}

#[derive(Deserialize)]
struct RefusalReply {
    reason: String,
}

impl Integrations {
    /// Requests the total price of `order` from the provider with one call, under the payment reference
    /// `reference`. `now` is the signing time.
    ///
    /// Statuses 400, 402, 403, 404, 410 and 422 mean that the request is refused. Everything else, including
    /// a missing response and 401 for a wrong signature, leaves the outcome open.
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
        let mut call = self.signed(ExternalService::Payment, &endpoint.path, now, &id, &body);
        call.headers.push((IDEMPOTENCY_KEY, request.reference));

        let received = self.transport.send(&endpoint.url, call, self.transport.deadline()).await;
        let (outcome, reason) = outcome_of_reply(received);
        if let Some(reason) = reason {
            tracing::warn!(request_id = id, reference, reason, ?outcome, "a payment was not simply taken on");
        }
        outcome
    }
}

/// Interprets the response, and returns the cause if it is not a plain acceptance.
fn outcome_of_reply(received: Received) -> (PaymentOutcome, Option<String>) {
    let (status, body) = match received {
        Received::Timeout => return (PaymentOutcome::Asked, Some(answer::TIMEOUT.to_owned())),
        Received::Connection => return (PaymentOutcome::Asked, Some(answer::CONNECTION.to_owned())),
        Received::Answer { status, body, .. } => (status, body),
    };
    match status {
        200..=299 => (PaymentOutcome::Asked, None),
        400 | 402 | 403 | 404 | 410 | 422 => {
            let refusal = answer::read::<RefusalReply>(body.as_deref());
            let reason = refusal.and_then(|refusal| answer::reason(&refusal.reason));
            let reason = reason.unwrap_or_else(|| answer::status(status));
            (PaymentOutcome::Refused { reason: reason.clone() }, Some(reason))
        }
        _ => (PaymentOutcome::Asked, Some(answer::status(status))),
    }
}
