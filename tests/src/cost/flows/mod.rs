//! Measured operations, one file per domain. A further domain adds a file and a line here.

mod account_security;
mod accounts;
mod activities;
mod analytics;
mod audit;
mod claims;
mod concerts;
mod deals;
mod grants;
mod lists;
mod live;
mod notifications;
mod published;
mod reviews;
mod sizes;
mod waiting_room;
mod wallet;
mod webhooks;

pub use self::waiting_room::{admission_block_size, ten_thousand_a_second};
pub use concerts::size_of_a_full_block;
pub use deals::order_size;
pub use published::{Entry, entries_of_a_full_batch};
pub use sizes::{Size, sizes};
pub use wallet::entry_size;

use super::budgets::Row;
use super::meter::Cost;

/// Measures every operation, in the order of the table.
pub async fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(claims::measure().await);
    rows.extend(grants::measure().await);
    rows.extend(reviews::measure().await);
    rows.extend(activities::measure().await);
    rows.extend(accounts::measure().await);
    rows.extend(account_security::measure().await);
    rows.extend(lists::measure().await);
    rows.extend(self::waiting_room::measure().await);
    rows.extend(concerts::measure().await);
    rows.extend(wallet::measure().await);
    rows.extend(deals::measure().await);
    rows.extend(notifications::measure().await);
    rows.extend(webhooks::measure().await);
    rows.extend(analytics::measure().await);
    rows.extend(audit::measure().await);
    rows.extend(live::measure().await);
    rows
}

fn row(operation: &'static str, cost: Cost) -> Row {
    Row { operation, cost }
}
