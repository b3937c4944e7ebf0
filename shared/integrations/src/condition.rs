//! Client of the condition service, which decides whether a user meets an external condition.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::Timestamp;
use domain::ids::{CampaignId, UserId};
use serde::{Deserialize, Serialize};

use crate::answer::{self, BAD_ANSWER, NOT_CONFIGURED};
use crate::transport::{ExternalService, Received};
use crate::{Integrations, request_id};

/// Request to the condition service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionRequest {
    /// Name of the check, from the campaign's condition.
    pub check: String,
    /// Parameters of the check, from the campaign's condition.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// User whose condition is checked.
    pub user_id: UserId,
    /// Campaign of the condition.
    pub campaign_id: CampaignId,
}

/// Answer of the condition service to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionAnswer {
    /// The service confirms the condition.
    Qualified,
    /// The service denies the condition.
    NotQualified {
        /// Reason from the service, for people: one line of at most 200 characters.
        reason: Option<String>,
    },
    /// No usable answer: the service is not configured, did not respond, or responded with something else.
    Unavailable {
        /// Cause: `timeout`, `connection`, `http_503` (or another status), `bad_answer` or `not_configured`.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    qualified: bool,
    reason: Option<String>,
}

impl Integrations {
    /// Checks `request` with the service. `now` is the signing time.
    ///
    /// Only status 200 with `{"qualified": bool}` is an answer. The call is repeated within the same timeout
    /// if the connection breaks or the status is 500, 502, 503 or 504, up to the configured number of
    /// attempts, since a check has no side effects. Failures are returned as
    /// [`ConditionAnswer::Unavailable`].
    pub async fn check_condition(&self, now: Timestamp, request: &ConditionRequest) -> ConditionAnswer {
        let unavailable = |reason: &str| ConditionAnswer::Unavailable { reason: reason.to_owned() };
        let Some(endpoint) = &self.condition else { return unavailable(NOT_CONFIGURED) };
        let Ok(body) = serde_json::to_vec(request) else { return unavailable(NOT_CONFIGURED) };
        let (user, campaign) = (request.user_id.as_str(), request.campaign_id.as_str());
        let id = request_id(&["condition", user, campaign, &request.check], now);
        let call = self.signed(ExternalService::Condition, &endpoint.path, now, &id, &body);

        let deadline = self.transport.deadline();
        let mut attempt = 1;
        let answer = loop {
            let received = self.transport.send(&endpoint.url, call.clone(), deadline).await;
            let in_time = deadline.is_none_or(|at| Instant::now() < at);
            if attempt >= self.attempts_max || !in_time || !is_worth_another(&received) {
                break outcome_of_reply(&received);
            }
            attempt += 1;
        };
        if let ConditionAnswer::Unavailable { reason } = &answer {
            tracing::warn!(
                request_id = id,
                check = request.check,
                reason,
                attempt,
                "no answer to a condition check"
            );
        }
        answer
    }
}

/// Returns `true` for failures that may disappear at once, such as a pooled connection that the other side
/// closed. Neither status 429 nor a timeout is retried, since both mean that the service needs time.
const fn is_worth_another(received: &Received) -> bool {
    match received {
        Received::Answer { status, .. } => matches!(status, 500 | 502..=504),
        Received::Connection => true,
        Received::Timeout => false,
    }
}

fn outcome_of_reply(received: &Received) -> ConditionAnswer {
    let reason = match received {
        Received::Timeout => answer::TIMEOUT.to_owned(),
        Received::Connection => answer::CONNECTION.to_owned(),
        Received::Answer { status: 200, body, .. } => match answer::read::<Answer>(body.as_deref()) {
            Some(Answer { qualified: true, .. }) => return ConditionAnswer::Qualified,
            Some(Answer { reason, .. }) => {
                return ConditionAnswer::NotQualified { reason: reason.as_deref().and_then(answer::reason) };
            }
            None => BAD_ANSWER.to_owned(),
        },
        Received::Answer { status, .. } => answer::status(*status),
    };
    ConditionAnswer::Unavailable { reason }
}
