//! Decisions of operators about claims.

use dibs_http::OperatorNow;
use domain::claims::{self, Claim, LineName, ReviewVerdict};
use domain::ids::RewardId;
use domain::text::Title;
use domain::{BusyReason, Error, Result};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Saved, update_with_retry};

/// Decision of an operator on lines in review.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Action {
    /// The lines are approved, and their rewards are granted.
    Approve,
    /// The lines are rejected. A unit of a limited reward returns to the stock.
    Reject,
}

/// Decision on the lines of a request, with its reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RequestDecision")]
pub struct RequestDecision {
    /// Decision to take: approve or reject.
    pub action: Action,
    /// Internal reason, kept in the audit. Staff see it; the user does not.
    pub reason: Title,
    /// Message that the user sees with the decision; null or absent for none.
    pub message: Option<Title>,
    /// Ids of the rewards, at most 100, to limit the decision to their lines. If `lines` is empty as well, it
    /// applies to every line in review.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub reward_ids: Vec<RewardId>,
    /// Lines to limit the decision to, at most 100. A line named here that failed can be approved as well,
    /// and its grant is tried again. A named line that failed and still holds a unit can be rejected, and the
    /// unit returns to the stock.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub lines: Vec<LineName>,
}

/// Decides about one claim. With `version`, only if the claim still has that version.
///
/// # Errors
/// `NOT_FOUND`; `OWN_REQUEST` for the operator's own claim; `CHANGED_SINCE` when the version differs;
/// `NOT_IN_REVIEW`.
pub async fn decide(
    app: &App,
    operator: &OperatorNow,
    id: &str,
    decision: &RequestDecision,
    version: Option<u64>,
) -> Result<Claim> {
    let (user, campaign) = Claim::parse_id(id).ok_or_else(|| Error::not_found("reward request"))?;
    add_entity(&id);
    let found = app.store().get_claim(&user, &campaign).await?;
    let decision = claims::ReviewDecision {
        verdict: match decision.action {
            Action::Approve => ReviewVerdict::Approve,
            Action::Reject => ReviewVerdict::Reject,
        },
        rewards: &decision.reward_ids,
        lines: &decision.lines,
        by: &operator.id,
        former: &operator.former,
        note: decision.reason.as_str(),
        message: decision.message.as_ref().map(Title::as_str),
        version,
    };
    let decided = |claim: &Claim| {
        let mut next = claim.clone();
        let news = next.decide(&decision, app.now())?;
        Ok(if news { next.next() } else { next })
    };
    update_with_retry(BusyReason::Claim, found, decided, |next| async move { save(app, &next).await }).await
}

/// Writes a claim with a decision. Returns `Done` also when an earlier try of this write succeeded without
/// a response and a worker has written the claim since.
async fn save(app: &App, next: &Claim) -> Result<Saved<Claim>> {
    Ok(match app.store().save_claim(next).await? {
        Saved::Conflict(Some(there)) if there.has_decisions_of(next) => Saved::Done,
        saved => saved,
    })
}
