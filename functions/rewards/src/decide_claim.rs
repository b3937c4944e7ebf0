//! `PATCH /events/requests/{request_id}`: approves or rejects line items of a claim, for operators.

use axum::extract::State;
use domain::claims::{self, Claim, LineName, Verdict};
use domain::ids::RewardId;
use domain::text::Title;
use domain::{Error, Result as DomainResult};
use edge::{App, IfMatch, Json, OperatorNow, Path, Result, Route, Versioned, about, axum, route};
use schemars::JsonSchema;
use serde::Deserialize;
use store::Saved;

use crate::views::claim::{ClaimDetails, Viewer};
use edge::change;

pub static ROUTE: Route = route!(
    PATCH ["/events/requests/{request_id}"] "rewards-decide-claim" decide_claim,
    "Approve or reject the lines of a request that wait for a review",
    [NotInReview, OwnRequest, ChangedSince, RewardExpired]
);

/// What an operator decides.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Action {
    /// Grant it.
    Approve,
    /// Do not grant it; a limited unit returns to the stock.
    Reject,
}

/// A decision and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Approve or reject.
    pub action: Action,
    /// Why, for staff: it is kept in the audit, and the user does not see it.
    pub reason: Title,
    /// What the user is told.
    pub message: Option<Title>,
    /// Only lines of these rewards; with `lines` absent too, all lines that wait for a review.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub reward_ids: Vec<RewardId>,
    /// Only these lines. A line that is named here can be approved as well when its grant was given up: it is
    /// tried again. One that failed and still holds a unit can be rejected: the unit returns.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub lines: Vec<LineName>,
}

async fn decide_claim(
    State(app): State<App>,
    operator: OperatorNow,
    Path(id): Path<String>,
    if_match: IfMatch,
    Json { value: decision, .. }: Json<Decision>,
) -> Result<Versioned<ClaimDetails>> {
    let claim = decide(&app, &operator, &id, &decision, if_match.0).await?;
    Ok(Versioned(claim.version, ClaimDetails::of(&claim, Viewer::Staff)))
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
    decision: &Decision,
    version: Option<u64>,
) -> DomainResult<Claim> {
    let (user, campaign) = Claim::parse_id(id).ok_or_else(|| Error::not_found("request"))?;
    about(&id);
    let found = app.store().claim(&user, &campaign).await?;
    let decision = claims::Decision {
        verdict: match decision.action {
            Action::Approve => Verdict::Approve,
            Action::Reject => Verdict::Reject,
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
    change(found, decided, |next| async move { save(app, &next).await }).await
}

/// Writes a decision. It is known as written too when a worker went on before the write came again.
async fn save(app: &App, next: &Claim) -> DomainResult<Saved<Claim>> {
    Ok(match app.store().save_claim(next).await? {
        Saved::Other(Some(there)) if there.has_decisions_of(next) => Saved::Done,
        saved => saved,
    })
}
