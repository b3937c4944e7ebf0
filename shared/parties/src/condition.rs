//! Asking whether a user meets a condition that only the outside knows.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::Timestamp;
use domain::ids::{CampaignId, UserId};
use serde::{Deserialize, Serialize};

use crate::answer::{self, BAD_ANSWER, NOT_CONFIGURED};
use crate::transport::{Party, Received};
use crate::{Parties, request_id};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionRequest {
    /// The name of the check, as the campaign's condition has it.
    pub check: String,
    /// What the condition says beside the name.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Who is asked about.
    pub user_id: UserId,
    /// Where the condition stands.
    pub campaign_id: CampaignId,
}

/// What the service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionAnswer {
    /// The user meets the condition.
    Qualified,
    /// The user does not.
    NotQualified {
        /// For people, from the service; one line of at most 200 characters.
        reason: Option<String>,
    },
    /// The service did not say: neither a yes nor a no.
    Unavailable {
        /// `timeout`, `connection`, `http_503` (or another status), `bad_answer` or `not_configured`.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    qualified: bool,
    reason: Option<String>,
}

impl Parties {
    /// Asks the service about `request`; `now` is the time in the signature.
    ///
    /// A yes or a no takes status 200 and `{"qualified": bool}`. When the connection breaks or the service
    /// answers with 500, 502, 503 or 504, the call is repeated within the same timeout: asking has no effect.
    pub async fn check_condition(&self, now: Timestamp, request: &ConditionRequest) -> ConditionAnswer {
        let unavailable = |reason: &str| ConditionAnswer::Unavailable { reason: reason.to_owned() };
        let Some(endpoint) = &self.condition else { return unavailable(NOT_CONFIGURED) };
        let Ok(body) = serde_json::to_vec(request) else { return unavailable(NOT_CONFIGURED) };
        let (user, campaign) = (request.user_id.as_str(), request.campaign_id.as_str());
        let id = request_id(&["condition", user, campaign, &request.check], now);
        let call = self.signed(Party::Condition, &endpoint.path, now, &id, &body);

        let deadline = self.transport.deadline();
        let mut attempt = 1;
        let answer = loop {
            let received = self.transport.send(&endpoint.url, call.clone(), deadline).await;
            let in_time = deadline.is_none_or(|at| Instant::now() < at);
            if attempt >= self.attempts_max || !in_time || !is_worth_another(&received) {
                break understood(&received);
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

/// Failures that may be gone at once, like a pooled connection closed by the other side. A service that asks
/// for time (429), and one that took all of it, are left alone.
const fn is_worth_another(received: &Received) -> bool {
    match received {
        Received::Answer(status, _) => matches!(status, 500 | 502..=504),
        Received::Connection => true,
        Received::Timeout => false,
    }
}

fn understood(received: &Received) -> ConditionAnswer {
    let reason = match received {
        Received::Timeout => answer::TIMEOUT.to_owned(),
        Received::Connection => answer::CONNECTION.to_owned(),
        Received::Answer(200, body) => match answer::read::<Answer>(body.as_deref()) {
            Some(Answer { qualified: true, .. }) => return ConditionAnswer::Qualified,
            Some(Answer { reason, .. }) => {
                return ConditionAnswer::NotQualified { reason: reason.as_deref().and_then(answer::reason) };
            }
            None => BAD_ANSWER.to_owned(),
        },
        Received::Answer(status, _) => answer::status(*status),
    };
    ConditionAnswer::Unavailable { reason }
}
