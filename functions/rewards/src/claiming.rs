//! Claiming: from "I want this" to a line of a claim.
//!
//! The condition is looked at, a unit of a limited stock is taken, and then one conditional write of the
//! claim decides. If somebody else wrote it in between, everything is decided again on what is there. A unit
//! that was taken for a claim that never came to be is found and given back by the worker
//! `workers-settle-reservations`.

use std::collections::BTreeMap;

use domain::accounts::Role;
use domain::activities::ActivityMonth;
use domain::campaigns::Campaign;
use domain::claims::{Ask, Claim, Evidence, Held};
use domain::conditions::{Condition, Evaluation, ExternalAnswer, Facts, Outcome, Window};
use domain::ids::{CampaignId, RewardId, UserId, fingerprint};
use domain::messages::holder_name;
use domain::rewards::{Gift, Offer};
use domain::{Code, Error, Result, Timestamp};
use edge::{App, QueueToken, about, guard};
use futures::future::try_join_all;
use parties::{ConditionAnswer, ConditionRequest};
use store::{CampaignWithOffers, Holder, Saved};

/// How often a claim is decided again because somebody else wrote it.
const ROUNDS_MAX: usize = 8;

/// What somebody asks for.
pub struct Asked<'a> {
    /// Who.
    pub user: &'a UserId,
    /// In which campaign.
    pub campaign: &'a CampaignId,
    /// Which of its rewards; all of them when none is named.
    pub reward: Option<&'a RewardId>,
    /// The request's idempotency key.
    pub key: Option<&'a str>,
    /// The token of the queue that the campaign may be behind.
    pub token: &'a QueueToken,
}

/// What became of one reward that was asked for: its line in the claim, or why there is none.
pub type Outcomes = Vec<(RewardId, Result<usize>)>;

/// Decides what was asked for and writes it down. The claim is the one that is stored now; none when nothing
/// was ever recorded.
///
/// # Errors
/// `NOT_FOUND`, `EVENT_NOT_ACTIVE`, those of the queue's guard, and `BUSY` when the claim is written by too
/// many at once. Refusals of single rewards are in the outcomes.
pub async fn claim(app: &App, asked: &Asked<'_>) -> Result<(Option<Claim>, Outcomes)> {
    about(&Claim::id_of(asked.user, asked.campaign));
    let now = app.now();
    let found = app.store().recent_campaign(asked.campaign, now).await?;
    found.campaign.check_claimable(now)?;
    guard(app, found.campaign.queue_id.as_ref(), asked.user, asked.token).await?;
    let offers: Vec<&Offer> = match asked.reward {
        Some(reward) => vec![found.offer(reward)?],
        None => found.offers.iter().collect(),
    };
    let (mut claim, mut case) = Case::open(app, asked, &found, offers, now).await?;
    for _ in 0..ROUNDS_MAX {
        let mut next =
            claim.clone().unwrap_or_else(|| Claim::new(asked.user.clone(), asked.campaign.clone(), now));
        let outcomes = case.decide(&mut next).await?;
        if claim.as_ref().map_or(next.lines.is_empty(), |claim| *claim == next) {
            return Ok((claim, outcomes));
        }
        let chance = u64::try_from(app.chance() >> 64).unwrap_or_default();
        let next = Claim { chance, ..next.next() };
        match app.store().save_claim(&next).await? {
            Saved::Done => return Ok((Some(next), outcomes)),
            Saved::Other(there) => claim = there.map(|claim| *claim),
        }
    }
    Err(Error::busy("a claim was written by too many at once"))
}

/// How the conditions of a campaign stand for somebody.
pub struct Standing {
    /// The campaign's own.
    pub campaign: Evaluation,
    /// For each reward, the campaign's together with the reward's own.
    pub rewards: Vec<(RewardId, Evaluation)>,
}

