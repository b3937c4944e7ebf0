//! Budgets of operations, and the table that compares them with the measurements.

use std::fmt::Write;

use serde::Deserialize;

use super::meter::Cost;

/// Maximum difference between a budget and its measurement, beyond which the budget must be lowered.
const SLACK: f64 = 0.5;

const FILE: &str = include_str!("../../cost/budgets.json");

/// Maximum cost of an operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Name of the operation in the table.
    pub operation: String,
    /// Maximum write units (WRU).
    pub wru: f64,
    /// Maximum read units (RRU).
    pub rru: f64,
    /// Maximum number of sequential round trips. `None` if no client waits for a response.
    pub trips: Option<usize>,
    /// Reason for the cost.
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

/// Returns all contradictions between `measured` and `budgets`.
pub fn faults(measured: &[Row], budgets: &[Budget]) -> Vec<String> {
    let mut faults = Vec::new();
    for row in measured {
        match budgets.iter().find(|budget| budget.operation == row.operation) {
            Some(budget) => faults.extend(faults_of(row, budget)),
            None => faults.push(format!("{}: measured as {:?}, and has no budget", row.operation, row.cost)),
        }
    }
    for budget in budgets {
        if !measured.iter().any(|row| row.operation == budget.operation) {
            faults.push(format!("{}: has a budget, and is not measured", budget.operation));
        }
    }
    faults
}

fn faults_of(row: &Row, budget: &Budget) -> Vec<String> {
    let (cost, name) = (row.cost, row.operation);
    let mut faults = Vec::new();
    let mut compare = |what: &str, measured: f64, most: f64| {
        if measured > most {
            faults.push(format!("{name}: {measured} {what}, over its budget of {most}"));
        } else if measured <= most - SLACK {
            faults.push(format!("{name}: {measured} {what}; lower its budget of {most}"));
        }
    };
    compare("WRU", cost.wru, budget.wru);
    compare("RRU", cost.rru, budget.rru);
    if let Some(trips) = budget.trips {
        compare("trips", cost.trips as f64, trips as f64);
    }
    faults
}

/// Returns the table as Markdown.
pub fn table(measured: &[Row], budgets: &[Budget]) -> String {
    let mut text = String::from(
        "| operation | WRU | budget | RRU | budget | trips | budget | what for |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in measured {
        let Some(budget) = budgets.iter().find(|budget| budget.operation == row.operation) else {
            let _ = writeln!(text, "| {} | {:?} | no budget |", row.operation, row.cost);
            continue;
        };
        let (trips, most) = budget.trips.map_or_else(
            || ("–".to_owned(), "–".to_owned()),
            |most| (row.cost.trips.to_string(), most.to_string()),
        );
        let (cost, why) = (row.cost, &budget.why);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {trips} | {most} | {why} |",
            row.operation, cost.wru, budget.wru, cost.rru, budget.rru,
        );
    }
    text
}
