//! Money: prepaid balances, their ledgers, payments and reports of the payment provider.

pub mod charge_balance;
pub mod create_payment;
mod goods;
mod ledger;
pub mod list_entries;
pub mod list_payments;
pub mod list_reports;
mod paying;
pub mod read_balance;
pub mod read_payment;
mod receiving;
pub mod take_callback;
mod views;

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &read_balance::ROUTE,
    &charge_balance::ROUTE,
    &list_entries::ROUTE,
    &create_payment::ROUTE,
    &list_payments::ROUTE,
    &read_payment::ROUTE,
    &take_callback::ROUTE,
    &list_reports::ROUTE,
];
