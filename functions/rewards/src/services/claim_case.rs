//! Decision of one claim request: its inputs and the outcome for each reward.

use std::collections::{BTreeMap, BTreeSet};

use dibs_http::QueueTokenHeader;
use domain::activities::ActivityMonth;
use domain::campaigns::Campaign;
use domain::claims::{Claim, ClaimOutcome, EvaluatedCondition, Evidence, HeldUnit, LineItem};
use domain::conditions::{Condition, ConditionOutcome, Evaluation, ExternalCheck, Facts, Window};
use domain::ids::{CampaignId, RewardId, UserId, fingerprint};
use domain::messages::holder_name;
use domain::rewards::{Offer, RewardPayload};
use domain::{Code, Error, Result, Timestamp};
use futures::future::try_join_all;
use runtime::App;
use store::{CampaignWithOffers, Holder};

use crate::services::external_checks::Checks;

/// Parameters of a claim request.
pub struct ClaimRequest<'a> {
    /// User who claims the rewards.
    pub user: &'a UserId,
    /// Closed accounts of the same person. Their claims count against the limits.
    pub former: &'a [UserId],
    /// Campaign whose rewards are claimed.
    pub campaign: &'a CampaignId,
    /// Reward to claim; `None` for all rewards of the event.
    pub reward: Option<&'a RewardId>,
    /// Value of the `Idempotency-Key` header; `None` when it is missing.
    pub key: Option<&'a str>,
    /// Queue token for the waiting room of the event.
    pub token: &'a QueueTokenHeader,
}

/// Outcome for each requested reward: the index of its line item in the claim, or the refusal.
pub type Outcomes = Vec<(RewardId, Result<usize>)>;

/// Inputs of the decision of one claim request.
pub struct ClaimCase<'a> {
    app: &'a App,
    asked: &'a ClaimRequest<'a>,
    campaign: &'a Campaign,
    offers: Vec<&'a Offer>,
    key: Option<String>,
    pub facts: Facts,
    pub checks: Checks<'a>,
    /// Number of claims of each reward by closed accounts of the same person.
    pub former_line_counts: BTreeMap<RewardId, u32>,
    /// Rewards of which every bucket was empty, by the sold-out index of at most a second ago.
    sold_out: BTreeSet<RewardId>,
    /// Units that this request has taken, by reward and number. When it is decided again, it keeps them even
    /// if their buckets are empty by then.
    taken: BTreeMap<(RewardId, u32), HeldUnit>,
    now: Timestamp,
}

/// Result of a claim of an event reward before its condition is evaluated.
enum RequestedReward {
    /// An earlier try of this request created this line item.
    Made(usize),
    /// The fulfilment service may have granted this line item already, so it is retried unchanged.
    Retry(usize),
    /// A new line item would have this number of the reward.
    Number(u32),
}

impl<'a> ClaimCase<'a> {
    /// Reads all inputs concurrently: the claim, the activities, and the sold-out index of each limited
    /// reward.
    pub async fn open(
        app: &'a App,
        asked: &'a ClaimRequest<'a>,
        caller: &'a UserId,
        found: &'a CampaignWithOffers,
        offers: Vec<&'a Offer>,
        now: Timestamp,
    ) -> Result<(Option<Claim>, Self)> {
        let campaign = &found.campaign;
        let conditions =
            offers.iter().filter_map(|offer| offer.condition.as_ref()).chain([&campaign.condition]);
        let needed = conditions.flat_map(|condition| {
            condition.needs(campaign.starts_at, Some(campaign.ends_at), now).activities
        });
        let needed = needed.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let stocks = offers.iter().filter_map(|offer| Some((&offer.reward_id, offer.stock()?)));
        let lookups = try_join_all(stocks.map(|(reward, stock)| async move {
            let index = app.store().get_sold_out_index(&stock, now).await?;
            let has_some = (0..stock.buckets()).any(|bucket| index.may_have_units(&stock, bucket));
            Ok::<_, Error>((!has_some).then(|| reward.clone()))
        }));
        let read = app.store().get_claim_and_activities_eventual(asked.user, asked.campaign, &needed);
        let ((claim, months), sold_out) = futures::future::try_join(read, lookups).await?;
        let case = Self {
            app,
            asked,
            campaign,
            offers,
            key: asked.key.map(|key| fingerprint(&[key])),
            facts: facts(campaign, months, now)?,
            checks: Checks::begin(app, caller, asked.user, asked.campaign, now),
            former_line_counts: BTreeMap::new(),
            sold_out: sold_out.into_iter().flatten().collect(),
            taken: BTreeMap::new(),
            now,
        };
        Ok((claim, case))
    }

