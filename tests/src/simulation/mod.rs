//! The simulation: the real handlers and workers, through the real SDK, on one simulated clock, while
//! everything goes wrong that can.
//!
//! One seed is one run, exactly. Chance comes from [`dice`] alone; time is tokio's paused clock; functions
//! run on one thread.
//!
//! | file | what it is |
//! |---|---|
//! | [`core`] | what all functions share: the tables, the queues, the clock |
//! | [`wire`] | the SDK's connection, with what goes wrong on it |
//! | [`replica`] | the second view of the tables, behind the first |
//! | [`queues`] | SQS |
//! | [`lambda`] | how functions are run, die and stand still |
//! | [`pump`] | what calls the workers, and knows when all is quiet |
//! | [`outside`], [`provider`] | the services of others |
//! | [`world`] | the function instances, each with caches and a clock of its own |
//! | [`plan`], [`clients`], [`staff`] | rewards: what is offered, who wants it, who runs it |
//! | [`venue`], [`fans`], [`ushers`] | the same for waiting rooms, concerts and money |
//! | [`shop`], [`buyers`] | the same for time deals and orders |
//! | [`members`], [`administrators`] | people with accounts of their own, and who bans them |
//! | [`history`], [`visits`] | what was told |
//! | [`watch`], [`stocks`], [`seats`], [`lines`], [`sales`] | how stocks, seats, waiting rooms and deals went, write by write |
//! | [`facts`] | what is there in the end |
//! | [`checks`] | the promises |
//! | [`run`] | one run |
//! | [`sabotage`] | the product broken on purpose, to see that the checkers see it |
//!
//! To add a domain: its routes to the router in [`world`] (its workers come with `workers::WORKERS`), what
//! has to be there first to [`plan`], people who use it as further methods of [`clients::Party`] that [`run`]
//! spawns, its items to [`facts::Facts`], and its promises as functions in a file of `checks` that `CHECKS`
//! names. A new kind of fault is a line in [`faults`] and the place where it strikes; that it does is
//! asserted by the test over all kinds.

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
