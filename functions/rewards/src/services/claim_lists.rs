//! Listing of claims of all users: one user's from their partition, one event's from its list, and all others
//! event by event, newest event first.

use dibs_http::{Cursor, Limit};
use domain::Result;
use domain::Timestamp;
use domain::claims::{Claim, LineStatus};
use domain::ids::RewardId;
use domain::ids::{CampaignId, UserId};
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::ReviewRange;
use store::list::{ListPosition, ListRange};

/// Number of claims that one read of the store returns when a filter drops some of them.
const READ_AT_ONCE: usize = 100;
/// Maximum number of reads by one request. Afterwards it responds with the claims found and a cursor.
const READS_MAX: usize = 20;

/// Position of the last claim of a page, as its cursor carries it. The next page begins after it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClaimPosition {
    /// Position of the event in the list of events, when all events are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<ListPosition>,
    /// Campaign of the last claim on the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<CampaignId>,
    /// Position of the last claim in its event's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<ListPosition>,
}

/// One page of claims.
pub struct ClaimPage {
    /// Claims of the page.
    pub claims: Vec<Claim>,
    /// Position from which the next page continues; `None` on the last page.
    pub next: Option<ClaimPosition>,
}

/// Lists up to `limit` claims that match `filter`, after the position `at`.
pub async fn browse(
    app: &App,
    filter: &ClaimFilter,
    at: Option<ClaimPosition>,
    limit: usize,
) -> Result<ClaimPage> {
    match (&filter.user_id, &filter.event_id) {
        (Some(user), _) => of_user(app, filter, user, at.unwrap_or_default(), limit).await,
        (None, _) if filter.status == Some(LineStatus::InReview) => {
            in_review(app, filter, at.and_then(|at| at.claim), limit).await
        }
        (None, Some(campaign)) => {
            let mut page = ClaimCollector { app, filter, limit, reads: 0, claims: Vec::new() };
            let after = at.and_then(|at| at.claim);
            let next = page.campaign(campaign, after).await?;
            Ok(ClaimPage {
                claims: page.claims,
                next: next.map(|claim| ClaimPosition { claim: Some(claim), ..ClaimPosition::default() }),
            })
        }
        (None, None) => of_all(app, filter, at.unwrap_or_default(), limit).await,
    }
}

async fn of_user(
    app: &App,
    filter: &ClaimFilter,
    user: &UserId,
    at: ClaimPosition,
    limit: usize,
) -> Result<ClaimPage> {
    let mut claims = Vec::new();
    let mut after = at.campaign;
    for _ in 0..READS_MAX {
        let read = app.store().claims_of(user, after.as_ref(), READ_AT_ONCE).await?;
        let last = read.len() < READ_AT_ONCE;
        for claim in read {
            after = Some(claim.campaign_id.clone());
            if filter.matches(&claim) {
                claims.push(claim);
            }
            if claims.len() == limit {
                return Ok(ClaimPage {
                    claims,
                    next: Some(ClaimPosition { campaign: after, ..ClaimPosition::default() }),
                });
            }
        }
        if last {
            return Ok(ClaimPage { claims, next: None });
        }
    }
    Ok(ClaimPage { claims, next: Some(ClaimPosition { campaign: after, ..ClaimPosition::default() }) })
}

/// Lists claims in review from the operators' worklist, oldest first. Its cost does not grow with the number
/// of claims.
async fn in_review(
    app: &App,
    filter: &ClaimFilter,
    after: Option<ListPosition>,
    limit: usize,
) -> Result<ClaimPage> {
    let campaign = filter.event_id.clone();
    let mut part = ReviewRange { campaign, from: filter.from, to: filter.to, after };
    let mut claims = Vec::new();
    for _ in 0..READS_MAX {
        let (read, next) = app.store().list_claims_in_review_eventual(&part, limit).await?;
        let mut read = read.into_iter().filter(|(_, claim)| filter.matches(claim)).peekable();
        while let Some((position, claim)) = read.next() {
            claims.push(claim);
            if claims.len() == limit && (next.is_some() || read.peek().is_some()) {
                return Ok(ClaimPage {
                    claims,
                    next: Some(ClaimPosition { claim: Some(position), ..ClaimPosition::default() }),
                });
            }
        }
        if next.is_none() {
            return Ok(ClaimPage { claims, next: None });
        }
        part.after = next;
    }
    Ok(ClaimPage { claims, next: Some(ClaimPosition { claim: part.after, ..ClaimPosition::default() }) })
}

