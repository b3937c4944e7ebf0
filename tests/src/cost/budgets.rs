//! The budgets, and the table that holds what was measured against them.

use std::fmt::Write;

use serde::Deserialize;

use super::meter::Cost;

/// How far below its budget an operation may be measured before the budget has to be lowered.
const SLACK: f64 = 0.5;

const FILE: &str = include_str!("../../cost/budgets.json");

/// What an operation may cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Its name in the table.
    pub operation: String,
    /// Write units at most.
    pub wru: f64,
    /// Read units at most.
    pub rru: f64,
    /// Calls one after another at most; none where nobody waits for an answer.
    pub trips: Option<usize>,
    /// What is paid for.
    pub why: String,
}

/// What an operation was measured to cost.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name in the table.
    pub operation: &'static str,
    /// Its cost.
    pub cost: Cost,
}

/// Every budget, in the order of the table.
pub fn budgets() -> Vec<Budget> {
    serde_json::from_str(FILE).expect("tests/cost/budgets.json can be read")
}

/// Everything in which `measured` and `budgets` contradict each other.
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

/// The table, as Markdown.
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
