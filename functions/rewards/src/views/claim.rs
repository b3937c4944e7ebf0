//! Response types for claims. The owner of a claim sees neither the deciding operator nor the internal
//! reason.

use dibs_http::Cursor;
use domain::claims::{Claim, ClaimChange, ClaimChangeKind, LineItem, LineStatus};
use domain::conditions::Evaluation;
use domain::error::Code;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::rewards::{RewardKind, RewardPayload};
use domain::{Points, Timestamp};
use runtime::count_refusal;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Maximum number of characters of a coupon code that are shown, and never more than half of the code.
const CODE_ENDING: usize = 4;

/// Relation of the caller to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimViewer {
    /// Owner of the claim, even if they are staff.
    Owner,
    /// Staff who do not own the claim.
    Staff,
}

impl ClaimViewer {
    /// Returns the relation of `caller` to `claim`.
    pub fn of(caller: &UserId, claim: &Claim) -> Self {
        if *caller == claim.user_id { Self::Owner } else { Self::Staff }
    }
}

/// Request of a user for rewards of an event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventRequest")]
pub struct ClaimView {
    /// Id of the request: id of the user, a colon, and id of the event.
    pub id: String,
    /// Id of the event whose rewards are requested.
    pub event_id: CampaignId,
    /// Id of the user who made the request.
    pub user_id: UserId,
    /// Status of the line that is furthest from completion.
    pub status: LineStatus,
    /// Whether every line of the request is granted.
    pub fully_granted: bool,
    /// Time at which the first line was requested, in UTC.
    pub created_at: Timestamp,
    /// Time of the last change of any line, in UTC.
    pub updated_at: Timestamp,
    /// Version of the request, which grows with every change. `If-Match` or `version` of a decision refers to
    /// it.
    pub version: u64,
    /// Lines of the request, one for each reward and number.
    pub lines: Vec<LineView>,
}

/// Request with its attempts, grants and audit.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventRequestDetail")]
pub struct ClaimDetails {
    /// Request with its lines.
    #[serde(flatten)]
    pub claim: ClaimView,
    /// Attempts of the user: accepted requests, and requests that failed at once.
    pub attempts: Vec<ChangeView>,
    /// Grants of the request, one for each granted line.
    pub grants: Vec<GrantView>,
    /// Newest change of each kind for each line, oldest first, with the number of times that it happened.
    /// With `audit_cursor`: a page of earlier decisions.
    pub audit: Vec<ChangeView>,
    /// Value of `audit_cursor` that returns earlier decisions; null when there are none, and for the owner of
    /// the request.
    pub audit_next_cursor: Option<String>,
}

/// Content of a request line, as promised when it was requested. Only the fields of the reward's type are
/// present.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventRequestPayload")]
pub struct PayloadView {
    /// Number of points in all, for a reward of points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// Id of the item, for a reward of items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// Id of the badge, for a badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_id: Option<String>,
    /// Last characters of the coupon code, at most four, for a coupon that has its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_ending: Option<String>,
    /// Number of items, coupons or badges that the line grants in all; 1 for points.
    pub quantity: u64,
}

/// Line of a request: one reward with its status.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventRequestLine")]
pub struct LineView {
    /// Id of the reward that the line requests.
    pub reward_id: RewardId,
    /// Number of the line among the user's lines for this reward, from 1.
    pub number: u32,
    /// Type of the reward: points, item, coupon or badge.
    #[serde(rename = "type")]
    pub kind: RewardKind,
    /// Content that the line grants.
    #[serde(flatten)]
    pub payload: PayloadView,
    /// Present status of the line, from the request to the grant or the refusal.
    pub status: LineStatus,
    /// Reason of a line that failed, was rejected or is tried again; null otherwise. The reason of an
    /// operator's decision is shown to staff only.
    pub reason: Option<String>,
    /// Message of the operator who decided, for the user; null when there is none.
    pub message: Option<String>,
    /// Id of the operator who decided last; null when nobody did, and always for the owner of the request.
    pub decided_by: Option<UserId>,
    /// True when an outside service may have delivered the reward although dibs has no confirmation. Such a
    /// line is tried again unchanged, and its unit stays taken.
    pub outcome_unknown: bool,
    /// Time at which the line was last requested, in UTC.
    pub requested_at: Timestamp,
    /// Time of the grant, in UTC; null unless the line is granted.
    pub granted_at: Option<Timestamp>,
    /// Condition as it was evaluated when the line was last requested; null when it was not, and in lists.
    pub condition: Option<Evaluation>,
    /// Reference that the fulfilment service gave to the grant; null when there is none.
    pub reference: Option<String>,
}

