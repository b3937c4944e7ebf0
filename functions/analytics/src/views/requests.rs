//! Figures of requests for rewards.

use domain::analytics::{Counters, PARTICIPANTS, REWARD_KINDS, granted, with_status};
use domain::campaigns::{Campaign, CampaignStatus};
use domain::claims::LineStatus;
use domain::ids::CampaignId;
use domain::rewards::RewardKind;
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::timeline::{FiguresView, Timeline, shown};

/// Requests by their status now.
#[derive(Clone, Copy, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct RequestsByStatus {
    /// Accepted requests whose rewards are not granted yet.
    requested: u64,
    /// Requests that wait for a decision of an operator.
    in_review: u64,
    /// Approved requests whose rewards are not granted yet.
    approved: u64,
    /// Requests whose grant failed and is tried again.
    granting: u64,
    /// Failed requests, which may be sent again.
    failed: u64,
    /// Requests that an operator rejected.
    rejected: u64,
    /// Requests whose rewards are granted.
    granted: u64,
}

impl RequestsByStatus {
    fn of(counters: &Counters, kinds: &[RewardKind]) -> Self {
        let mut all = Self::default();
        for (status, number) in kinds.iter().flat_map(|kind| with_status(counters, *kind)) {
            *all.of_status(status) += shown(number);
        }
        all
    }

    const fn of_status(&mut self, status: LineStatus) -> &mut u64 {
        match status {
            LineStatus::Requested => &mut self.requested,
            LineStatus::InReview => &mut self.in_review,
            LineStatus::Approved => &mut self.approved,
            LineStatus::Granting => &mut self.granting,
            LineStatus::Failed => &mut self.failed,
            LineStatus::Rejected => &mut self.rejected,
            LineStatus::Granted => &mut self.granted,
        }
    }

    const fn sum(&self) -> u64 {
        self.requested
            + self.in_review
            + self.approved
            + self.granting
            + self.failed
            + self.rejected
            + self.granted
    }

    fn cells(&self) -> Vec<String> {
        let Self { requested, in_review, approved, granting, failed, rejected, granted } = *self;
        [requested, in_review, approved, granting, failed, rejected, granted]
            .map(|one| one.to_string())
            .into()
    }
}

/// Requests for rewards in a period.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RequestFigures")]
pub struct RequestFigures {
    /// Number of rewards that were first requested in the period. A reward that is requested again after a
    /// failure counts once.
    requests: u64,
    /// Number of rewards that were granted in the period, whenever they were requested.
    granted: u64,
    /// Number of users whose first request of an event falls into the period. A user counts once for each
    /// event.
    participants: u64,
    /// Rewards that were first requested in the period, by the status of the request now.
    by_status: RequestsByStatus,
}

impl RequestFigures {
    /// Returns the figures of `counters`.
    pub fn of(counters: &Counters) -> Self {
        let by_status = RequestsByStatus::of(counters, &REWARD_KINDS);
        Self {
            requests: by_status.sum(),
            granted: REWARD_KINDS.iter().map(|kind| shown(counters.get(&granted(*kind)))).sum(),
            participants: shown(counters.get(PARTICIPANTS)),
            by_status,
        }
    }
}

const STATUS_COLUMNS: [&str; 7] = [
    "status_requested",
    "status_in_review",
    "status_approved",
    "status_granting",
    "status_failed",
    "status_rejected",
    "status_granted",
];

impl FiguresView for RequestFigures {
    const COLUMNS: &'static [&'static str] = &[
        "requests",
        "granted",
        "participants",
        STATUS_COLUMNS[0],
        STATUS_COLUMNS[1],
        STATUS_COLUMNS[2],
        STATUS_COLUMNS[3],
        STATUS_COLUMNS[4],
        STATUS_COLUMNS[5],
        STATUS_COLUMNS[6],
    ];

    fn cells(&self) -> Vec<String> {
        let numbers = [self.requests, self.granted, self.participants].map(|one| one.to_string());
        [numbers.to_vec(), self.by_status.cells()].concat()
    }
}

/// Numbers of events by status.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct EventsByStatus {
    /// Events in preparation.
    draft: u64,
    /// Events whose rewards can be requested, or will be from their start on.
    active: u64,
    /// Paused events.
    inactive: u64,
    /// Ended events.
    ended: u64,
}

