//! PATCH /events/requests/{request_id}

use axum::extract::State;
use domain::claims::{Claim, Verdict};
use domain::ids::RewardId;
use domain::{Error, Result as DomainResult};
use edge::{App, Done, Json, OperatorNow, Path, Result, Route, about, axum, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::claim::ClaimDetails;
use edge::change;

/// The route.
pub static ROUTE: Route = route!(
    PATCH ["/events/requests/{request_id}"] "rewards-decide-claim" decide_claim,
    "Approve or reject the lines of a request that wait for a review",
    [NotInReview]
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
    /// Why; it is kept in the audit.
    #[schemars(length(min = 1, max = 200))]
    pub reason: String,
    /// Only lines of these rewards; all lines when absent.
    #[schemars(length(max = 100))]
    #[serde(default)]
    pub reward_ids: Vec<RewardId>,
}

async fn decide_claim(
    State(app): State<App>,
    operator: OperatorNow,
    Path(id): Path<String>,
    Json { value: decision, .. }: Json<Decision>,
) -> Result<Done<ClaimDetails>> {
    let claim = decide(&app, &operator, &id, &decision).await?;
    Ok(Done((&claim).into()))
}

/// Decides about one claim.
///
/// # Errors
/// `NOT_FOUND`, `NOT_IN_REVIEW`, and those of the store.
pub async fn decide(app: &App, operator: &OperatorNow, id: &str, decision: &Decision) -> DomainResult<Claim> {
    let (user, campaign) = Claim::parse_id(id).ok_or_else(|| Error::not_found("request"))?;
    about(&id);
    let found = app.store().claim(&user, &campaign).await?;
    let verdict = match decision.action {
        Action::Approve => Verdict::Approve,
        Action::Reject => Verdict::Reject,
    };
    let decided = |claim: &Claim| {
        let mut next = claim.clone();
        let news = next.decide(verdict, &decision.reward_ids, &operator.id, &decision.reason, app.now())?;
        Ok(if news { next.next() } else { next })
    };
    change(found, decided, |next| async move { app.store().save_claim(&next).await }).await
}
