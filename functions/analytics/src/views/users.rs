//! Figures of users.

use schemars::JsonSchema;
use serde::Serialize;

use crate::views::timeline::{FiguresView, Timeline};

/// Users in a period.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserFigures")]
pub struct UserFigures {
    /// Number of users who registered.
    pub new_users: u64,
    /// Number of distinct users who signed in or refreshed their session. Null for a period of more than 25
    /// hours.
    pub active_users: Option<u64>,
    /// Number of users whose first request of an event falls into the period: of the event that was asked
    /// for, or once for each event.
    pub participants: u64,
}

impl FiguresView for UserFigures {
    const COLUMNS: &'static [&'static str] = &["new_users", "active_users", "participants"];

    fn cells(&self) -> Vec<String> {
        let active = self.active_users.map(|users| users.to_string()).unwrap_or_default();
        vec![self.new_users.to_string(), active, self.participants.to_string()]
    }
}

/// Figures of users.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserAnalytics")]
pub struct UserAnalytics {
    /// Users in the period.
    #[serde(flatten)]
    pub timeline: Timeline<UserFigures>,
    /// Number of accounts now, closed ones included.
    pub registered_users: u64,
    /// Participants of the event in the period, divided by the registered users, 0 to 1. Null without
    /// `event_id`, since a user who takes part in two events would count twice, and while nobody is
    /// registered.
    pub participation_rate: Option<f64>,
}