    /// Decides about each event reward and records the results in `next`. The refusal of a reward is its
    /// outcome.
    ///
    /// # Errors
    /// `BUSY` and `INTERNAL_ERROR`, after which nothing is decided.
    pub async fn decide(&mut self, next: &mut Claim) -> Result<Outcomes> {
        let open: Vec<Vec<ExternalCheck>> =
            self.offers.iter().map(|offer| self.open_checks(offer, next)).collect();
        self.ask_external_checks(&open).await?;
        let mut outcomes = Vec::with_capacity(self.offers.len());
        for offer in self.offers.clone() {
            let outcome = match self.decide_one(offer, next).await {
                Err(error) if is_failure(error.code) => return Err(error),
                outcome => outcome,
            };
            outcomes.push((offer.reward_id.clone(), outcome));
        }
        Ok(outcomes)
    }

    /// Returns the external checks that `offer` still needs; none when it is refused or accepted without
    /// them.
    fn open_checks(&self, offer: &Offer, claim: &Claim) -> Vec<ExternalCheck> {
        match self.check_requested(offer, claim) {
            Ok(RequestedReward::Number(_)) => self.condition_of(offer).externals_needed(&self.facts),
            Ok(RequestedReward::Made(_) | RequestedReward::Retry(_)) | Err(_) => Vec::new(),
        }
    }

    /// Runs the external checks of each group and adds the answers to the facts.
    pub async fn ask_external_checks(&mut self, open: &[Vec<ExternalCheck>]) -> Result<()> {
        let answers = self.checks.run(open).await?;
        for (check, found) in answers {
            if let Some(reason) = found.reason {
                self.facts.reasons.insert(check.clone(), reason);
            }
            self.facts.externals.insert(check, found.answer);
        }
        Ok(())
    }

    /// Runs the checks that need neither a write nor an outside service: whether the request is a repeat,
    /// the reward is available, the user's limit allows it, and units are left.
    fn check_requested(&self, offer: &Offer, claim: &Claim) -> Result<RequestedReward> {
        let number = match claim.ask(offer, self.key.as_deref()) {
            Ok(ClaimOutcome::Repeat(line)) => return Ok(RequestedReward::Made(line)),
            Ok(ClaimOutcome::Retry(line)) => return Ok(RequestedReward::Retry(line)),
            Ok(ClaimOutcome::Number(number)) => Ok(number),
            Err(refusal) => Err(refusal),
        };
        offer.check_claimable(self.now)?;
        let number = number?;
        let former_line_counts = self.former_line_counts.get(&offer.reward_id).copied().unwrap_or_default();
        if number.saturating_add(former_line_counts) > offer.per_user_limit && former_line_counts > 0 {
            return Err(Error::refused(
                Code::AlreadyRequested,
                "You have requested this reward as often as allowed; GET /events/requests/mine shows your requests.",
            ));
        }
        let is_own = self.held(offer, number, claim).is_some()
            || self.taken.contains_key(&(offer.reward_id.clone(), number));
        if self.sold_out.contains(&offer.reward_id) && !is_own {
            return Err(Error::refused(
                Code::OutOfStock,
                "No units of this reward are left; request another reward of the event.",
            ));
        }
        Ok(RequestedReward::Number(number))
    }

