//! Campaigns: periods in which users may request rewards under a condition. The API calls them events.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;
use crate::error::FieldError;
use crate::ids::{CampaignId, QueueId, UserId};
use crate::patch::apply;
use crate::text::{Description, Title};
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, Patch, Result, Timestamp};

/// Status of an event, which an operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CampaignStatus {
    /// In preparation and invisible to users.
    Draft,
    /// Visible to users, who can request its rewards within its period.
    Active,
    /// Paused and invisible to users.
    Inactive,
    /// Ended: its rewards can no longer be requested.
    Ended,
}

/// Whether an operator reviews the requests that meet the condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Review {
    /// Requests that meet the condition are granted without a review.
    #[default]
    Auto,
    /// Each request that meets the condition waits until an operator approves or rejects it.
    Manual,
}

/// Campaign with a condition, a period and a status. Rewards are attached to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Id of the campaign.
    pub id: CampaignId,
    /// Display name of the campaign.
    pub name: String,
    /// Description that users read.
    #[serde(default)]
    pub description: String,
    /// Condition that a user must meet to claim a reward.
    #[serde(with = "crate::conditions::stored")]
    pub condition: Condition,
    /// Start of the claim period, inclusive.
    #[serde(with = "millis")]
    pub starts_at: Timestamp,
    /// End of the claim period, exclusive.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
    /// IANA time zone whose calendar days the condition counts.
    pub time_zone: String,
    /// Status that an operator set. See [`Campaign::status_at`] for the effective one.
    pub status: CampaignStatus,
    /// Whether an operator reviews claims of the campaign, unless an offer says otherwise.
    pub review: Review,
    /// Waiting room that a user must pass before claiming. `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<QueueId>,
    /// Whether the campaign is deleted. It is then hidden but kept, so that a repeated create request does
    /// not create it again.
    #[serde(default)]
    pub deleted: bool,
    /// Time of the latest request to delete the campaign, which is closed for [`CLOSED_SECONDS`] from then
    /// on.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Whether the campaign was changed after its end. It can then never become a draft again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_ended: bool,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Operator who created the campaign.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Time for which a request to delete a campaign closes it, in seconds. A repeated request starts it anew.
pub const CLOSED_SECONDS: i64 = 120;
/// Time after closing, in seconds, from which no function instance treats the campaign as open any more:
/// one second of caching, ten seconds of function timeout, and clock skew.
pub const SETTLES_AFTER_SECONDS: i64 = 15;
/// Time after closing, in seconds, within which the deletion must begin. The margin to [`CLOSED_SECONDS`]
/// lets it finish before the campaign opens again.
const DELETED_WITHIN_SECONDS: i64 = 90;

/// Progress of a campaign's deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Campaign is open and must be closed first.
    NotBegun,
    /// Campaign is closed, but functions may still treat it as open for this number of seconds.
    Closing(u32),
    /// No function instance treats the campaign as open, so no further claim can appear. It can be deleted
    /// now.
    Due,
}

/// Fields of the event to change. An omitted field keeps its value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "EventUpdate")]
pub struct CampaignChanges {
    /// Display name of the event.
    pub name: Patch<Title>,
    /// Description to display; may be empty.
    pub description: Patch<Description>,
    /// Condition that a user must meet to request rewards.
    pub condition: Patch<Condition>,
    /// Time from which rewards can be requested, in UTC.
    pub starts_at: Patch<Timestamp>,
    /// Time before which rewards can be requested, in UTC.
    pub ends_at: Patch<Timestamp>,
    /// IANA time zone that defines the days that conditions count, for example `Asia/Seoul`.
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: Patch<String>,
    /// Status of the event. An event that has ended cannot become a draft.
    pub status: Patch<CampaignStatus>,
    /// Whether an operator reviews new requests that meet the condition: not with `auto`, each of them
    /// with `manual`.
    pub review: Patch<Review>,
    /// Queue that guards requests for the rewards of the event from now on; null opens the event to every
    /// user.
    pub queue_id: Patch<Option<QueueId>>,
}

impl Campaign {
    /// Returns the effective status at `now`. An active campaign is `Ended` after its period and `Inactive`
    /// while it is closed for deletion.
    pub fn status_at(&self, now: Timestamp) -> CampaignStatus {
        match self.status {
            CampaignStatus::Active if now >= self.ends_at => CampaignStatus::Ended,
            CampaignStatus::Active if self.is_closed_at(now) => CampaignStatus::Inactive,
            status => status,
        }
    }

    fn is_closed_at(&self, now: Timestamp) -> bool {
        self.closed_at.is_some_and(|at| now < at.plus_seconds(CLOSED_SECONDS))
    }

    /// Returns `true` if the campaign has ended at `now`, or had ended when it was last changed.
    fn has_ended_at(&self, now: Timestamp) -> bool {
        let is_over = self.status != CampaignStatus::Draft && now >= self.ends_at;
        self.has_ended || self.status == CampaignStatus::Ended || is_over
    }

    /// Returns `true` if users can see the campaign at `now`: its effective status is `Active`.
    pub fn is_visible_at(&self, now: Timestamp) -> bool {
        self.status_at(now) == CampaignStatus::Active
    }

