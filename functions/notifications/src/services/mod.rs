//! Flows that handlers and workers share.

pub mod mailer;
pub mod templates;
