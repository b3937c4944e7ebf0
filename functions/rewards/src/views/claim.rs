//! Response types for claims. The owner of a claim sees neither the deciding operator nor the internal
//! reason.

use domain::Timestamp;
use domain::claims::{Change, ChangeKind, Claim, Line, Status};
use domain::conditions::Evaluation;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::rewards::{Gift, Kind};
use edge::Cursor;
use schemars::JsonSchema;
use serde::Serialize;

/// Maximum number of characters of a coupon code that are shown, and never more than half of the code.
const CODE_ENDING: usize = 4;

/// Relation of the caller to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Owner of the claim, even if they are staff.
    Owner,
    /// Staff who do not own the claim.
    Staff,
}

impl Viewer {
    /// Returns the relation of `caller` to `claim`.
    pub fn of(caller: &UserId, claim: &Claim) -> Self {
        if *caller == claim.user_id { Self::Owner } else { Self::Staff }
    }
}

/// A request for rewards of an event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Request")]
pub struct ClaimView {
    /// Id of the request.
    pub id: String,
    /// The event.
    pub event_id: CampaignId,
    /// The user who asked.
    pub user_id: UserId,
    /// The status of the line that is furthest from its end.
    pub status: Status,
    /// Whether every line is granted.
    pub fully_granted: bool,
    /// When the first line was asked for.
    pub created_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// Version of the request, one more with every change: `If-Match` or `version` of a decision names it.
    pub version: u64,
    /// One line for each reward and number.
    pub lines: Vec<LineView>,
}

/// A request with everything that became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestDetails")]
pub struct ClaimDetails {
    /// The request.
    #[serde(flatten)]
    pub claim: ClaimView,
    /// Attempts of the user: what was accepted, and what failed at once.
    pub attempts: Vec<ChangeView>,
    /// What was granted.
    pub grants: Vec<GrantView>,
    /// The newest change of each kind and line, oldest first, each with how often it happened. With
    /// `audit_cursor`: a page of earlier decisions.
    pub audit: Vec<ChangeView>,
    /// Pass this as `audit_cursor` to read earlier decisions; none when there are none, or for the request's
    /// owner.
    pub audit_next_cursor: Option<String>,
}

/// What a line gives, as promised when it was asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestPayload")]
pub struct PayloadView {
    /// Points in all, for points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<u64>,
    /// The item, for items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// The badge, for badges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_id: Option<String>,
    /// The last characters of the coupon's code, four at most, for coupons once they have a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_ending: Option<String>,
    /// How many items, coupons or badges in all; 1 for points.
    pub quantity: u64,
}

/// One reward of a request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestLine")]
pub struct LineView {
    /// The reward.
    pub reward_id: RewardId,
    /// 1 for the user's first line of this reward, 2 for the second, and so on.
    pub number: u32,
    /// Kind of the reward.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it gives.
    #[serde(flatten)]
    pub payload: PayloadView,
    /// Status of the line.
    pub status: Status,
    /// Why, when it failed, was rejected or is tried again. The reason of a decision is for staff.
    pub reason: Option<String>,
    /// What the operator who decided tells the user.
    pub message: Option<String>,
    /// Who decided last, for staff.
    pub decided_by: Option<UserId>,
    /// Whether the fulfilment service may have handed the reward over although dibs does not know it. Such a
    /// line is tried again as it is, and its unit is not free.
    pub outcome_unknown: bool,
    /// When it was last asked for.
    pub requested_at: Timestamp,
    /// When it was granted.
    pub granted_at: Option<Timestamp>,
    /// How the condition stood when it was last asked for.
    pub condition: Option<Evaluation>,
    /// What the fulfilment service called it.
    pub reference: Option<String>,
}

/// A change of a line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestChange")]
pub struct ChangeView {
    /// When it happened, the last time.
    pub at: Timestamp,
    /// The reward.
    pub reward_id: RewardId,
    /// 1 for the user's first line of this reward, 2 for the second, and so on.
    pub number: u32,
    /// What the line became.
    pub status: Status,
    /// Who did it: an account, or `dibs` itself. The request's owner sees `staff` for an operator.
    pub actor: String,
    /// Why. The reason of a decision is for staff.
    pub reason: Option<String>,
    /// What the operator who decided tells the user.
    pub message: Option<String>,
    /// How often a change of this kind has happened to the line.
    pub times: u32,
    /// When it happened first, where it has happened more than once.
    pub first_at: Option<Timestamp>,
}

