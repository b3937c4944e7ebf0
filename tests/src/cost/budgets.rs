//! Committed costs of operations, and their comparison with the measurements.

use std::fmt::Write;

use serde::Deserialize;

use super::meter::Cost;

const FILE: &str = include_str!("../../cost/budgets.json");

/// Committed cost of an operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Name of the operation in the table.
    pub operation: String,
    /// Write request units (WRU) that the operation consumes.
    pub wru: f64,
    /// Read request units (RRU) that the operation consumes.
    pub rru: f64,
    /// Number of sequential round trips. `None` if no client waits for a response.
    pub trips: Option<usize>,
    /// Reason for the cost, written by hand. Empty in a new row.
    pub why: String,
}

/// Measured cost of an operation.
#[derive(Clone, Debug)]
pub struct Row {
    /// Name of the operation in the table.
    pub operation: &'static str,
    /// Cost of the operation.
    pub cost: Cost,
}

/// Reads every budget, in the order of the table.
pub fn budgets() -> Vec<Budget> {
    serde_json::from_str(FILE).expect("tests/cost/budgets.json can be read")
}

/// Returns a sentence for each operation that lacks a budget or a measurement, or costs something else than
/// committed.
pub fn differences(measured: &[Row], budgets: &[Budget]) -> Vec<String> {
    let mut found = Vec::new();
    for row in measured {
        let cost = row.cost;
        let is_equal = |budget: &Budget| {
            (cost.wru, cost.rru) == (budget.wru, budget.rru)
                && budget.trips.is_none_or(|trips| cost.trips == trips)
        };
        match budgets.iter().find(|budget| budget.operation == row.operation) {
            Some(budget) if is_equal(budget) => {}
            Some(budget) => found.push(format!("{cost:?} is measured, and committed is {budget:?}")),
            None => found.push(format!("{}: measured as {cost:?}, and not committed", row.operation)),
        }
    }
    let is_measured = |budget: &&Budget| measured.iter().any(|row| row.operation == budget.operation);
    let left_over = budgets.iter().filter(|budget| !is_measured(budget));
    found.extend(left_over.map(|budget| format!("{}: committed, and not measured", budget.operation)));
    found
}

/// Returns the measurements as a Markdown table, with the reasons of their budgets.
pub fn table(measured: &[Row], budgets: &[Budget]) -> String {
    let mut text = String::from("| operation | WRU | RRU | trips | what for |\n|---|---|---|---|---|\n");
    for row in measured {
        let budget = budgets.iter().find(|budget| budget.operation == row.operation);
        let is_awaited = budget.is_none_or(|budget| budget.trips.is_some());
        let trips = if is_awaited { row.cost.trips.to_string() } else { "–".to_owned() };
        let why = budget.map_or("", |budget| &budget.why);
        let Cost { wru, rru, .. } = row.cost;
        let _ = writeln!(text, "| {} | {wru} | {rru} | {trips} | {why} |", row.operation);
    }
    text
}
