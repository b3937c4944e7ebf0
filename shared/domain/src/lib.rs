//! Business rules of dibs as pure functions: no AWS, no HTTP, no async runtime, no clock.
//!
//! Each noun of the product is one module, with the same name in `store`, in `functions` and in the tests.
//! Time, identity and entropy are passed as arguments, so a rule can be replayed from a seed.

#![warn(missing_docs)]

pub mod accounts;
pub mod activities;
pub mod analytics;
pub mod audit;
pub mod campaigns;
pub mod claims;
pub mod concerts;
pub mod conditions;
pub mod deals;
pub mod error;
pub mod events;
mod fingerprinted;
pub mod ids;
pub mod json;
mod keyed_fingerprint;
pub mod live;
pub mod messages;
mod money;
pub mod notifications;
pub mod orders;
mod patch;
pub mod points;
pub mod products;
mod quantity;
pub mod quota;
pub mod rewards;
pub mod stock;
pub mod text;
pub mod time;
pub mod trail;
pub mod waiting_room;
pub mod wallet;
pub mod webhooks;
pub mod weburl;

pub use error::{BusyReason, Code, Error, Result};
pub use fingerprinted::Fingerprinted;
pub use keyed_fingerprint::KeyedFingerprint;
pub use money::Money;
pub use patch::Patch;
pub use quantity::{Points, Quantity};
pub use time::Timestamp;