/// Change of a line of a request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventRequestChange")]
pub struct ChangeView {
    /// Time of the latest such change, in UTC.
    pub at: Timestamp,
    /// Id of the reward that the changed line requests.
    pub reward_id: RewardId,
    /// Number of the line among the user's lines for this reward, from 1.
    pub number: u32,
    /// Status of the line after the change.
    pub status: LineStatus,
    /// Account that made the change, or `dibs` for the system. The owner of the request sees `staff` in place
    /// of an operator.
    pub actor: String,
    /// Reason of the change; null when there is none. The reason of an operator's decision is shown to staff
    /// only.
    pub reason: Option<String>,
    /// Message of the operator who decided, for the user; null when there is none.
    pub message: Option<String>,
    /// Number of times that a change of this kind has happened to the line.
    pub times: u32,
    /// Time of the first such change, in UTC; null when it has happened once.
    pub first_at: Option<Timestamp>,
}

/// Grant of a line of a request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventRequestGrant")]
pub struct GrantView {
    /// Id of the grant, derived from the request and the line, so that a line is granted once.
    pub grant_id: String,
    /// Id of the reward that was granted.
    pub reward_id: RewardId,
    /// Number of the line among the user's lines for this reward, from 1.
    pub number: u32,
    /// Content that was granted.
    #[serde(flatten)]
    pub payload: PayloadView,
    /// Time of the grant, in UTC; null when an earlier version of dibs did not record it.
    pub granted_at: Option<Timestamp>,
}

impl ClaimView {
    /// Builds the response for `claim` as `viewer` may see it.
    pub fn of(claim: &Claim, viewer: ClaimViewer) -> Self {
        let lines = claim.lines.iter().enumerate();
        Self {
            id: claim.id(),
            event_id: claim.campaign_id.clone(),
            user_id: claim.user_id.clone(),
            status: claim.status(),
            fully_granted: claim.fully_granted(),
            created_at: claim.created_at,
            updated_at: claim.history.last().map_or(claim.created_at, |change| change.at),
            version: claim.version,
            lines: lines.map(|(index, line)| LineView::of(claim, index, line, viewer)).collect(),
        }
    }
}

impl ClaimDetails {
    /// Builds the response for `claim` with the newest part of its audit, as `viewer` may see it.
    pub fn of(claim: &Claim, viewer: ClaimViewer) -> Self {
        let granted = claim.lines.iter().enumerate().filter(|(_, line)| line.status == LineStatus::Granted);
        let changes = |wanted: fn(&ClaimChange) -> bool| {
            let changes = claim.history.iter().filter(|change| wanted(change));
            changes.filter_map(|change| ChangeView::of(claim, change, viewer)).collect()
        };
        let has_more = viewer == ClaimViewer::Staff && claim.decisions_apart() > 0;
        Self {
            claim: ClaimView::of(claim, viewer),
            attempts: changes(ClaimChange::is_by_request),
            grants: granted.map(|(index, line)| GrantView::of(claim, index, line)).collect(),
            audit: changes(|_| true),
            audit_next_cursor: has_more.then(|| Cursor::of(&AuditPosition::default())).flatten(),
        }
    }
}

/// Position of the last decision on a page of the audit, as its cursor carries it. The next page begins
/// after it.
#[derive(Clone, Debug, Default, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditPosition {
    /// Sort position of that decision; `None` to start with the newest replaced one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl PayloadView {
    fn of(line: &LineItem) -> Self {
        let quantity = line.quantity.into();
        let payload = Self { points: None, item_id: None, badge_id: None, code_ending: None, quantity };
        match &line.payload {
            RewardPayload::Points(points) => {
                Self { points: Some(points.times(line.quantity)), quantity: 1, ..payload }
            }
            RewardPayload::Item(item, each) => {
                Self { item_id: Some(item.clone()), quantity: each.times(line.quantity), ..payload }
            }
            RewardPayload::Badge(badge) => Self { badge_id: Some(badge.clone()), ..payload },
            RewardPayload::Coupon(_) | RewardPayload::PooledCoupon => {
                Self { code_ending: line.code().map(ending), ..payload }
            }
        }
    }
}