/// A dry run: how the conditions of `campaign` and of each of its rewards stand for `user`. Writes nothing.
///
/// # Errors
/// `NOT_FOUND`, and those of the store.
pub async fn evaluate(app: &App, user: &UserId, campaign: &CampaignId) -> Result<Standing> {
    let now = app.now();
    let found = app.store().recent_campaign(campaign, now).await?;
    let asked = Asked { user, campaign, reward: None, key: None, token: &QueueToken(None) };
    let (_, mut case) = Case::open(app, &asked, &found, found.offers.iter().collect(), now).await?;
    let mut rewards = Vec::with_capacity(found.offers.len());
    for offer in &found.offers {
        rewards.push((offer.reward_id.clone(), case.evaluate(&case.condition_of(offer)).await));
    }
    Ok(Standing { campaign: case.evaluate(&found.campaign.condition).await, rewards })
}

/// One request while it is decided: what was asked, and what is known.
struct Case<'a> {
    app: &'a App,
    asked: &'a Asked<'a>,
    campaign: &'a Campaign,
    offers: Vec<&'a Offer>,
    key: Option<String>,
    facts: Facts,
    /// The units that this request has taken, by reward and number: when it is decided again they are its
    /// own, though their buckets may be empty by then.
    taken: BTreeMap<(RewardId, u32), Held>,
    now: Timestamp,
}

impl<'a> Case<'a> {
    /// Reads all that is needed to decide, in one step: claim, activities, and which buckets are empty.
    async fn open(
        app: &'a App,
        asked: &'a Asked<'a>,
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
        let needed = needed.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let stocks: Vec<_> = offers.iter().filter_map(|offer| offer.stock()).collect();
        let hints = try_join_all(stocks.iter().map(|stock| app.store().hint(stock, now)));
        let read = app.store().peek_claim_and_activities(asked.user, asked.campaign, &needed);
        let ((claim, months), _) = futures::future::try_join(read, hints).await?;
        let facts = facts(campaign, months, now)?;
        let key = asked.key.map(|key| fingerprint(&[key]));
        let taken = BTreeMap::new();
        Ok((claim, Self { app, asked, campaign, offers, key, facts, taken, now }))
    }

    async fn decide(&mut self, next: &mut Claim) -> Result<Outcomes> {
        let mut outcomes = Vec::with_capacity(self.offers.len());
        for offer in self.offers.clone() {
            let outcome = match self.decide_one(offer, next).await {
                Err(error) if matches!(error.code, Code::Busy | Code::InternalError) => return Err(error),
                outcome => outcome,
            };
            outcomes.push((offer.reward_id.clone(), outcome));
        }
        Ok(outcomes)
    }

    async fn decide_one(&mut self, offer: &Offer, next: &mut Claim) -> Result<usize> {
        if !offer.is_valid_at(self.now) {
            return Err(Error::refused(Code::EventNotActive, "This reward cannot be claimed at the moment."));
        }
        let number = match next.ask(offer, self.key.as_deref())? {
            Ask::Repeat(line) => return Ok(line),
            Ask::Retry(line) => {
                next.retry(line, self.key.clone(), self.now);
                return Ok(line);
            }
            Ask::Number(number) => number,
        };
        let condition = self.condition_of(offer);
        let evaluation = self.evaluate(&condition).await;
        let kept = (!condition.is_always()).then(|| evaluation.clone());
        let mut evidence = Evidence { key: self.key.clone(), evaluation: kept, held: None };
        if let Some(code) = refusal(evaluation.passed) {
            next.refuse(offer, number, code, evidence, self.now);
            return Err(not_met(code, &evaluation));
        }
        evidence.held = self.take(offer, number, next).await?;
        Ok(next.accept(offer, number, offer.review.unwrap_or(self.campaign.review), evidence, self.now))
    }