    /// Checks that the campaign can be claimed at `now`.
    ///
    /// # Errors
    /// `NOT_FOUND` for a draft, which users cannot see. `EVENT_NOT_ACTIVE` outside its period or if its effective
    /// status is not `Active`.
    pub fn check_claimable(&self, now: Timestamp) -> Result<()> {
        if self.is_visible_at(now) && self.starts_at <= now {
            return Ok(());
        }
        if self.status == CampaignStatus::Draft {
            return Err(Error::not_found("event"));
        }
        Err(Error::refused(
            Code::EventNotActive,
            "Rewards of this event cannot be requested now; details has its status and period.",
        )
        .with_details(serde_json::json!({
            "status": self.status_at(now), "starts_at": self.starts_at, "ends_at": self.ends_at,
        })))
    }

    /// Validates condition, period and time zone.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with all invalid fields.
    pub fn check(&self) -> Result<()> {
        let mut fields = self.condition.check("condition").err().unwrap_or_default();
        if self.ends_at <= self.starts_at {
            fields.push(FieldError::new("ends_at", "must be after starts_at"));
        }
        if TimeZone::get(&self.time_zone).is_err() {
            fields.push(FieldError::new("time_zone", UNKNOWN_ZONE));
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }

    /// Validates a campaign that is to be created at `now`.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with all invalid fields; an active campaign must end after `now`.
    pub fn check_new(&self, now: Timestamp) -> Result<()> {
        Error::both(self.check(), self.check_open(now)).map(drop)
    }

    fn check_open(&self, now: Timestamp) -> Result<()> {
        if self.status == CampaignStatus::Active && self.ends_at <= now {
            return Err(Error::invalid_field("ends_at", "must be in the future for an active event"));
        }
        Ok(())
    }

    /// Returns the next version with these changes, or the same version if nothing changes. A change cancels
    /// a deletion in progress.
    ///
    /// # Errors
    /// `NOT_FOUND` if the campaign is deleted, `CONFLICT` if it has ended and would become a draft,
    /// `VALIDATION_ERROR` if the result is invalid.
    pub fn change(&self, changes: &CampaignChanges, now: Timestamp) -> Result<Self> {
        if self.deleted {
            return Err(Error::not_found("event"));
        }
        if self.has_ended_at(now) && changes.status.0 == Some(CampaignStatus::Draft) {
            return Err(Error::refused(
                Code::Conflict,
                "This event has ended and cannot become a draft again; create a new event.",
            ));
        }
        let mut next = self.clone();
        apply!(changes => next; name description condition starts_at ends_at time_zone status review queue_id);
        if next == *self {
            return Ok(next);
        }
        let opens = self.status != CampaignStatus::Active;
        Error::both(next.check(), if opens { next.check_open(now) } else { Ok(()) })?;
        next.has_ended = self.has_ended_at(now);
        next.closed_at = None;
        next.version += 1;
        Ok(next)
    }

    /// Returns the progress of the deletion at `now`.
    pub fn deletion_at(&self, now: Timestamp) -> Deletion {
        let Some(closed_at) = self.closed_at else { return Deletion::NotBegun };
        let passed_ms = now.as_millis() - closed_at.as_millis();
        let left_ms = SETTLES_AFTER_SECONDS * 1000 - passed_ms;
        if left_ms > 0 {
            return Deletion::Closing(u32::try_from((left_ms + 999) / 1000).unwrap_or(1));
        }
        if passed_ms < DELETED_WITHIN_SECONDS * 1000 { Deletion::Due } else { Deletion::NotBegun }
    }

    /// Returns the next version, closed at `now` for deletion.
    ///
    /// # Errors
    /// `NOT_FOUND` if the campaign is already deleted.
    pub fn close(&self, now: Timestamp) -> Result<Self> {
        self.next(|next| next.closed_at = Some(now))
    }

    /// Returns the next version, no longer closed for deletion, or the same version if it is not closed.
    ///
    /// # Errors
    /// `NOT_FOUND` if the campaign is already deleted.
    pub fn reopen(&self) -> Result<Self> {
        if self.closed_at.is_none() && !self.deleted {
            return Ok(self.clone());
        }
        self.next(|next| next.closed_at = None)
    }

    /// Returns the next version, marked as deleted.
    ///
    /// # Errors
    /// `NOT_FOUND` if the campaign is already deleted.
    pub fn delete(&self) -> Result<Self> {
        self.next(|next| next.deleted = true)
    }

    /// Returns the campaign with the next version number and no other change. It is written in one
    /// transaction with a changed offer. If two operators change offers of one campaign at the same time,
    /// the second write fails and is decided again on what the first one has written.
    ///
    /// # Errors
    /// `NOT_FOUND` if the campaign is already deleted.
    pub fn with_changed_offers(&self) -> Result<Self> {
        self.next(|_| {})
    }

    fn next(&self, change: impl FnOnce(&mut Self)) -> Result<Self> {
        if self.deleted {
            return Err(Error::not_found("event"));
        }
        let mut next = Self { version: self.version + 1, ..self.clone() };
        change(&mut next);
        Ok(next)
    }

    /// Returns the time zone whose calendar days the condition counts.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` if the zone is unknown.
    pub fn zone(&self) -> Result<TimeZone> {
        zone(&self.time_zone)
    }
}

/// Returns the time zone with this IANA name.
///
/// # Errors
/// `VALIDATION_ERROR` for the field `time_zone` if the zone is unknown.
pub fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| Error::invalid_field("time_zone", UNKNOWN_ZONE))
}

const UNKNOWN_ZONE: &str = "is not a time zone of the IANA database, like Asia/Seoul";

#[cfg(test)]
mod tests;
