//! Service that decides claims: from a request to line items of a claim.
//!
//! It evaluates the condition, takes a unit of a limited stock, and then decides by one conditional write of
//! the claim. If another write came first, it decides again on the stored claim. The worker
//! `rewards-settle-reservations` finds units that were taken for a claim that was never written, and returns
//! them.

use std::collections::{BTreeMap, BTreeSet};

use dibs_http::QueueTokenHeader;
use domain::accounts::Role;
use domain::claims::{Claim, LineItem};
use domain::conditions::{Condition, Evaluation, ExternalCheck};
use domain::ids::{CampaignId, RewardId, UserId, fingerprint};
use domain::rewards::Offer;
use domain::{BusyReason, Error, Result};
use futures::future::try_join_all;
use runtime::{App, add_entity};
use store::{Saved, TryResult, retry_up_to};
use waiting_room::services::admission::require_admission;

use crate::services::claim_case::{ClaimCase, ClaimRequest, Outcomes, is_failure};

/// Maximum number of tries to write a claim. A user who requests six rewards at once has up to six requests
/// and six grants that write the same claim, so one request can lose eleven tries to them.
const TRIES_MAX: usize = 16;

/// Decides a claim request and writes the claim. If an earlier request with the same `Idempotency-Key`
/// created line items, it returns their outcomes instead, whatever has changed since. The returned claim
/// is the stored one, or `None` when there is none.
///
/// # Errors
/// `NOT_FOUND`; `EVENT_NOT_ACTIVE`; the errors of the waiting room's guard; `BUSY` when concurrent writes of
/// the claim won each try. Refusals of single rewards are part of the outcomes.
pub async fn claim(app: &App, asked: &ClaimRequest<'_>) -> Result<(Option<Claim>, Outcomes)> {
    add_entity(&Claim::id_of(asked.user, asked.campaign));
    match decide(app, asked).await {
        Err(error) if !is_failure(error.code) => earlier(app, asked).await?.ok_or(error),
        Err(error) => Err(error),
        Ok((claim, mut outcomes)) => {
            let made = claim.iter().flat_map(|claim| lines_of_request(claim, asked));
            let known: BTreeSet<RewardId> = outcomes.iter().map(|(reward, _)| reward.clone()).collect();
            // Line items created under this `Idempotency-Key` remain part of its answer, even if the event no
            // longer has their rewards.
            let gone: Outcomes = made.filter(|(reward, _)| !known.contains(reward)).collect();
            outcomes.extend(gone);
            Ok((claim, outcomes))
        }
    }
}

/// Returns the line items that an earlier request with this `Idempotency-Key` created; `None` when there are
/// none.
async fn earlier(app: &App, asked: &ClaimRequest<'_>) -> Result<Option<(Option<Claim>, Outcomes)>> {
    if asked.key.is_none() {
        return Ok(None);
    }
    let Some(claim) = app.store().get_claim_if_exists(asked.user, asked.campaign).await? else {
        return Ok(None);
    };
    let outcomes: Outcomes = lines_of_request(&claim, asked).collect();
    Ok((!outcomes.is_empty()).then_some((Some(claim), outcomes)))
}

/// Returns the line items of `claim` that a request with this `Idempotency-Key` created.
fn lines_of_request<'a>(
    claim: &'a Claim,
    asked: &'a ClaimRequest<'_>,
) -> impl Iterator<Item = (RewardId, Result<usize>)> + use<'a> {
    let key = asked.key.map(|key| fingerprint(&[key]));
    let is_meant = move |line: &LineItem| {
        key.as_deref().is_some_and(|key| line.has_key(key))
            && !line.is_failed()
            && asked.reward.is_none_or(|reward| line.reward_id == *reward)
    };
    let lines = claim.lines.iter().enumerate().filter(move |(_, line)| is_meant(line));
    lines.map(|(index, line)| (line.reward_id.clone(), Ok(index)))
}

