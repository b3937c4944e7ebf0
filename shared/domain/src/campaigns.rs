//! Campaigns: what the API calls events.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;
use crate::error::FieldError;
use crate::ids::{CampaignId, QueueId, UserId};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// What an operator has set a campaign to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Being prepared; users do not see it.
    Draft,
    /// Can be claimed from within its period.
    Active,
    /// Paused.
    Inactive,
    /// Over.
    Ended,
}

/// Who decides about a claim that meets the condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Review {
    /// dibs grants at once.
    #[default]
    Auto,
    /// An operator approves or rejects.
    Manual,
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// What a user must have done.
    #[serde(with = "crate::conditions::stored")]
    pub condition: Condition,
    /// Can be claimed from here on.
    #[serde(with = "millis")]
    pub starts_at: Timestamp,
    /// Can be claimed before this.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
    /// The IANA zone whose calendar decides what a day is.
    pub time_zone: String,
    /// What an operator has set it to.
    pub status: Status,
    /// Who decides about claims.
    pub review: Review,
    /// The queue that claims are behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<QueueId>,
    /// `true` once deleted: hidden, kept so that a repeat of the request that made it does not make it again.
    #[serde(default)]
    pub deleted: bool,
    /// When somebody asked for its deletion. It is closed for [`CLOSED_SECONDS`] from then on.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// `true` once a change has met it after its end: then it never becomes a draft again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_ended: bool,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
    /// One more with every write.
    pub version: u64,
}

/// How long a campaign is closed by a request to delete it, unless that is repeated.
pub const CLOSED_SECONDS: i64 = 120;
/// How long after the closing no function may still take the campaign for open: a second of caching and the
/// ten seconds that a function has, with room for clocks that differ.
pub const SETTLES_AFTER_SECONDS: i64 = 15;
/// Until when after the closing a deletion may begin, so that it ends before the campaign opens again.
const DELETED_WITHIN_SECONDS: i64 = 90;

/// How far the deletion of a campaign has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is open, and must be closed first.
    NotBegun,
    /// It is closed, and after so many seconds nobody takes it for open any more.
    Closing(u32),
    /// Nobody takes it for open any more: what has been claimed by now is all.
    Due,
}

/// What is changed of a campaign; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What a user must have done.
    pub condition: Option<Condition>,
    /// Can be claimed from here on.
    pub starts_at: Option<Timestamp>,
    /// Can be claimed before this.
    pub ends_at: Option<Timestamp>,
    /// The IANA zone whose calendar decides what a day is.
    pub time_zone: Option<String>,
    /// What it is set to.
    pub status: Option<Status>,
    /// Who decides about claims.
    pub review: Option<Review>,
    /// The queue that claims are behind, or that they are behind none.
    pub queue_id: Option<Option<QueueId>>,
}

impl Campaign {
    /// The status that the clock makes of it: an active campaign whose period is over has ended, and one that
    /// is about to be deleted is inactive.
    pub fn status_at(&self, now: Timestamp) -> Status {
        match self.status {
            Status::Active if now >= self.ends_at => Status::Ended,
            Status::Active if self.is_closed_at(now) => Status::Inactive,
            status => status,
        }
    }

    fn is_closed_at(&self, now: Timestamp) -> bool {
        self.closed_at.is_some_and(|at| now < at.plus_seconds(CLOSED_SECONDS))
    }

    /// Whether its end has come at `now`, or came before some change.
    fn has_ended_at(&self, now: Timestamp) -> bool {
        let is_over = self.status != Status::Draft && now >= self.ends_at;
        self.has_ended || self.status == Status::Ended || is_over
    }

    /// Whether users may see it: it is set to active and has not ended.
    pub fn is_visible_at(&self, now: Timestamp) -> bool {
        self.status_at(now) == Status::Active
    }

    /// That it can be claimed at `now`.
    ///
    /// # Errors
    /// `EVENT_NOT_ACTIVE` outside its period or when it is not set to active.
    pub fn check_claimable(&self, now: Timestamp) -> Result<()> {
        if self.is_visible_at(now) && self.starts_at <= now {
            return Ok(());
        }
        Err(Error::refused(Code::EventNotActive, "This event cannot be claimed at the moment.").with_details(
            serde_json::json!({
                "status": self.status_at(now), "starts_at": self.starts_at, "ends_at": self.ends_at,
            }),
        ))
    }

