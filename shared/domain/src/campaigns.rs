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
    /// `true` once deleted: hidden, kept because claims made in the last second may name it.
    #[serde(default)]
    pub deleted: bool,
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
    /// The status that the clock makes of it: an active campaign whose period is over has ended.
    pub fn status_at(&self, now: Timestamp) -> Status {
        if self.status == Status::Active && now >= self.ends_at { Status::Ended } else { self.status }
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

    /// The next version with these changes, or the same when they change nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted, `CONFLICT` when it is over and would be a draft again,
    /// `VALIDATION_ERROR`.
    pub fn change(&self, changes: &Changes, now: Timestamp) -> Result<Self> {
        if self.deleted {
            return Err(Error::not_found("event"));
        }
        if self.status_at(now) == Status::Ended && changes.status == Some(Status::Draft) {
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
        next.check()?;
        next.version += 1;
        Ok(next)
    }

    /// The next version, deleted.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted before.
    pub fn delete(&self) -> Result<Self> {
        if self.deleted {
            return Err(Error::not_found("event"));
        }
        Ok(Self { deleted: true, version: self.version + 1, ..self.clone() })
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
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn campaign() -> Campaign {
        Campaign {
            id: CampaignId::new("1"),
            name: "a campaign".into(),
            description: String::new(),
            condition: Condition::always(),
            starts_at: Timestamp::from_millis(0),
            ends_at: Timestamp::from_millis(HOUR),
            time_zone: "Asia/Seoul".into(),
            status: Status::Active,
            review: Review::Auto,
            queue_id: None,
            deleted: false,
            created_at: Timestamp::from_millis(0),
            created_by: UserId::new("1"),
            mark: None,
            version: 1,
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let start = campaign().starts_at;
        let wrong = Campaign { ends_at: start, time_zone: "Mars/Olympus".into(), ..campaign() };
        let details = wrong.check().unwrap_err().details.unwrap().to_string();
        assert!(details.contains("ends_at") && details.contains("time_zone"), "{details}");
        assert!(campaign().check().is_ok());
    }

    #[test]
    fn a_change_is_a_new_version_and_no_change_is_none() {
        let campaign = campaign();
        let now = Timestamp::from_millis(1);
        let paused = Changes { status: Some(Status::Inactive), ..Changes::default() };
        let next = campaign.change(&paused, now).unwrap();
        assert_eq!((next.status, next.version), (Status::Inactive, 2));
        assert_eq!(next.change(&paused, now).unwrap(), next);
        let backwards = Changes { ends_at: Some(campaign.starts_at), ..Changes::default() };
        assert_eq!(campaign.change(&backwards, now).unwrap_err().code, Code::ValidationError);
    }

    #[test]
    fn what_has_ended_is_no_draft_but_may_be_prolonged() {
        let campaign = campaign();
        let late = Timestamp::from_millis(2 * HOUR);
        assert_eq!(campaign.status_at(late), Status::Ended);
        let draft = Changes { status: Some(Status::Draft), ..Changes::default() };
        assert_eq!(campaign.change(&draft, late).unwrap_err().code, Code::Conflict);
        let longer = Changes { ends_at: Some(Timestamp::from_millis(3 * HOUR)), ..Changes::default() };
        assert_eq!(campaign.change(&longer, late).unwrap().status_at(late), Status::Active);
    }

    #[test]
    fn what_is_deleted_is_gone() {
        let deleted = campaign().delete().unwrap();
        assert_eq!(deleted.delete().unwrap_err().code, Code::NotFound);
        let error = deleted.change(&Changes::default(), Timestamp::from_millis(0)).unwrap_err();
        assert_eq!(error.code, Code::NotFound);
    }
}
