//! Simulation: the real handlers and workers run through the real SDK on one simulated clock, with every kind
//! of fault.
//!
//! A seed determines a run exactly. Random numbers come from [`dice`] alone, time is tokio's paused clock,
//! and functions run on one thread.
//!
//! | file | contents |
//! |---|---|
//! | [`core`] | state that all functions share: tables, queues, clock |
//! | [`wire`] | connection of the SDK, with its faults |
//! | [`replica`] | lagging view of the tables |
//! | [`queues`] | SQS |
//! | [`lambda`] | runtime of functions: death, hang, freeze |
//! | [`pump`] | event-source emulator, which calls the workers and detects when all work is done |
//! | [`outside`], [`provider`] | outside services |
//! | [`world`] | function instances, each with its own caches and clock |
//! | [`plan`], [`clients`], [`staff`] | setup, users and staff of rewards |
//! | [`venue`], [`fans`], [`ushers`] | the same for waiting rooms, concerts and money |
//! | [`shop`], [`buyers`] | the same for time deals and orders |
//! | [`members`], [`administrators`] | users with accounts of their own, and administrators who ban them |
//! | [`history`], [`visits`] | recorded responses |
//! | [`watch`], [`stocks`], [`seats`], [`lines`], [`sales`] | histories of stocks, seats, waiting rooms and deals, write by write |
//! | [`facts`] | final contents of the tables |
//! | [`checks`] | invariants |
//! | [`run`] | one run |
//! | [`sabotage`] | injected bugs, which the checkers must detect |
//!
//! A new domain needs: its routes in the router of [`world`] (its workers come with `local::routes::workers()`), its
//! setup in [`plan`], actors as methods of [`clients::Party`] that [`run`] spawns, its items in
//! [`facts::Facts`], and its invariants as functions in a file of `checks`, listed in `CHECKS`. A new kind of
//! fault needs a line in [`faults`] and the code that injects it; the test over all kinds asserts that it
//! happens.

pub mod administrators;
pub mod buyers;
pub mod checks;
pub mod clients;
pub mod core;
pub mod dice;
pub mod facts;
pub mod fans;
pub mod faults;
pub mod history;
pub mod lambda;
pub mod lines;
pub mod members;
pub mod outside;
pub mod plan;
pub mod provider;
pub mod pump;
pub mod queues;
pub mod regressions;
pub mod replica;
pub mod run;
pub mod sabotage;
pub mod sales;
pub mod seats;
pub mod shop;
pub mod staff;
pub mod stocks;
pub mod trace;
pub mod ushers;
pub mod venue;
pub mod visits;
pub mod watch;
pub mod wire;
pub mod world;

pub use run::{Report, run, run_with};
