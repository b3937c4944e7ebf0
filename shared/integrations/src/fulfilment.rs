//! Client of the fulfilment service, which hands rewards over.

use domain::Timestamp;
use domain::ids::{CampaignId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{self, BAD_ANSWER, NOT_CONFIGURED};
use crate::signature::IDEMPOTENCY_KEY;
use crate::transport::{ExternalService, Received};
use crate::{Integrations, REFERENCE_BYTES_MAX, request_id};

/// Request to hand over a reward. A repeat for the same grant must be equal in every field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FulfilmentRequest {
    /// Id of the grant, sent as `Idempotency-Key` with every call for it.
    pub grant_id: String,
    /// Claim that the grant belongs to.
    pub claim_id: String,
    /// User who receives the reward.
    pub user_id: UserId,
    /// Campaign of the claim.
    pub campaign_id: CampaignId,
    /// Reward payload, in the form that operators submitted.
    pub reward: Value,
}

/// Outcome of a fulfilment call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FulfilmentOutcome {
    /// The reward is handed over, by this or an earlier call for the same grant.
    Fulfilled {
        /// Reference of the grant at the service, at most 256 bytes.
        reference: Option<String>,
    },
    /// This call was refused. An earlier call for the same grant may still have succeeded: the refusal can
    /// come from a gateway, or from a service that has no record of the earlier call.
    Refused {
        /// Reason from the service, one line of at most 200 characters, or else the status, such as
        /// `http_422`.
        reason: String,
    },
    /// The service confirmed that it has not fulfilled this grant and never will. This is definite even after
    /// a call with unknown outcome.
    Denied {
        /// Reason from the service, one line of at most 200 characters, or else the status, such as
        /// `http_409`.
        reason: String,
    },
    /// The outcome is unknown. Repeat the call with the same request.
    Retry {
        /// Cause: `timeout`, `connection`, `http_503` (or another status) or `bad_answer`.
        reason: String,
    },
    /// The service was not called. Call it later.
    NotAsked {
        /// Cause, always `not_configured`.
        reason: String,
    },
}

// Each form is parsed separately and ignores unknown fields, so that services can add fields.

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
struct RefusalBody {
    reason: String,
}

impl Integrations {
    /// Requests fulfilment of `request` with one call. `now` is the signing time. Retries are left to the
    /// caller's queue.
    ///
    /// - Fulfilled: 2xx with `{"reference": "…"}`, where the reference is optional, or 409 with `{"already":
    ///   true}`.
    /// - Refused: 400, 403, 404, 410 or 422.
    /// - Denied: one of these or 409 with `{"grant_id": "…", "fulfilled": false}` for the requested grant.
    /// - Retry: all other responses, including 401 for a wrong signature.
    ///
    /// Unknown fields of a response are ignored.
    pub async fn fulfil(&self, now: Timestamp, request: &FulfilmentRequest) -> FulfilmentOutcome {
        let Some(endpoint) = &self.fulfilment else {
            return FulfilmentOutcome::NotAsked { reason: NOT_CONFIGURED.to_owned() };
        };
        // Other characters are invalid in a header value. Refuse the request here, since no retry can
        // succeed.
        if request.grant_id.is_empty() || !request.grant_id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return FulfilmentOutcome::Refused { reason: "bad_grant_id".to_owned() };
        }
        let Ok(body) = serde_json::to_vec(request) else {
            return FulfilmentOutcome::Refused { reason: "bad_reward".to_owned() };
        };
        let id = request_id(&["fulfilment", &request.grant_id], now);
        let mut call = self.signed(ExternalService::Fulfilment, &endpoint.path, now, &id, &body);
        call.headers.push((IDEMPOTENCY_KEY, request.grant_id.clone()));

        let received = self.transport.send(&endpoint.url, call, self.transport.deadline()).await;
        let outcome = outcome_of_reply(received, &request.grant_id);
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

fn outcome_of_reply(received: Received, grant_id: &str) -> FulfilmentOutcome {
    let (status, body) = match received {
        Received::Timeout => return retry(answer::TIMEOUT),
        Received::Connection => return retry(answer::CONNECTION),
        Received::Answer { status, body, .. } => (status, body),
    };
    let body = body.as_deref();
    let reason = || {
        let said = answer::read::<RefusalBody>(body).and_then(|said| answer::reason(&said.reason));
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

/// Returns the outcome of a fulfilled grant. A reference that is too long counts as a bad response, since a
/// truncated one would identify another grant.
fn fulfilled(reference: Option<String>) -> FulfilmentOutcome {
    match reference {
        Some(reference) if reference.len() > REFERENCE_BYTES_MAX => retry(BAD_ANSWER),
        reference => FulfilmentOutcome::Fulfilled { reference },
    }
}
