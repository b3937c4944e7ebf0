//! Condition checks at the outside service: bounded for each user and minute, side by side, and over before
//! the function's time is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::conditions::{ExternalAnswer, ExternalCheck};
use domain::ids::{CampaignId, UserId};
use domain::quota::CheckQuota;
use domain::{Code, Error, Result, Timestamp};
use edge::App;
use futures::stream::{self, StreamExt};
use parties::{ConditionAnswer, ConditionRequest};
use store::Saved;
use tokio::time::{Instant, timeout_at};

/// Time that all checks of one request have together: below the ten seconds that a function has.
const TIME: Duration = Duration::from_secs(6);
/// Checks that are asked at the same time.
const AT_A_TIME: usize = 16;
/// Tries at a quota that other requests of the same user write.
const TRIES_MAX: usize = 8;

/// What the service said to a check.
#[derive(Clone, Debug)]
pub struct Said {
    /// Yes, no, or nothing.
    pub answer: ExternalAnswer,
    /// What it said about a no.
    pub reason: Option<String>,
}

impl Said {
    const fn alone(answer: ExternalAnswer) -> Self {
        Self { answer, reason: None }
    }
}

/// The checks of one request.
pub struct Checks<'a> {
    app: &'a App,
    /// Whose quota they count against.
    caller: &'a UserId,
    /// Whom they are about.
    user: &'a UserId,
    campaign: &'a CampaignId,
    now: Timestamp,
    deadline: Instant,
    /// Why the rest was not asked: the caller's minute is used up.
    pub refusal: Option<Refusal>,
}

/// A quota that is used up, in a form that can be told for each reward.
#[derive(Clone, Debug)]
pub struct Refusal {
    message: String,
    retry_after_s: u32,
}

impl Refusal {
    /// Returns the refusal as an error.
    pub fn error(&self) -> Error {
        Error::refused(Code::TooManyRequests, self.message.clone()).retry_after(self.retry_after_s)
    }
}

impl<'a> Checks<'a> {
    /// Returns the checks of a request that begins now.
    pub fn begin(
        app: &'a App,
        caller: &'a UserId,
        user: &'a UserId,
        campaign: &'a CampaignId,
        now: Timestamp,
    ) -> Self {
        Self { app, caller, user, campaign, now, deadline: Instant::now() + TIME, refusal: None }
    }

    /// Asks the checks of each group, groups that fit into the caller's quota first come first served, and
    /// returns what was answered. What is not answered in time is unavailable; what did not fit is missing.
    /// Reads and writes nothing when there is nothing to ask.
    ///
    /// # Errors
    /// `BUSY` when the quota is written by too many requests at once, and those of the store.
    pub async fn ask(&mut self, groups: &[Vec<ExternalCheck>]) -> Result<BTreeMap<ExternalCheck, Said>> {
        if groups.iter().all(Vec::is_empty) {
            return Ok(BTreeMap::new());
        }
        let allowed = self.reserve(groups).await?;
        let mut answers: BTreeMap<_, _> =
            allowed.iter().map(|check| (check.clone(), Said::alone(ExternalAnswer::Unavailable))).collect();
        let this = &*self;
        let mut asked = stream::iter(allowed)
            .map(|check| async move {
                let answer = this.ask_one(&check).await;
                (check, answer)
            })
            .buffer_unordered(AT_A_TIME);
        while let Ok(Some((check, answer))) = timeout_at(self.deadline, asked.next()).await {
            answers.insert(check, answer);
        }
        Ok(answers)
    }

    async fn ask_one(&self, check: &ExternalCheck) -> Said {
        let request = ConditionRequest {
            check: check.check.to_string(),
            params: check.params.clone(),
            user_id: self.user.clone(),
            campaign_id: self.campaign.clone(),
        };
        match self.app.parties().check_condition(self.app.now(), &request).await {
            ConditionAnswer::Qualified => Said::alone(ExternalAnswer::Qualified),
            ConditionAnswer::NotQualified { reason } => Said { answer: ExternalAnswer::NotQualified, reason },
            ConditionAnswer::Unavailable { .. } => Said::alone(ExternalAnswer::Unavailable),
        }
    }

    /// Counts the checks of as many groups as the quota allows, before they are asked, and returns them.
    async fn reserve(&mut self, groups: &[Vec<ExternalCheck>]) -> Result<BTreeSet<ExternalCheck>> {
        let limit = self.app.settings().external_checks_per_minute;
        let mut quota = self.app.store().peek_check_quota(self.caller).await?;
        for _ in 0..TRIES_MAX {
            let (mut allowed, mut refused) = (BTreeSet::new(), None);
            for group in groups {
                let with: BTreeSet<ExternalCheck> = allowed.iter().chain(group).cloned().collect();
                let count = u32::try_from(with.len()).unwrap_or(u32::MAX);
                if with.len() == allowed.len() {
                    continue;
                }
                // Behind a first group, which may be larger than the limit, only what is within it.
                let fits = allowed.is_empty() || count <= limit;
                if fits && quota.allows(count, self.now, limit) {
                    allowed = with;
                } else if refused.is_none() {
                    refused = Some(quota.refusal(count, self.now, limit));
                }
            }
            self.refusal = refused.map(|error| Refusal {
                message: error.message.into_owned(),
                retry_after_s: error.retry_after_s.unwrap_or(1),
            });
            if allowed.is_empty() {
                return Ok(allowed);
            }
            let count = u32::try_from(allowed.len()).unwrap_or(u32::MAX);
            let chance = u64::try_from(self.app.chance() >> 64).unwrap_or_default();
            match self.app.store().save_check_quota(&quota.asked(count, self.now, chance)).await? {
                Saved::Done => return Ok(allowed),
                Saved::Other(Some(there)) => quota = *there,
                // It was deleted since: nothing has been asked for minutes.
                Saved::Other(None) => quota = CheckQuota::unused(self.caller.clone()),
            }
        }
        Err(Error::busy("the quota of condition checks was written by too many requests at once"))
    }
}
