//! World of a run: the function instances with their clocks and caches, the tables, queues and outside
//! services around them, and the faults of all these. It knows nothing of the actors.

pub mod core;
pub mod environment;
pub mod event_sources;
pub mod faults;
pub mod histories;
mod instances;
pub mod lambda;
pub mod outside;
pub mod payment_provider;
mod prng;
pub mod queues;
pub mod replica;
mod requests;
pub mod sabotage;
mod sizes;
mod sockets;
mod tables;
mod theme;
mod trace;
mod wire;

pub use environment::{BEGIN_MS, SKEW_MS_MAX};
pub use instances::World;
pub use prng::Prng;
pub use requests::{Answer, Request, Shown, get};
pub use sizes::Sizes;
pub use tables::is_write;
pub use theme::Theme;
