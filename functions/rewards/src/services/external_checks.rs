//! External condition checks: limited for each user and minute, concurrent, and finished before the function
//! times out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::conditions::{ExternalAnswer, ExternalCheck};
use domain::ids::{CampaignId, UserId};
use domain::quota::CheckQuota;
use domain::{BusyReason, Code, Error, Result, Timestamp};
use futures::stream::{self, StreamExt};
use integrations::{ConditionAnswer, ConditionRequest};
use runtime::App;
use store::{Saved, TryResult, retry};
use tokio::time::{Instant, timeout_at};

/// Timeout of all checks of one request together, below the function's ten seconds.
const TIME: Duration = Duration::from_secs(6);
/// Maximum number of concurrent checks.
const AT_A_TIME: usize = 16;

/// Answer of the service to a check.
#[derive(Clone, Debug)]
pub struct CheckAnswer {
    /// Answer: qualified, not qualified, or unavailable.
    pub answer: ExternalAnswer,
    /// Reason that the service gave for "not qualified".
    pub reason: Option<String>,
}

impl CheckAnswer {
    const fn without_reason(answer: ExternalAnswer) -> Self {
        Self { answer, reason: None }
    }
}

/// External checks of one request.
pub struct Checks<'a> {
    app: &'a App,
    /// User against whose quota the checks count.
    caller: &'a UserId,
    /// User about whom the condition service is asked.
    user: &'a UserId,
    campaign: &'a CampaignId,
    now: Timestamp,
    deadline: Instant,
    /// Refusal of the checks beyond the caller's quota; `None` when all were allowed.
    pub refusal: Option<QuotaRefusal>,
}

/// A used-up quota, in a form that can become the error of several rewards.
#[derive(Clone, Debug)]
pub struct QuotaRefusal {
    message: String,
    retry_after_s: u32,
}

impl QuotaRefusal {
    /// Returns the refusal as the error `TOO_MANY_REQUESTS` with a retry time.
    pub fn error(&self) -> Error {
        Error::refused(Code::TooManyRequests, self.message.clone()).retry_after(self.retry_after_s)
    }
}

impl<'a> Checks<'a> {
    /// Creates the checks of a request and starts their timeout.
    pub fn begin(
        app: &'a App,
        caller: &'a UserId,
        user: &'a UserId,
        campaign: &'a CampaignId,
        now: Timestamp,
    ) -> Self {
        Self { app, caller, user, campaign, now, deadline: Instant::now() + TIME, refusal: None }
    }

    /// Runs the checks of each group and returns the answers. Groups are admitted in order while the
    /// caller's quota allows. A check without an answer in time is returned as unavailable; a check beyond
    /// the quota is not in the result. Does nothing when there are no checks.
    ///
    /// # Errors
    /// `BUSY` when concurrent requests wrote the quota on each try.
    pub async fn run(
        &mut self,
        groups: &[Vec<ExternalCheck>],
    ) -> Result<BTreeMap<ExternalCheck, CheckAnswer>> {
        if groups.iter().all(Vec::is_empty) {
            return Ok(BTreeMap::new());
        }
        let allowed = self.reserve_quota(groups).await?;
        let mut answers: BTreeMap<_, _> = allowed
            .iter()
            .map(|check| (check.clone(), CheckAnswer::without_reason(ExternalAnswer::Unavailable)))
            .collect();
        let this = &*self;
        let mut asked = stream::iter(allowed)
            .map(|check| async move {
                let answer = this.run_check(&check).await;
                (check, answer)
            })
            .buffer_unordered(AT_A_TIME);
        while let Ok(Some((check, answer))) = timeout_at(self.deadline, asked.next()).await {
            answers.insert(check, answer);
        }
        Ok(answers)
    }

    async fn run_check(&self, check: &ExternalCheck) -> CheckAnswer {
        let request = ConditionRequest {
            check: check.check.to_string(),
            params: check.params.clone(),
            user_id: self.user.clone(),
            campaign_id: self.campaign.clone(),
        };
        match self.app.integrations().check_condition(self.app.now(), &request).await {
            ConditionAnswer::Qualified => CheckAnswer::without_reason(ExternalAnswer::Qualified),
            ConditionAnswer::NotQualified { reason } => {
                CheckAnswer { answer: ExternalAnswer::NotQualified, reason }
            }
            ConditionAnswer::Unavailable { .. } => CheckAnswer::without_reason(ExternalAnswer::Unavailable),
        }
    }

    /// Reserves quota for as many groups as it allows, before their checks run, and returns those checks.
    async fn reserve_quota(&mut self, groups: &[Vec<ExternalCheck>]) -> Result<BTreeSet<ExternalCheck>> {
        let limit = self.app.settings().external_checks_per_minute;
        let (app, caller, now) = (self.app, self.caller, self.now);
        let quota = app.store().get_check_quota_eventual(caller).await?;
        let attempt = async |quota: CheckQuota| {
            let (mut allowed, mut refused) = (BTreeSet::new(), None);
            for group in groups {
                let with: BTreeSet<ExternalCheck> = allowed.iter().chain(group).cloned().collect();
                let count = u32::try_from(with.len()).unwrap_or(u32::MAX);
                if with.len() == allowed.len() {
                    continue;
                }
                // The first group may exceed the limit by itself. Further ones must stay within it.
                let fits = allowed.is_empty() || count <= limit;
                if fits && quota.allows(count, now, limit) {
                    allowed = with;
                } else if refused.is_none() {
                    refused = Some(quota.refusal(count, now, limit));
                }
            }
            if allowed.is_empty() {
                return Ok(TryResult::Done((allowed, refused)));
            }
            let count = u32::try_from(allowed.len()).unwrap_or(u32::MAX);
            Ok(match app.store().save_check_quota(&quota.with_checks(count, now, app.nonce())).await? {
                Saved::Done => TryResult::Done((allowed, refused)),
                Saved::Conflict(Some(there)) => TryResult::Conflict(*there),
                // The quota was deleted because there were no checks for minutes.
                Saved::Conflict(None) => TryResult::Conflict(CheckQuota::unused(caller.clone())),
            })
        };
        let (allowed, refused) = retry(BusyReason::CheckQuota, quota, attempt).await?;
        self.refusal = refused.map(|error| QuotaRefusal {
            message: error.message.into_owned(),
            retry_after_s: error.retry_after_s.unwrap_or(1),
        });
        Ok(allowed)
    }
}
