//! Claiming: from "I want this" to a line of a claim.
//!
//! The condition is looked at, a unit of a limited stock is taken, and then one conditional write of the
//! claim decides. If somebody else wrote it in between, everything is decided again on what is there. A unit
//! that was taken for a claim that never came to be is found and given back by the worker
//! `workers-settle-reservations`.

use std::collections::{BTreeMap, BTreeSet};

use domain::accounts::Role;
use domain::activities::ActivityMonth;
use domain::campaigns::Campaign;
use domain::claims::{Ask, Claim, Evidence, Held, Line};
use domain::conditions::{Condition, Evaluation, ExternalCheck, Facts, Outcome, Window};
use domain::ids::{CampaignId, RewardId, UserId, fingerprint};
use domain::messages::holder_name;
use domain::rewards::{Gift, Offer};
use domain::{Code, Error, Result, Timestamp};
use edge::{App, QueueToken, about, guard};
use futures::future::try_join_all;
use store::{CampaignWithOffers, Holder, Saved};

use crate::checks::Checks;

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

/// Decides what was asked for and writes it down, or returns what the same request with the same
/// `Idempotency-Key` came to before, whatever has changed since. The claim is the one that is stored now; none
/// when nothing was ever recorded.
///
/// # Errors
/// `NOT_FOUND`, `EVENT_NOT_ACTIVE`, those of the queue's guard, and `BUSY` when the claim is written by too
/// many at once. Refusals of single rewards are in the outcomes.
pub async fn claim(app: &App, asked: &Asked<'_>) -> Result<(Option<Claim>, Outcomes)> {
    about(&Claim::id_of(asked.user, asked.campaign));
    match decide(app, asked).await {
        Err(error) if !is_failure(error.code) => earlier(app, asked).await?.ok_or(error),
        decided => decided,
    }
}

/// Returns the lines that an earlier request with this key made, when there are some.
async fn earlier(app: &App, asked: &Asked<'_>) -> Result<Option<(Option<Claim>, Outcomes)>> {
    let Some(key) = asked.key.map(|key| fingerprint(&[key])) else { return Ok(None) };
    let Some(claim) = app.store().find_claim(asked.user, asked.campaign).await? else { return Ok(None) };
    let is_meant = |line: &Line| {
        !line.is_failed()
            && line.key.as_deref() == Some(&*key)
            && asked.reward.is_none_or(|reward| line.reward_id == *reward)
    };
    let lines = claim.lines.iter().enumerate().filter(|(_, line)| is_meant(line));
    let outcomes: Outcomes = lines.map(|(index, line)| (line.reward_id.clone(), Ok(index))).collect();
    Ok((!outcomes.is_empty()).then_some((Some(claim), outcomes)))
}