/// Returns the last characters of a code, enough to recognize it but not to use it.
fn ending(code: &str) -> String {
    let length = code.chars().count();
    code.chars().skip(length - CODE_ENDING.min(length / 2)).collect()
}

impl LineView {
    fn of(claim: &Claim, index: usize, line: &LineItem, viewer: ClaimViewer) -> Self {
        let shows_reason =
            matches!(line.status, LineStatus::Failed | LineStatus::Rejected | LineStatus::Granting);
        let newest = claim.newest(index, |_| true).filter(|_| shows_reason);
        let decision = claim.decision(index);
        Self {
            reward_id: line.reward_id.clone(),
            number: line.number,
            kind: line.payload.kind(),
            payload: PayloadView::of(line),
            status: line.status,
            reason: newest.and_then(|change| reason(change, viewer)),
            message: decision.and_then(|change| change.message.clone()),
            decided_by: decision
                .and_then(|change| change.by.clone())
                .filter(|_| viewer == ClaimViewer::Staff),
            outcome_unknown: claim.may_have_acted(index),
            requested_at: claim.requested_at(index),
            granted_at: claim.granted_at(index).filter(|_| line.status == LineStatus::Granted),
            condition: claim.evaluation(index).map(|evaluation| match viewer {
                ClaimViewer::Staff => evaluation,
                ClaimViewer::Owner => evaluation.without_reasons(),
            }),
            reference: line.reference.clone(),
        }
    }
}

impl GrantView {
    fn of(claim: &Claim, index: usize, line: &LineItem) -> Self {
        Self {
            grant_id: claim.grant_id_of(line),
            reward_id: line.reward_id.clone(),
            number: line.number,
            payload: PayloadView::of(line),
            granted_at: claim.granted_at(index),
        }
    }
}

impl ChangeView {
    /// Builds the response for `change` of a line item of `claim`, as `viewer` may see it. Returns `None`
    /// when the claim has no such line item.
    pub fn of(claim: &Claim, change: &ClaimChange, viewer: ClaimViewer) -> Option<Self> {
        let line = claim.lines.get(change.line)?;
        let hidden = viewer == ClaimViewer::Owner && change.kind() == ClaimChangeKind::Decision;
        let actor = match &change.by {
            _ if hidden => "staff".to_owned(),
            Some(by) => by.to_string(),
            None => "dibs".to_owned(),
        };
        Some(Self {
            at: change.at,
            reward_id: line.reward_id.clone(),
            number: line.number,
            status: change.to,
            actor,
            reason: reason(change, viewer),
            message: change.message.clone(),
            times: change.times,
            first_at: change.first_at,
        })
    }
}

/// Returns the reason of a change, unless it is a decision and `viewer` is the owner.
fn reason(change: &ClaimChange, viewer: ClaimViewer) -> Option<String> {
    let is_internal = change.kind() == ClaimChangeKind::Decision;
    change.note.clone().filter(|_| viewer == ClaimViewer::Staff || !is_internal)
}

/// Builds the response for a claim in a list. Evaluated conditions are left out, since they would make a page
/// too large. The claim's own route returns them.
pub fn entry(claim: &Claim, viewer: ClaimViewer) -> ClaimView {
    let mut view = ClaimView::of(claim, viewer);
    view.lines.iter_mut().for_each(|line| line.condition = None);
    view
}

/// Refusal of one item of a request that succeeded as a whole.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
pub struct RefusedItem {
    /// Error code, one of the documented ones.
    pub code: String,
    /// Explanation in English, for people; it may change.
    pub message: String,
    /// Further data of the refusal, which depends on `code`; null when there is none.
    pub details: Option<Value>,
}

/// Converts an error to the refusal of one item in a successful response, and counts it in the metrics.
pub fn refused(error: domain::Error) -> RefusedItem {
    let code: Code = error.code;
    count_refusal(code);
    RefusedItem {
        code: code.as_str().to_owned(),
        message: error.message.into_owned(),
        details: error.details,
    }
}
