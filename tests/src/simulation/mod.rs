//! Simulation: the real handlers and workers run through the real SDK on one simulated clock, with every kind
//! of fault.
//!
//! A seed determines a run exactly. Random numbers come from [`prng`] alone, time is tokio's paused clock,
//! and functions run on one thread.
//!
//! | module | contents |
//! |---|---|
//! | [`world`] | function instances, tables, queues and outside services, with their faults; [`world::event_sources`] calls the workers; [`world::histories`] record each write; [`world::sabotage`] breaks the product on purpose |
//! | [`setup`] | what exists before a run |
//! | [`records`] | requests and responses that the actors noted |
//! | [`workload`] | setup and records of one run |
//! | [`actors`] | clients and staff, by role |
//! | [`checks`] | invariants, and the contents of the tables that they read |
//! | [`run`] | one run |
//!
//! Each module uses only those above it. A new domain needs (its routes and workers
//! come with `local::routes`): its entities in [`setup`], actors as methods of
//! [`workload::Workload`] that [`run`] spawns, its items in [`checks`]'s facts, and its invariants as functions in a
//! file of [`checks`], listed in `CHECKS`. A new kind of fault needs a line in [`world::faults`] and the code that
//! injects it; the test over all kinds asserts that it happens.

pub mod actors;
pub mod checks;
pub mod records;
pub mod regressions;
pub mod run;
pub mod setup;
pub mod workload;
pub mod world;

pub use run::{Report, first_detection, in_parallel, run, run_with};
