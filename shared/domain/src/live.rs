//! Live updates: topics, subscriptions, tickets, and the messages between clients and dibs.

mod access;
mod connection;
mod message;
mod patch;
mod state;
mod topic;

pub use access::{LIVE_ACCESS_SECONDS, LiveTicket, LiveUser, TICKET_SECONDS};
pub use connection::{Connection, LIVE_CONNECTION_SECONDS, SUBSCRIPTIONS_MAX, Subscription};
pub use message::{ClientMessage, LiveUpdate, LiveUpdateReason, ServerMessage};
pub use patch::{merge_patch, without_nulls};
pub use state::TopicState;
pub use topic::{LiveChannel, LiveTopic, TOPIC_PARTITIONS};
