//! Measured costs in `tests/cost/budgets.json`. The reason of a row is written by hand.

use serde_json::{Value, json};

use super::File;
use super::one_line::one_line;
use crate::cost::budgets::{Row, budgets};

/// Returns the file with the measured numbers. A row keeps its committed reason, and keeps `null` as its
/// round trips where no client waits for a response.
pub fn file(measured: &[Row]) -> File {
    let known = budgets();
    let line = |row: &Row| {
        let before = known.iter().find(|budget| budget.operation == row.operation);
        let trips = before.is_none_or(|budget| budget.trips.is_some()).then_some(row.cost.trips);
        let why = before.map_or("", |budget| &budget.why);
        let (wru, rru) = (number(row.cost.wru), number(row.cost.rru));
        one_line(&json!({"operation": row.operation, "wru": wru, "rru": rru, "trips": trips, "why": why}))
    };
    let lines: Vec<String> = measured.iter().map(line).collect();
    let text = format!("[\n  {}\n]\n", lines.join(",\n  "));
    File { path: "tests/cost/budgets.json".to_owned(), text }
}

/// Returns the units as a JSON integer if they are whole.
fn number(units: f64) -> Value {
    if units.fract() == 0.0 { json!(units as u64) } else { json!(units) }
}