async fn decide(app: &App, asked: &Asked<'_>) -> Result<(Option<Claim>, Outcomes)> {
    let now = app.now();
    let found = app.store().recent_campaign(asked.campaign, now).await?;
    found.campaign.check_claimable(now)?;
    guard(app, found.campaign.queue_id.as_ref(), asked.user, asked.token).await?;
    let offers: Vec<&Offer> = match asked.reward {
        Some(reward) => vec![found.offer(reward)?],
        None => found.offers.iter().collect(),
    };
    let (mut claim, mut case) = Case::open(app, asked, asked.user, &found, offers, now).await?;
    let mut is_sure = asked.key.is_none();
    for _ in 0..ROUNDS_MAX {
        let mut next =
            claim.clone().unwrap_or_else(|| Claim::new(asked.user.clone(), asked.campaign.clone(), now));
        let outcomes = case.decide(&mut next).await?;
        if claim.as_ref().map_or(next.lines.is_empty(), |claim| *claim == next) {
            if is_sure || outcomes.iter().all(|(_, outcome)| outcome.is_ok()) {
                return Ok((claim, outcomes));
            }
            // What was read may be a second old: what this key has made since then is its answer.
            is_sure = true;
            claim = app.store().find_claim(asked.user, asked.campaign).await?;
            continue;
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

/// Evaluates the conditions of `campaign` and of each of its rewards for `user` and writes nothing but the
/// quota of `caller`, against which checks at the outside service count. Staff, who `sees_all`, evaluate every
/// campaign, users those that they can read.
///
/// # Errors
/// `NOT_FOUND`, `TOO_MANY_REQUESTS` when the checks do not fit into the caller's minute, and those of the store.
pub async fn evaluate(
    app: &App,
    caller: &UserId,
    sees_all: bool,
    user: &UserId,
    campaign: &CampaignId,
) -> Result<Standing> {
    let now = app.now();
    let found = app.store().recent_campaign(campaign, now).await?;
    if !sees_all && !found.campaign.is_visible_at(now) {
        return Err(Error::not_found("event"));
    }
    let asked = Asked { user, campaign, reward: None, key: None, token: &QueueToken(None) };
    let (_, mut case) = Case::open(app, &asked, caller, &found, found.offers.iter().collect(), now).await?;
    let conditions: Vec<Condition> = found.offers.iter().map(|offer| case.condition_of(offer)).collect();
    let all = conditions.iter().chain([&found.campaign.condition]);
    let open: BTreeSet<ExternalCheck> =
        all.flat_map(|condition| condition.externals_needed(&case.facts)).collect();
    case.learn(&[open.into_iter().collect()]).await?;
    if let Some(refusal) = &case.checks.refusal {
        return Err(refusal.error());
    }
    let offers = found.offers.iter().zip(conditions);
    let rewards =
        offers.map(|(offer, condition)| (offer.reward_id.clone(), condition.evaluate(&case.facts))).collect();
    Ok(Standing { campaign: found.campaign.condition.evaluate(&case.facts), rewards })
}

/// One request while it is decided: what was asked, and what is known.
struct Case<'a> {
    app: &'a App,
    asked: &'a Asked<'a>,
    campaign: &'a Campaign,
    offers: Vec<&'a Offer>,
    key: Option<String>,
    facts: Facts,
    checks: Checks<'a>,
    /// Rewards of which every bucket was empty within the last second.
    sold_out: BTreeSet<RewardId>,
    /// The units that this request has taken, by reward and number: when it is decided again they are its
    /// own, though their buckets may be empty by then.
    taken: BTreeMap<(RewardId, u32), Held>,
    now: Timestamp,
}

/// What asking for an offer comes to before its condition is looked at.
enum Wanted {
    /// The same request made this line before.
    Made(usize),
    /// It would be this number of the reward.
    Number(u32),
}

impl<'a> Case<'a> {
    /// Reads all that is needed to decide, in one step: claim, activities, and which buckets are empty.
    async fn open(
        app: &'a App,
        asked: &'a Asked<'a>,
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
        let hints = try_join_all(stocks.map(|(reward, stock)| async move {
            let hint = app.store().hint(&stock, now).await?;
            let has_some = (0..stock.buckets()).any(|bucket| hint.may_have(&stock, bucket));
            Ok::<_, Error>((!has_some).then(|| reward.clone()))
        }));
        let read = app.store().peek_claim_and_activities(asked.user, asked.campaign, &needed);
        let ((claim, months), sold_out) = futures::future::try_join(read, hints).await?;
        let case = Self {
            app,
            asked,
            campaign,
            offers,
            key: asked.key.map(|key| fingerprint(&[key])),
            facts: facts(campaign, months, now)?,
            checks: Checks::begin(app, caller, asked.user, asked.campaign, now),
            sold_out: sold_out.into_iter().flatten().collect(),
            taken: BTreeMap::new(),
            now,
        };
        Ok((claim, case))
    }

    async fn decide(&mut self, next: &mut Claim) -> Result<Outcomes> {
        let open: Vec<Vec<ExternalCheck>> =
            self.offers.iter().map(|offer| self.open_checks(offer, next)).collect();
        self.learn(&open).await?;
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

    /// Returns the outside checks that still have to be asked for `offer`: none when it is refused anyway.
    fn open_checks(&self, offer: &Offer, claim: &Claim) -> Vec<ExternalCheck> {
        match self.wanted(offer, claim) {
            Ok(Wanted::Number(_)) => self.condition_of(offer).externals_needed(&self.facts),
            Ok(Wanted::Made(_)) | Err(_) => Vec::new(),
        }
    }

    async fn learn(&mut self, open: &[Vec<ExternalCheck>]) -> Result<()> {
        let answers = self.checks.ask(open).await?;
        self.facts.externals.extend(answers);
        Ok(())
    }

    /// Looks at everything that costs nothing to know: is it the same request again, is the reward offered at
    /// the moment, may the user have it once more, and is something left?
    fn wanted(&self, offer: &Offer, claim: &Claim) -> Result<Wanted> {
        let ask = claim.ask(offer, self.key.as_deref());
        if let Ok(Ask::Repeat(line)) = ask {
            return Ok(Wanted::Made(line));
        }
        offer.check_claimable(self.now)?;
        let number = match ask? {
            Ask::Repeat(line) => return Ok(Wanted::Made(line)),
            Ask::Number(number) => number,
        };
        let is_own = self.held(offer, number, claim).is_some()
            || self.taken.contains_key(&(offer.reward_id.clone(), number));
        if self.sold_out.contains(&offer.reward_id) && !is_own {
            return Err(Error::refused(Code::OutOfStock, "Nothing is left of this reward."));
        }
        Ok(Wanted::Number(number))
    }

    async fn decide_one(&mut self, offer: &Offer, next: &mut Claim) -> Result<usize> {
        let number = match self.wanted(offer, next)? {
            Wanted::Made(line) => return Ok(line),
            Wanted::Number(number) => number,
        };
        let condition = self.condition_of(offer);
        if let Some(refusal) = &self.checks.refusal
            && !condition.externals_needed(&self.facts).is_empty()
        {
            return Err(refusal.error());
        }
        let evaluation = condition.evaluate(&self.facts);
        let kept = (!condition.is_always()).then(|| evaluation.clone());
        let mut evidence = Evidence { key: self.key.clone(), evaluation: kept, held: None };
        if let Some(code) = refusal(evaluation.passed) {
            next.refuse(offer, number, code, evidence, self.now);
            return Err(not_met(code, &evaluation));
        }
        evidence.held = self.take(offer, number, next).await?;
        Ok(next.accept(offer, number, offer.review.unwrap_or(self.campaign.review), evidence, self.now))
    }

    /// Returns the unit that the line, which failed before, still holds.
    fn held(&self, offer: &Offer, number: u32, claim: &Claim) -> Option<Held> {
        let is_it = |line: &&Line| line.reward_id == offer.reward_id && line.number == number;
        claim.lines.iter().find(is_it).and_then(|line| line.held.clone())
    }

    async fn take(&mut self, offer: &Offer, number: u32, next: &Claim) -> Result<Option<Held>> {
        let Some(stock) = offer.stock() else { return Ok(None) };
        if let Some(held) = self.held(offer, number, next) {
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
}

/// Returns whether a code says that nothing was decided, so that the same request may succeed at once.
const fn is_failure(code: Code) -> bool {
    matches!(code, Code::Busy | Code::InternalError)
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
