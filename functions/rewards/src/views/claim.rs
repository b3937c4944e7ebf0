//! Claims as clients see them.

use domain::Timestamp;
use domain::claims::{Change, Claim, Line, Status};
use domain::conditions::Evaluation;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::rewards::Kind;
use schemars::JsonSchema;
use serde::Serialize;

/// A request for rewards of an event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Request")]
pub struct ClaimView {
    /// Its id.
    pub id: String,
    /// Of which event.
    pub event_id: CampaignId,
    /// Whose.
    pub user_id: UserId,
    /// The status of the line that is furthest from its end.
    pub status: Status,
    /// Whether every line is granted.
    pub fully_granted: bool,
    /// When the first line was asked for.
    pub created_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// Reward by reward.
    pub lines: Vec<LineView>,
}

/// A request with everything that became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestDetails")]
pub struct ClaimDetails {
    /// The request.
    #[serde(flatten)]
    pub claim: ClaimView,
    /// How often it was tried, and what came of it at once.
    pub attempts: Vec<ChangeView>,
    /// What was granted.
    pub grants: Vec<GrantView>,
    /// Every change, oldest first.
    pub audit: Vec<ChangeView>,
}

/// One reward of a request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestLine")]
pub struct LineView {
    /// Which reward.
    pub reward_id: RewardId,
    /// The first, second … time that this user has it.
    pub number: u32,
    /// What kind of reward.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// Why, when it failed, was rejected or is tried again.
    pub reason: Option<String>,
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
    /// When.
    pub at: Timestamp,
    /// Which reward.
    pub reward_id: RewardId,
    /// The first, second … time.
    pub number: u32,
    /// What it became.
    pub status: Status,
    /// Who did it: an account, or `dibs` itself.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

/// A granted line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RequestGrant")]
pub struct GrantView {
    /// Follows from the request and the line: there can be only one.
    pub grant_id: String,
    /// Which reward.
    pub reward_id: RewardId,
    /// The first, second … time.
    pub number: u32,
    /// When.
    pub granted_at: Timestamp,
}

impl From<&Claim> for ClaimView {
    fn from(claim: &Claim) -> Self {
        Self {
            id: claim.id(),
            event_id: claim.campaign_id.clone(),
            user_id: claim.user_id.clone(),
            status: claim.status(),
            fully_granted: claim.fully_granted(),
            created_at: claim.created_at,
            updated_at: claim.history.last().map_or(claim.created_at, |change| change.at),
            lines: claim
                .lines
                .iter()
                .enumerate()
                .map(|(index, line)| line_view(claim, index, line))
                .collect(),
        }
    }
}

impl From<&Claim> for ClaimDetails {
    fn from(claim: &Claim) -> Self {
        let asked = |change: &&Change| change.by.as_ref() == Some(&claim.user_id);
        let granted = claim.lines.iter().enumerate().filter_map(|(index, line)| {
            Some(GrantView {
                grant_id: claim.grant_id_of(line),
                reward_id: line.reward_id.clone(),
                number: line.number,
                granted_at: granted_at(claim, index)?,
            })
        });
        Self {
            claim: claim.into(),
            attempts: claim
                .history
                .iter()
                .filter(asked)
                .filter_map(|change| change_view(claim, change))
                .collect(),
            grants: granted.collect(),
            audit: claim.history.iter().filter_map(|change| change_view(claim, change)).collect(),
        }
    }
}

fn line_view(claim: &Claim, index: usize, line: &Line) -> LineView {
    let mine = || claim.history.iter().rev().filter(|change| change.line == index);
    let asked = mine().find(|change| change.by.as_ref() == Some(&claim.user_id));
    let shows_reason = matches!(line.status, Status::Failed | Status::Rejected | Status::Granting);
    LineView {
        reward_id: line.reward_id.clone(),
        number: line.number,
        kind: line.gift.kind(),
        status: line.status,
        reason: mine().next().filter(|_| shows_reason).and_then(|change| change.note.clone()),
        requested_at: asked.map_or(claim.created_at, |change| change.at),
        granted_at: granted_at(claim, index),
        condition: line.evaluation.clone(),
        reference: line.reference.clone(),
    }
}

fn granted_at(claim: &Claim, index: usize) -> Option<Timestamp> {
    claim
        .history
        .iter()
        .find(|change| change.line == index && change.to == Status::Granted)
        .map(|change| change.at)
}

fn change_view(claim: &Claim, change: &Change) -> Option<ChangeView> {
    let line = claim.lines.get(change.line)?;
    Some(ChangeView {
        at: change.at,
        reward_id: line.reward_id.clone(),
        number: line.number,
        status: change.to,
        actor: change.by.as_ref().map_or_else(|| "dibs".to_owned(), ToString::to_string),
        reason: change.note.clone(),
    })
}
