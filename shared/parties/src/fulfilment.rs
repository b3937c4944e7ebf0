//! Handing a reward out through the service that can.

use domain::Timestamp;
use domain::ids::{CampaignId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{self, BAD_ANSWER, NOT_CONFIGURED};
use crate::signature::IDEMPOTENCY_KEY;
use crate::transport::{Party, Received};
use crate::{Parties, REFERENCE_BYTES_MAX, request_id};

/// What is to be handed out. A repeat for the same grant must be equal to the first, in every field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FulfilmentRequest {
    /// Names the grant; the `Idempotency-Key` of every call for it.
    pub grant_id: String,
    /// The claim it belongs to.
    pub claim_id: String,
    /// Who gets it.
    pub user_id: UserId,
    /// Where it was claimed.
    pub campaign_id: CampaignId,
    /// What it is, in the form that operators gave it.
    pub reward: Value,
}

/// How far a fulfilment has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FulfilmentOutcome {
    /// It is done, now or by an earlier call for the same grant.
    Fulfilled {
        /// What the service calls it; at most 256 bytes.
        reference: Option<String>,
    },
    /// This call was refused. An earlier one for the same grant may have succeeded: a gateway on the way, or a
    /// service that forgets, refuses as well.
    Refused {
        /// From the service, one line of at most 200 characters; else the status, like `http_422`.
        reason: String,
    },
    /// The service says of this very grant that it has not done it, and never will: also after a call whose
    /// outcome is unknown.
    Denied {
        /// As in `Refused`.
        reason: String,
    },
    /// It may be done or not: call again with the same request.
    Retry {
        /// `timeout`, `connection`, `http_503` (or another status) or `bad_answer`.
        reason: String,
    },
    /// The service was not called: call later.
    NotAsked {
        /// `not_configured`.
        reason: String,
    },
}

// Each form is read on its own, and fields that it does not have are left alone: a service may add some.

#[derive(Deserialize)]
struct Done {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Already {
    already: bool,
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Denial {
    grant_id: String,
    fulfilled: bool,
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

impl Parties {
    /// Asks the service to do `request`, once; `now` is the time in the signature. The caller's queue
    /// repeats.
    ///
    /// Done: 2xx with `{"reference": "…"}` (the reference may be left out), or 409 with `{"already": true}`.
    /// Refused: 400, 403, 404, 410, 422. Denied: one of these or 409 with `{"grant_id": "…", "fulfilled": false}`
    /// that names the grant which was asked for. Everything else, a wrong signature (401) included, decided
    /// nothing and is to be tried again. Further fields of an answer are ignored.
    pub async fn fulfil(&self, now: Timestamp, request: &FulfilmentRequest) -> FulfilmentOutcome {
        let Some(endpoint) = &self.fulfilment else {
            return FulfilmentOutcome::NotAsked { reason: NOT_CONFIGURED.to_owned() };
        };
        // Outside these it would be no header; refused here, since no repeat can change it.
        if request.grant_id.is_empty() || !request.grant_id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return FulfilmentOutcome::Refused { reason: "bad_grant_id".to_owned() };
        }
        let Ok(body) = serde_json::to_vec(request) else {
            return FulfilmentOutcome::Refused { reason: "bad_reward".to_owned() };
        };
        let id = request_id(&["fulfilment", &request.grant_id], now);
        let mut call = self.signed(Party::Fulfilment, &endpoint.path, now, &id, &body);
        call.headers.push((IDEMPOTENCY_KEY, request.grant_id.clone()));

        let received = self.transport.send(&endpoint.url, call, self.transport.deadline()).await;
        let outcome = understood(received, &request.grant_id);
        let (reason, message) = match &outcome {
            FulfilmentOutcome::Fulfilled { .. } => return outcome,
            FulfilmentOutcome::Refused { reason } => (reason, "a fulfilment was refused"),
            FulfilmentOutcome::Denied { reason } => (reason, "a fulfilment was denied"),
            FulfilmentOutcome::Retry { reason } | FulfilmentOutcome::NotAsked { reason } => {
                (reason, "a fulfilment must be repeated")
            }
        };
        tracing::warn!(request_id = id, grant_id = request.grant_id, reason, "{message}");
        outcome
    }
}

fn retry(reason: impl Into<String>) -> FulfilmentOutcome {
    FulfilmentOutcome::Retry { reason: reason.into() }
}

fn understood(received: Received, grant_id: &str) -> FulfilmentOutcome {
    let (status, body) = match received {
        Received::Timeout => return retry(answer::TIMEOUT),
        Received::Connection => return retry(answer::CONNECTION),
        Received::Answer(status, body) => (status, body),
    };
    let body = body.as_deref();
    let reason = || {
        let said = answer::read::<Refusal>(body).and_then(|said| answer::reason(&said.reason));
        said.unwrap_or_else(|| answer::status(status))
    };
    let is_denied =
        answer::read::<Denial>(body).is_some_and(|said| said.grant_id == grant_id && !said.fulfilled);
    match status {
        200..=299 if is_denied => retry(BAD_ANSWER),
        200..=299 => match answer::read::<Done>(body) {
            Some(Done { reference }) => fulfilled(reference),
            None => retry(BAD_ANSWER),
        },
        400 | 403 | 404 | 409 | 410 | 422 if is_denied => FulfilmentOutcome::Denied { reason: reason() },
        409 => match answer::read::<Already>(body) {
            Some(Already { already: true, reference }) => fulfilled(reference),
            _ => retry(answer::status(status)),
        },
        400 | 403 | 404 | 410 | 422 => FulfilmentOutcome::Refused { reason: reason() },
        _ => retry(answer::status(status)),
    }
}

/// A reference that cannot be kept is an answer that was not understood: half of one would name something
/// else.
fn fulfilled(reference: Option<String>) -> FulfilmentOutcome {
    match reference {
        Some(reference) if reference.len() > REFERENCE_BYTES_MAX => retry(BAD_ANSWER),
        reference => FulfilmentOutcome::Fulfilled { reference },
    }
}
