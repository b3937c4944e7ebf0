//! Actors of a run, by role. Each is a method of [`Workload`](super::workload::Workload) or a type that holds
//! one, and [`run`](super::run) spawns them.

mod account_owners;
pub mod administrators;
mod attackers;
mod buyers;
mod claimants;
pub mod concertgoers;
mod deal_operators;
pub mod members;
mod payment_provider;
mod reward_staff;
mod subscribers;
mod waiting_room_operators;
mod webhook_operators;
