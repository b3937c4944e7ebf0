//! Flows that handlers and workers share.

pub mod departures;
pub mod holds;
pub mod mailer;
pub mod preferences;
pub mod reminders;
pub mod templates;
pub mod unsubscription;