    /// That it can be saved.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with everything that is wrong with it.
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

    /// Checks that it can be created at `now`.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with everything that is wrong with it, an active one that is over already included.
    pub fn check_new(&self, now: Timestamp) -> Result<()> {
        Error::both(self.check(), self.check_open(now)).map(drop)
    }

    fn check_open(&self, now: Timestamp) -> Result<()> {
        if self.status == Status::Active && self.ends_at <= now {
            return Err(Error::invalid_field("ends_at", "must be in the future for an active event"));
        }
        Ok(())
    }

    /// The next version with these changes, or the same when they change nothing. A change ends a deletion that
    /// is under way.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted, `CONFLICT` when it is over and would be a draft again,
    /// `VALIDATION_ERROR`.
    pub fn change(&self, changes: &Changes, now: Timestamp) -> Result<Self> {
        if self.deleted {
            return Err(Error::not_found("event"));
        }
        if self.has_ended_at(now) && changes.status == Some(Status::Draft) {
            return Err(Error::refused(Code::Conflict, "What has ended cannot become a draft again."));
        }
        let changes = changes.clone();
        let mut next = self.clone();
        next.name = changes.name.unwrap_or(next.name);
        next.description = changes.description.unwrap_or(next.description);
        next.condition = changes.condition.unwrap_or(next.condition);
        next.starts_at = changes.starts_at.unwrap_or(next.starts_at);
        next.ends_at = changes.ends_at.unwrap_or(next.ends_at);
        next.time_zone = changes.time_zone.unwrap_or(next.time_zone);
        next.status = changes.status.unwrap_or(next.status);
        next.review = changes.review.unwrap_or(next.review);
        next.queue_id = changes.queue_id.unwrap_or(next.queue_id);
        if next == *self {
            return Ok(next);
        }
        let opens = self.status != Status::Active;
        Error::both(next.check(), if opens { next.check_open(now) } else { Ok(()) })?;
        next.has_ended = self.has_ended_at(now);
        next.closed_at = None;
        next.version += 1;
        Ok(next)
    }

    /// Returns how far its deletion has come at `now`.
    pub fn deletion_at(&self, now: Timestamp) -> Deletion {
        let Some(closed_at) = self.closed_at else { return Deletion::NotBegun };
        let passed_ms = now.as_millis() - closed_at.as_millis();
        let left_ms = SETTLES_AFTER_SECONDS * 1000 - passed_ms;
        if left_ms > 0 {
            return Deletion::Closing(u32::try_from((left_ms + 999) / 1000).unwrap_or(1));
        }
        if passed_ms < DELETED_WITHIN_SECONDS * 1000 { Deletion::Due } else { Deletion::NotBegun }
    }

    /// Returns the next version, closed at `now` to be deleted.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted before.
    pub fn close(&self, now: Timestamp) -> Result<Self> {
        self.next(|next| next.closed_at = Some(now))
    }

    /// Returns the next version, open again because it turned out to have claims; the same when it is open.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted before.
    pub fn reopen(&self) -> Result<Self> {
        if self.closed_at.is_none() && !self.deleted {
            return Ok(self.clone());
        }
        self.next(|next| next.closed_at = None)
    }

    /// Returns the next version, deleted.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted before.
    pub fn delete(&self) -> Result<Self> {
        self.next(|next| next.deleted = true)
    }

    fn next(&self, change: impl FnOnce(&mut Self)) -> Result<Self> {
        if self.deleted {
            return Err(Error::not_found("event"));
        }
        let mut next = Self { version: self.version + 1, ..self.clone() };
        change(&mut next);
        Ok(next)
    }

    /// The zone whose calendar decides what a day is.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when nobody knows it.
    pub fn zone(&self) -> Result<TimeZone> {
        zone(&self.time_zone)
    }
}

/// The zone of an IANA name.
///
/// # Errors
/// `VALIDATION_ERROR` for `time_zone` when nobody knows it.
pub fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| Error::invalid_field("time_zone", UNKNOWN_ZONE))
}

const UNKNOWN_ZONE: &str = "is not a time zone of the IANA database, like Asia/Seoul";

#[cfg(test)]
mod tests;