async fn of_all(app: &App, filter: &ClaimFilter, at: ClaimPosition, limit: usize) -> Result<ClaimPage> {
    let mut page = ClaimCollector { app, filter, limit, reads: 0, claims: Vec::new() };
    if let Some(campaign) = &at.campaign
        && let Some(claim) = page.campaign(campaign, at.claim).await?
    {
        let next = ClaimPosition { list: at.list, campaign: Some(campaign.clone()), claim: Some(claim) };
        return Ok(ClaimPage { claims: page.claims, next: Some(next) });
    }
    let mut after = at.list;
    loop {
        let part = ListRange { after: after.clone(), ..ListRange::default() };
        let campaigns = app.store().list_campaigns(&part, READ_AT_ONCE).await?;
        let last = campaigns.len() < READ_AT_ONCE;
        for (position, campaign) in campaigns {
            after = Some(position.clone());
            if let Some(claim) = page.campaign(&campaign.id, None).await? {
                let next =
                    ClaimPosition { list: Some(position), campaign: Some(campaign.id), claim: Some(claim) };
                return Ok(ClaimPage { claims: page.claims, next: Some(next) });
            }
            if page.is_full() {
                break;
            }
        }
        if page.is_full() || last {
            let next = page.is_full().then(|| ClaimPosition { list: after, ..ClaimPosition::default() });
            return Ok(ClaimPage { claims: page.claims, next });
        }
    }
}

/// Claims of the page collected so far, with the number of reads made.
struct ClaimCollector<'a> {
    app: &'a App,
    filter: &'a ClaimFilter,
    limit: usize,
    reads: usize,
    claims: Vec<Claim>,
}

impl ClaimCollector<'_> {
    fn is_full(&self) -> bool {
        self.claims.len() >= self.limit || self.reads >= READS_MAX
    }

    /// Adds the matching claims of one event, after the position `after`. Returns the position to continue
    /// from when the page is full, or its reads are used up, before the end of the event's list.
    async fn campaign(
        &mut self,
        campaign: &CampaignId,
        after: Option<ListPosition>,
    ) -> Result<Option<ListPosition>> {
        let mut part = ListRange { from: self.filter.from, to: self.filter.to, after };
        loop {
            let at_once = if self.filter.selects() { READ_AT_ONCE } else { self.limit - self.claims.len() };
            let read = self.app.store().list_claims(campaign, &part, at_once).await?;
            self.reads += 1;
            let last = read.len() < at_once;
            for (position, claim) in read {
                if self.filter.matches(&claim) {
                    self.claims.push(claim);
                }
                part.after = Some(position);
                if self.claims.len() >= self.limit {
                    return Ok(part.after);
                }
            }
            if last {
                return Ok(None);
            }
            if self.is_full() {
                return Ok(part.after);
            }
        }
    }
}

/// Filters and format of the list of requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimFilter {
    /// Id of the event that the requests belong to.
    pub event_id: Option<CampaignId>,
    /// Status that at least one line of the request has.
    pub status: Option<LineStatus>,
    /// Id of a reward that at least one line of the request is for.
    pub reward_id: Option<RewardId>,
    /// Id of the user who made the requests.
    pub user_id: Option<UserId>,
    /// Earliest creation time of the requests, in UTC, inclusive.
    pub from: Option<Timestamp>,
    /// Latest creation time of the requests, in UTC, exclusive.
    pub to: Option<Timestamp>,
    /// Format of the response, `json` by default; `csv` has a row for each line.
    #[serde(default)]
    pub format: Format,
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    pub limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    pub cursor: Option<Cursor>,
}

/// Format of the response with a list of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Format {
    /// JSON in the usual envelope, with the cursor of the next page in `meta`.
    #[default]
    Json,
    /// CSV table with a row for each line. The header `Link` has the address of the next page.
    Csv,
}

impl ClaimFilter {
    /// Returns whether the filter names a status or a reward. The store selects claims by event and time
    /// only, so claims that do not match are read, which costs, and then dropped.
    pub fn selects(&self) -> bool {
        self.status.is_some() || self.reward_id.is_some()
    }

    /// Returns whether one line item of `claim` has both the status and the reward of the filter, and the
    /// claim has its user, its event and a creation time in its period. A field that the filter omits
    /// matches every claim.
    pub fn matches(&self, claim: &Claim) -> bool {
        let line = claim.lines.iter().any(|line| {
            self.status.is_none_or(|status| line.status == status)
                && self.reward_id.as_ref().is_none_or(|reward| line.reward_id == *reward)
        });
        line && self.user_id.as_ref().is_none_or(|user| claim.user_id == *user)
            && self.event_id.as_ref().is_none_or(|campaign| claim.campaign_id == *campaign)
            && self.from.is_none_or(|from| from <= claim.created_at)
            && self.to.is_none_or(|to| claim.created_at < to)
    }
}
