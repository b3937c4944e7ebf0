//! Campaigns: what the API calls events.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conditions::Condition;
use crate::ids::{CampaignId, UserId};
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
    TimeZone::get(name)
        .map_err(|_| Error::invalid_field("time_zone", "is not a time zone of the IANA database, like Asia/Seoul"))
}