impl EventsByStatus {
    /// Adds an event with this status.
    pub const fn add(&mut self, status: CampaignStatus) {
        match status {
            CampaignStatus::Draft => self.draft += 1,
            CampaignStatus::Active => self.active += 1,
            CampaignStatus::Inactive => self.inactive += 1,
            CampaignStatus::Ended => self.ended += 1,
        }
    }
}

/// One event with the requests for its rewards.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct EventEntry {
    /// Id of the event.
    event_id: CampaignId,
    /// Display name of the event.
    name: String,
    /// Status of the event now.
    status: CampaignStatus,
    /// Requests for rewards of the event in the period.
    #[serde(flatten)]
    figures: RequestFigures,
}

impl EventEntry {
    /// Returns the entry of `campaign` with its `counters` in the period.
    pub fn of(campaign: &Campaign, status: CampaignStatus, counters: &Counters) -> Self {
        let figures = RequestFigures::of(counters);
        Self { event_id: campaign.id.clone(), name: campaign.name.clone(), status, figures }
    }
}

/// Figures of events.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventAnalytics")]
pub struct EventAnalytics {
    /// Requests for rewards of all events, or of the one that was asked for.
    #[serde(flatten)]
    pub timeline: Timeline<RequestFigures>,
    /// Events by their status now: the newest 1,000, or the one that was asked for.
    pub events_by_status: EventsByStatus,
    /// One page of events, newest first, each with its requests in the period.
    pub events: Vec<EventEntry>,
    /// Cursor of the next page of events; null on the last one.
    pub next_cursor: Option<String>,
}

/// Requests for rewards of one type in a period.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct RewardTypeFigures {
    /// Type of the rewards.
    #[serde(rename = "type")]
    kind: RewardKind,
    /// Number of rewards that were first requested in the period.
    requests: u64,
    /// Number of rewards that were granted in the period.
    granted: u64,
    /// Rewards that were first requested in the period, by the status of the request now.
    by_status: RequestsByStatus,
}

/// Requests for rewards in a period, also by type.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RewardFigures")]
pub struct RewardFigures {
    /// Number of rewards that were first requested in the period. A reward that is requested again after a
    /// failure counts once.
    requests: u64,
    /// Number of rewards that were granted in the period, whenever they were requested.
    granted: u64,
    /// Rewards that were first requested in the period, by the status of the request now.
    by_status: RequestsByStatus,
    /// The same figures by type of the reward.
    by_type: Vec<RewardTypeFigures>,
}

impl RewardFigures {
    /// Returns the figures of `counters`, of rewards of `kind`, or of every kind.
    pub fn of(counters: &Counters, kind: Option<RewardKind>) -> Self {
        let kinds = REWARD_KINDS.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one));
        let kinds: Vec<RewardKind> = kinds.collect();
        let of_type = |kind: &RewardKind| {
            let by_status = RequestsByStatus::of(counters, &[*kind]);
            let granted = shown(counters.get(&granted(*kind)));
            RewardTypeFigures { kind: *kind, requests: by_status.sum(), granted, by_status }
        };
        let by_type: Vec<RewardTypeFigures> = kinds.iter().map(of_type).collect();
        let by_status = RequestsByStatus::of(counters, &kinds);
        let granted = by_type.iter().map(|one| one.granted).sum();
        Self { requests: by_status.sum(), granted, by_status, by_type }
    }
}

impl FiguresView for RewardFigures {
    const COLUMNS: &'static [&'static str] = &[
        "requests",
        "granted",
        STATUS_COLUMNS[0],
        STATUS_COLUMNS[1],
        STATUS_COLUMNS[2],
        STATUS_COLUMNS[3],
        STATUS_COLUMNS[4],
        STATUS_COLUMNS[5],
        STATUS_COLUMNS[6],
        "point_requests",
        "item_requests",
        "coupon_requests",
        "badge_requests",
    ];

    fn cells(&self) -> Vec<String> {
        let of_kind = |kind| self.by_type.iter().find(|one| one.kind == kind).map_or(0, |one| one.requests);
        let numbers = [self.requests, self.granted].map(|one| one.to_string()).to_vec();
        let by_type = REWARD_KINDS.map(|kind| of_kind(kind).to_string()).to_vec();
        [numbers, self.by_status.cells(), by_type].concat()
    }
}

/// Figures of rewards.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RewardAnalytics")]
pub struct RewardAnalytics(pub Timeline<RewardFigures>);