    async fn take(&mut self, offer: &Offer, number: u32, next: &Claim) -> Result<Option<Held>> {
        let Some(stock) = offer.stock() else { return Ok(None) };
        let kept = next.lines.iter().find(|line| line.reward_id == offer.reward_id && line.number == number);
        if let Some(held) = kept.and_then(|line| line.held.clone()) {
            return Ok(Some(held));
        }
        let campaign = (offer.gift == Gift::PooledCoupon).then_some(self.asked.campaign);
        let name = holder_name(self.asked.user, number, campaign);
        let holder = Holder { name, version: next.version + 1 };
        let store = self.app.store();
        let again = match self.taken.get(&(offer.reward_id.clone(), number)) {
            Some(held) => store.take_again(&stock, &holder, held).await?,
            None => None,
        };
        let held = match again {
            Some(held) => held,
            None => store.take(&stock, &holder, self.now).await?,
        };
        self.taken.insert((offer.reward_id.clone(), number), held.clone());
        Ok(Some(held))
    }

    fn condition_of(&self, offer: &Offer) -> Condition {
        match &offer.condition {
            Some(own) => self.campaign.condition.clone().and(own.clone()),
            None => self.campaign.condition.clone(),
        }
    }

    /// Evaluates, asking the outside service only what can change the result, and each thing once.
    async fn evaluate(&mut self, condition: &Condition) -> Evaluation {
        for check in condition.externals_needed(&self.facts) {
            let request = ConditionRequest {
                check: check.check.to_string(),
                params: check.params.clone(),
                user_id: self.asked.user.clone(),
                campaign_id: self.asked.campaign.clone(),
            };
            let answer = match self.app.parties().check_condition(self.app.now(), &request).await {
                ConditionAnswer::Qualified => ExternalAnswer::Qualified,
                ConditionAnswer::NotQualified { .. } => ExternalAnswer::NotQualified,
                ConditionAnswer::Unavailable { .. } => ExternalAnswer::Unavailable,
            };
            self.facts.externals.insert(check, answer);
        }
        condition.evaluate(&self.facts)
    }
}

/// What is known of a user for `campaign`, without answers from outside.
///
/// # Errors
/// An internal error when the campaign's time zone is not known any more.
pub fn facts(campaign: &Campaign, months: Vec<ActivityMonth>, now: Timestamp) -> Result<Facts> {
    Ok(Facts {
        window: Window { start: campaign.starts_at, end: Some(campaign.ends_at) },
        zone: campaign.zone().map_err(|error| Error::internal(error.to_string()))?,
        now,
        months,
        externals: BTreeMap::new(),
    })
}

const fn refusal(outcome: Outcome) -> Option<Code> {
    match outcome {
        Outcome::Passed => None,
        Outcome::Failed => Some(Code::ConditionNotMet),
        Outcome::Unknown => Some(Code::ConditionUnavailable),
    }
}

fn not_met(code: Code, evaluation: &Evaluation) -> Error {
    let details = serde_json::json!({ "condition": evaluation });
    match code {
        Code::ConditionNotMet => {
            Error::refused(code, "You do not meet the condition of this reward yet.").with_details(details)
        }
        _ => Error::refused(code, "The service that checks the condition gave no answer; try again shortly.")
            .with_details(details)
            .retry_after(5),
    }
}

/// For whom an evaluation is asked: users for themselves, staff for anybody.
///
/// # Errors
/// `FORBIDDEN` for a user who names somebody else; `VALIDATION_ERROR` for staff who name nobody.
pub fn subject<W>(caller: &edge::Caller<W>, named: Option<UserId>) -> Result<UserId> {
    match named {
        Some(named) if named == caller.id || caller.is(Role::Operator) => Ok(named),
        Some(_) => Err(Error::forbidden()),
        None if caller.roles.contains(&Role::User) || caller.roles.contains(&Role::Admin) => {
            Ok(caller.id.clone())
        }
        None => Err(Error::invalid_field("user_id", "must name the user to evaluate")),
    }
}
