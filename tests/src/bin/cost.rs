//! Prints the cost table: `cargo run -p dibs-tests --bin cost`.

use dibs_tests::cost::{budgets, flows, in_paused_time};

fn main() -> std::process::ExitCode {
    let (measured, budgets) = (in_paused_time(flows::measure()), budgets::budgets());
    println!("{}", budgets::table(&measured, &budgets));
    println!("| a claim of one line of … | bytes when accepted | bytes when granted |\n|---|---|---|");
    for size in in_paused_time(flows::sizes()) {
        println!("| {} | {} | {} |", size.claim, size.requested, size.granted);
    }
    let differences = budgets::differences(&measured, &budgets);
    for difference in &differences {
        eprintln!("{difference}");
    }
    if differences.is_empty() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