async fn decide(app: &App, asked: &ClaimRequest<'_>) -> Result<(Option<Claim>, Outcomes)> {
    let now = app.now();
    let found = app.store().get_campaign_cached(asked.campaign, now).await?;
    found.campaign.check_claimable(now)?;
    require_admission(app, found.campaign.queue_id.as_ref(), asked.user, asked.token).await?;
    let offers: Vec<&Offer> = match asked.reward {
        Some(reward) => vec![found.offer(reward)?],
        None => found.offers.iter().collect(),
    };
    let (claim, mut case) = ClaimCase::open(app, asked, asked.user, &found, offers, now).await?;
    case.former_line_counts = count_former_lines(app, asked).await?;
    let first = (claim, case, asked.key.is_none());
    let decided = retry_up_to(TRIES_MAX, BusyReason::Claim, first, async |(claim, mut case, is_sure)| {
        let mut next =
            claim.clone().unwrap_or_else(|| Claim::new(asked.user.clone(), asked.campaign.clone(), now));
        let outcomes = case.decide(&mut next).await?;
        if claim.as_ref().map_or(next.lines.is_empty(), |claim| *claim == next) {
            let is_answer = !outcomes.is_empty() && outcomes.iter().all(|(_, outcome)| outcome.is_ok());
            if is_sure || is_answer {
                return Ok(TryResult::Done((claim, outcomes)));
            }
            // The first read may be stale by a second. A consistent read shows what this `Idempotency-Key`
            // has created since.
            let claim = app.store().get_claim_if_exists(asked.user, asked.campaign).await?;
            return Ok(TryResult::Conflict((claim, case, true)));
        }
        let request = app.nonce();
        let next = next.next_by(request);
        Ok(match app.store().save_claim(&next).await? {
            Saved::Done => TryResult::Done((Some(next), outcomes)),
            // An earlier try of this write succeeded without a response, and a worker has written the
            // claim since.
            Saved::Conflict(Some(there)) if there.is_written_by(request) => {
                TryResult::Done((Some(*there), outcomes))
            }
            Saved::Conflict(there) => TryResult::Conflict((there.map(|claim| *claim), case, is_sure)),
        })
    });
    decided.await
}

/// Counts, for each reward, the line items of closed accounts of the same person. Failed line items do not
/// count.
async fn count_former_lines(app: &App, asked: &ClaimRequest<'_>) -> Result<BTreeMap<RewardId, u32>> {
    let claims = asked.former.iter().map(|user| app.store().get_claim_eventual(user, asked.campaign));
    let mut had = BTreeMap::new();
    let lines = try_join_all(claims).await?.into_iter().flatten().flat_map(|claim| claim.lines);
    for line in lines.filter(|line| !line.is_failed()) {
        *had.entry(line.reward_id).or_insert(0) += 1;
    }
    Ok(had)
}

/// Evaluated conditions of an event for one user.
pub struct EvaluatedConditions {
    /// Evaluation of the campaign's own condition.
    pub campaign: Evaluation,
    /// Evaluation for each reward: the event's condition combined with the reward's own.
    pub rewards: Vec<(RewardId, Evaluation)>,
}

/// Evaluates the conditions of `campaign` and of each of its rewards for `user`. Writes only the quota of
/// `caller`, against which external checks count. With `sees_all`, also evaluates events that users cannot
/// see.
///
/// # Errors
/// `NOT_FOUND` when the event does not exist or is hidden; `TOO_MANY_REQUESTS` when the checks exceed the
/// caller's quota.
pub async fn evaluate(
    app: &App,
    caller: &UserId,
    sees_all: bool,
    user: &UserId,
    campaign: &CampaignId,
) -> Result<EvaluatedConditions> {
    let now = app.now();
    let found = app.store().get_campaign_cached(campaign, now).await?;
    if !sees_all && !found.campaign.is_visible_at(now) {
        return Err(Error::not_found("event"));
    }
    let asked =
        ClaimRequest { user, former: &[], campaign, reward: None, key: None, token: &QueueTokenHeader(None) };
    let (_, mut case) =
        ClaimCase::open(app, &asked, caller, &found, found.offers.iter().collect(), now).await?;
    let conditions: Vec<Condition> = found.offers.iter().map(|offer| case.condition_of(offer)).collect();
    let all = conditions.iter().chain([&found.campaign.condition]);
    let open: BTreeSet<ExternalCheck> =
        all.flat_map(|condition| condition.externals_needed(&case.facts)).collect();
    case.ask_external_checks(&[open.into_iter().collect()]).await?;
    if let Some(refusal) = &case.checks.refusal {
        return Err(refusal.error());
    }
    let offers = found.offers.iter().zip(conditions);
    let rewards =
        offers.map(|(offer, condition)| (offer.reward_id.clone(), condition.evaluate(&case.facts))).collect();
    Ok(EvaluatedConditions { campaign: found.campaign.condition.evaluate(&case.facts), rewards })
}

/// Returns the user to evaluate the conditions for: the caller, or the user that an operator named.
///
/// # Errors
/// `FORBIDDEN` when a caller without the role OPERATOR or ADMIN names another user; `VALIDATION_ERROR`
/// when a caller without the role USER or ADMIN names nobody.
pub fn evaluated_user<W>(caller: &dibs_http::Caller<W>, named: Option<UserId>) -> Result<UserId> {
    match named {
        Some(named) if named == caller.id || caller.is(Role::Operator) => Ok(named),
        Some(_) => Err(Error::forbidden()),
        None if caller.roles.contains(&Role::User) || caller.roles.contains(&Role::Admin) => {
            Ok(caller.id.clone())
        }
        None => Err(Error::invalid_field("user_id", "must name the user to evaluate")),
    }
}