    async fn decide_one(&mut self, offer: &Offer, next: &mut Claim) -> Result<usize> {
        let number = match self.check_requested(offer, next)? {
            RequestedReward::Made(line) => return Ok(line),
            RequestedReward::Retry(line) => {
                next.retry(line, self.key.clone(), self.now);
                return Ok(line);
            }
            RequestedReward::Number(number) => number,
        };
        let condition = self.condition_of(offer);
        if let Some(refusal) = &self.checks.refusal
            && !condition.externals_needed(&self.facts).is_empty()
        {
            return Err(refusal.error());
        }
        let evaluation = condition.evaluate(&self.facts);
        let kept = (!condition.is_always()).then(|| EvaluatedCondition::new(&condition, evaluation.clone()));
        let mut evidence = Evidence { key: self.key.clone(), evaluation: kept, held: None };
        if let Some(code) = refusal(evaluation.passed) {
            next.refuse(offer, number, code, evidence, self.now);
            return Err(not_met(code, &evaluation));
        }
        evidence.held = self.take(offer, number, next).await?;
        Ok(next.accept(offer, number, offer.review.unwrap_or(self.campaign.review), evidence, self.now))
    }

    /// Returns the unit that an earlier, failed line item with this number of the reward still holds.
    fn held(&self, offer: &Offer, number: u32, claim: &Claim) -> Option<HeldUnit> {
        let is_it = |line: &&LineItem| line.reward_id == offer.reward_id && line.number == number;
        claim.lines.iter().find(is_it).and_then(|line| line.held.clone())
    }

    async fn take(&mut self, offer: &Offer, number: u32, next: &Claim) -> Result<Option<HeldUnit>> {
        let Some(stock) = offer.stock() else { return Ok(None) };
        if let Some(held) = self.held(offer, number, next) {
            return Ok(Some(held));
        }
        let campaign = (offer.payload == RewardPayload::PooledCoupon).then_some(self.asked.campaign);
        let name = holder_name(self.asked.user, number, campaign);
        let holder = Holder { name, version: next.version + 1 };
        let store = self.app.store();
        let again = match self.taken.get(&(offer.reward_id.clone(), number)) {
            Some(held) => store.retake(&stock, &holder, held).await?,
            None => None,
        };
        let held = match again {
            Some(held) => held,
            None => store.take(&stock, &holder, self.now).await?,
        };
        self.taken.insert((offer.reward_id.clone(), number), held.clone());
        Ok(Some(held))
    }

    /// Returns the condition of the event combined with that of the event reward.
    pub fn condition_of(&self, offer: &Offer) -> Condition {
        offer.condition_under(&self.campaign.condition)
    }
}

/// Returns whether `code` is `BUSY` or `INTERNAL_ERROR`: nothing was decided, so a repeat may succeed at
/// once.
pub const fn is_failure(code: Code) -> bool {
    matches!(code, Code::Busy | Code::InternalError)
}

/// Returns the facts about a user for `campaign`, without answers of external services.
///
/// # Errors
/// `INTERNAL_ERROR` when the event's time zone is unknown to this version.
pub fn facts(campaign: &Campaign, months: Vec<ActivityMonth>, now: Timestamp) -> Result<Facts> {
    Ok(Facts {
        window: Window { start: campaign.starts_at, end: Some(campaign.ends_at) },
        zone: campaign.zone().map_err(|error| Error::internal(error.to_string()))?,
        now,
        months,
        externals: BTreeMap::new(),
        reasons: BTreeMap::new(),
    })
}

const fn refusal(outcome: ConditionOutcome) -> Option<Code> {
    match outcome {
        ConditionOutcome::Passed => None,
        ConditionOutcome::Failed => Some(Code::ConditionNotMet),
        ConditionOutcome::Unknown => Some(Code::ConditionUnavailable),
    }
}

fn not_met(code: Code, evaluation: &Evaluation) -> Error {
    let details = serde_json::json!({ "condition": evaluation.clone().without_reasons() });
    match code {
        Code::ConditionNotMet => {
            Error::refused(code, "You do not meet the condition of this reward yet.").with_details(details)
        }
        _ => Error::refused(code, "The service that checks the condition gave no answer; try again shortly.")
            .with_details(details)
            .retry_after(5),
    }
}
