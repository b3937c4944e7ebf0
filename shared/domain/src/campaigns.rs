//! Campaigns. The API calls them events.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;
use crate::error::FieldError;
use crate::ids::{CampaignId, QueueId, UserId};
use crate::patch::apply;
use crate::text::{Description, Title};
use crate::time::millis;
use crate::{Code, Error, Patch, Result, Timestamp};

/// Status that an operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CampaignStatus {
    /// Draft in preparation, invisible to users.
    Draft,
    /// Visible to users, and claimable within its period.
    Active,
    /// Paused and invisible to users.
    Inactive,
    /// Ended and no longer claimable.
    Ended,
}

/// Review mode of requests that meet the condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Review {
    /// Automatic: requests are granted without a review.
    #[default]
    Auto,
    /// Manual: an operator approves or rejects each request.
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
    /// Review mode of claims in the campaign.
    pub review: Review,
    /// Waiting room that a user must pass before claiming. `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<QueueId>,
    /// Tombstone flag. A deleted campaign is hidden but kept, so that a repeated create request does not
    /// create it again.
    #[serde(default)]
    pub deleted: bool,
    /// Time of the latest request to delete it. The campaign is closed for [`CLOSED_SECONDS`] from then on.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// `true` once it was changed after its end. It can then never become a draft again.
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
}

/// Period for which a deletion request closes a campaign, in seconds. A repeated request extends it.
pub const CLOSED_SECONDS: i64 = 120;
/// Delay after closing until no function treats the campaign as open, in seconds: one second of caching, ten
/// seconds of function timeout, and clock skew.
pub const SETTLES_AFTER_SECONDS: i64 = 15;
/// Latest start of the deletion after closing, in seconds. The margin to [`CLOSED_SECONDS`] lets it finish
/// before the campaign opens again.
const DELETED_WITHIN_SECONDS: i64 = 90;

/// Progress of a campaign's deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Campaign is open and must be closed first.
    NotBegun,
    /// Campaign is closed, but functions may still treat it as open for this number of seconds.
    Closing(u32),
    /// No function treats the campaign as open. Claims that are not visible now can no longer appear.
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
    /// Review of new requests: automatic, or by an operator.
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

    /// Returns `true` if the campaign has ended at `now`, or had ended at an earlier change.
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
        Err(Error::refused(Code::EventNotActive, "This event cannot be claimed at the moment.").with_details(
            serde_json::json!({
                "status": self.status_at(now), "starts_at": self.starts_at, "ends_at": self.ends_at,
            }),
        ))
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

    /// Validates a campaign that is created at `now`.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with all invalid fields, including the end of an active campaign in the past.
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
            return Err(Error::refused(Code::Conflict, "What has ended cannot become a draft again."));
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

    /// Returns the next version, open again because claims were found, or the same version if it is open.
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

    /// Returns the next version, in which nothing but the offers has changed. It is written together with an offer, so that
    /// of two operators who change what the same campaign offers, the second one decides on what the first one wrote.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted before.
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
