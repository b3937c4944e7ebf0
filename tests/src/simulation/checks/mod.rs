//! Invariants of the product, checked on the final state and the recorded responses of a run. A checker
//! returns a sentence for each violation that it finds.

mod account_owners;
mod answers;
mod audit;
mod chains;
mod decisions;
mod events;
mod facts;
mod figures;
mod grants;
mod guard;
mod line;
mod live;
mod members;
mod money;
mod notifications;
mod orders;
mod remaining_rewards;
mod remaining_seats;
mod remaining_units;
mod resources;
mod seats;
mod stock;
mod units;
mod webhooks;

pub use decisions::audits_keep_decisions;
pub use live::subscribers_know_the_last_state;
pub use members::bans_count;
pub use remaining_rewards::claim_remaining_rewards;
pub use remaining_seats::hold_remaining_seats;
pub use remaining_units::order_remaining_units;

use std::collections::BTreeMap;

use domain::events::{DomainEvent, PublishedEvents};
use domain::ids::QueueId;
use facts::Facts;

use super::records::requests::RequestRecord;
use super::workload::Workload;
use super::world::histories::lines::Line;
use super::world::histories::sales;
use super::world::histories::seats::History;

/// Final state and records of a run, which the checkers read.
pub struct Case<'a> {
    /// Setup of the run, and the records of its actors.
    pub workload: &'a Workload,
    /// Final contents of the tables.
    pub facts: Facts,
    /// Domain events that the data platform received, repeats too.
    pub outbox: Vec<DomainEvent>,
    /// Requests about concerts and deals, with their responses.
    pub requests: Vec<RequestRecord>,
    /// History of each waiting room.
    pub lines: BTreeMap<QueueId, Line>,
    /// History of the seats.
    pub seats: History,
    /// History of the deals, their units and their orders.
    pub sales: sales::History,
}

/// Checker of one invariant.
type Check = fn(&Case<'_>) -> Vec<String>;

/// All checkers. A new domain adds its own here.
const CHECKS: &[Check] = &[
    grants::one_grant_for_each_line,
    grants::ledgers_are_chains,
    grants::the_outside_agrees,
    stock::no_unit_is_lost_or_given_twice,
    stock::no_code_is_lost_or_given_twice,
    stock::hints_only_go_forward,
    audit::everything_ends,
    audit::every_change_is_told_once,
    chains::every_change_has_one_entry,
    chains::every_version_has_an_entry,
    chains::audits_are_verified,
    decisions::staff_decide_what_they_saw,
    answers::no_answer_is_lost,
    answers::limits_hold,
    answers::refusals_were_true,
    answers::activities_are_recorded,
    seats::one_owner_for_each_seat,
    seats::holds_end_when_they_say,
    seats::all_seats_or_none,
    seats::refused_seats_were_taken,
    seats::maps_were_true,
    money::ledgers_of_money_are_chains,
    money::every_payment_has_its_purchase,
    money::money_moves_once,
    money::the_provider_agrees,
    money::refused_payments_were_to_be_refused,
    line::rooms_keep_their_rules,
    line::positions_are_consecutive,
    line::positions_are_in_order_of_arrival,
    line::positions_never_change,
    line::everybody_gets_a_place,
    line::nobody_is_in_line_twice,
    line::nobody_waits_for_ever,
    line::rates_hold,
    guard::who_reserves_was_let_in,
    guard::who_pays_is_done,
    guard::places_end_when_they_were_told,
    units::deals_keep_their_rules,
    units::no_unit_of_a_deal_is_lost,
    units::too_few_were_there,
    units::deals_are_open_when_they_are,
    units::deals_are_shown_whole,
    orders::orders_end,
    orders::orders_are_what_was_asked,
    orders::orders_end_with_their_deal,
    orders::refused_cancels_were_to_be_refused,
    orders::orders_are_shown_as_they_were,
    account_owners::tokens_and_codes_work_once,
    account_owners::ended_sessions_stay_ended,
    members::there_is_an_administrator,
    members::refreshing_signs_nobody_out,
    members::one_person_has_what_one_person_may,
    figures::figures_equal_a_recount,
    events::reservations_end,
    events::everything_is_published_once,
    events::data_fits_its_schema,
    resources::what_staff_set_up_is_told,
    resources::rooms_tell_changes_admissions_and_no_shows,
    notifications::decisions_and_grants_are_told_once,
    notifications::mails_arrive,
    webhooks::every_event_arrives,
    webhooks::events_of_a_subject_are_in_order,
];

/// Returns the violations of all invariants. `messages` are those of the outbox.
pub fn all(workload: &Workload, messages: &[String]) -> Vec<String> {
    let core = &workload.world.core;
    let (mut violations, mut outbox) = (Vec::new(), Vec::new());
    for message in messages {
        match message.parse() {
            Ok(PublishedEvents(events)) => outbox.extend(events),
            Err(error) => violations.push(format!("the outbox has what is no event: {message} ({error})")),
        }
    }
    let case = Case {
        workload,
        facts: Facts::read(core),
        outbox,
        requests: workload.requests.all(),
        lines: core.lines.all(),
        seats: core.seats.history(),
        sales: core.sales.history(),
    };
    violations.extend(CHECKS.iter().flat_map(|check| check(&case)));
    violations
}