/// A granted line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestGrant")]
pub struct GrantView {
    /// Follows from the request and the line: there can be only one.
    pub grant_id: String,
    /// The reward.
    pub reward_id: RewardId,
    /// 1 for the user's first line of this reward, 2 for the second, and so on.
    pub number: u32,
    /// What was given.
    #[serde(flatten)]
    pub payload: PayloadView,
    /// When; none where an earlier version of dibs did not keep it.
    pub granted_at: Option<Timestamp>,
}

impl ClaimView {
    /// Builds the response for `claim` as `viewer` may see it.
    pub fn of(claim: &Claim, viewer: Viewer) -> Self {
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
    pub fn of(claim: &Claim, viewer: Viewer) -> Self {
        let granted = claim.lines.iter().enumerate().filter(|(_, line)| line.status == Status::Granted);
        let changes = |wanted: fn(&Change) -> bool| {
            let changes = claim.history.iter().filter(|change| wanted(change));
            changes.filter_map(|change| ChangeView::of(claim, change, viewer)).collect()
        };
        let has_more = viewer == Viewer::Staff && claim.decisions_apart() > 0;
        Self {
            claim: ClaimView::of(claim, viewer),
            attempts: changes(Change::is_by_request),
            grants: granted.map(|(index, line)| GrantView::of(claim, index, line)).collect(),
            audit: changes(|_| true),
            audit_next_cursor: has_more.then(|| Cursor::of(&AuditPlace::default())).flatten(),
        }
    }
}

/// Position behind the last decision of an audit page, as carried by its cursor.
#[derive(Clone, Debug, Default, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditPlace {
    /// Sort position of that decision; `None` to start with the newest replaced one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

impl PayloadView {
    fn of(line: &Line) -> Self {
        let quantity = u64::from(line.quantity);
        let payload = Self { points: None, item_id: None, badge_id: None, code_ending: None, quantity };
        match &line.gift {
            Gift::Points(points) => {
                Self { points: Some(u64::from(*points) * quantity), quantity: 1, ..payload }
            }
            Gift::Item(item, each) => {
                Self { item_id: Some(item.clone()), quantity: u64::from(*each) * quantity, ..payload }
            }
            Gift::Badge(badge) => Self { badge_id: Some(badge.clone()), ..payload },
            Gift::Coupon(_) | Gift::PooledCoupon => Self { code_ending: line.code().map(ending), ..payload },
        }
    }
}

/// Returns the last characters of a code, enough to recognize it but not to use it.
fn ending(code: &str) -> String {
    let length = code.chars().count();
    code.chars().skip(length - CODE_ENDING.min(length / 2)).collect()
}

impl LineView {
    fn of(claim: &Claim, index: usize, line: &Line, viewer: Viewer) -> Self {
        let shows_reason = matches!(line.status, Status::Failed | Status::Rejected | Status::Granting);
        let newest = claim.newest(index, |_| true).filter(|_| shows_reason);
        let decision = claim.decision(index);
        Self {
            reward_id: line.reward_id.clone(),
            number: line.number,
            kind: line.gift.kind(),
            payload: PayloadView::of(line),
            status: line.status,
            reason: newest.and_then(|change| reason(change, viewer)),
            message: decision.and_then(|change| change.message.clone()),
            decided_by: decision.and_then(|change| change.by.clone()).filter(|_| viewer == Viewer::Staff),
            outcome_unknown: claim.may_have_acted(index),
            requested_at: claim.requested_at(index),
            granted_at: claim.granted_at(index).filter(|_| line.status == Status::Granted),
            condition: claim.evaluation(index).map(|evaluation| match viewer {
                Viewer::Staff => evaluation,
                Viewer::Owner => evaluation.without_reasons(),
            }),
            reference: line.reference.clone(),
        }
    }
}

impl GrantView {
    fn of(claim: &Claim, index: usize, line: &Line) -> Self {
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
    pub fn of(claim: &Claim, change: &Change, viewer: Viewer) -> Option<Self> {
        let line = claim.lines.get(change.line)?;
        let hidden = viewer == Viewer::Owner && change.kind() == ChangeKind::Decision;
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
fn reason(change: &Change, viewer: Viewer) -> Option<String> {
    let is_internal = change.kind() == ChangeKind::Decision;
    change.note.clone().filter(|_| viewer == Viewer::Staff || !is_internal)
}
