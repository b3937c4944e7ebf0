//! Runs seeds of the simulation: `cargo run -p dibs-tests --bin simulate -- --seeds 1000`. A seed that
//! violates an invariant is printed with its violations, and the exit code is 1. `--sabotage "a seat is
//! held"` injects a bug into the product, to show which seeds detect it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use dibs_tests::simulation::run_with;
use dibs_tests::simulation::world::sabotage;

/// Run seeds of the simulation
#[derive(Parser)]
struct Arguments {
    /// Number of seeds to run
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// First seed of the range
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run only this seed, and print everything that happens in it
    #[arg(long)]
    seed: Option<u64>,
    /// Number of seeds that run concurrently
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Inject the bug with the name that begins with this text
    #[arg(long)]
    sabotage: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (from, seeds) = arguments.seed.map_or((arguments.from, arguments.seeds), |seed| (seed, 1));
    let verbose = arguments.seed.is_some();
    let sabotage = arguments.sabotage.as_deref().map(|name| {
        let found = sabotage::all().find(|sabotage| sabotage.name.starts_with(name));
        found.expect("sabotage.rs names it")
    });
    let next = AtomicU64::new(from);
    let failed = AtomicU64::new(0);
    let (faults, answers) = (Mutex::new(BTreeMap::new()), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.min(seeds) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        break;
                    }
                    let report = run_with(seed, verbose, sabotage);
                    for (fault, count) in report.faults {
                        *faults.lock().expect("a lock").entry(fault).or_insert(0) += count;
                    }
                    for (answer, count) in report.answers {
                        *answers.lock().expect("a lock").entry(answer).or_insert(0) += count;
                    }
                    for violation in &report.violations {
                        println!("seed {seed}: {violation}");
                    }
                    failed.fetch_add(u64::from(!report.violations.is_empty()), Ordering::Relaxed);
                    if verbose {
                        println!("hash {:016x}", report.hash);
                    }
                }
            });
        }
    });
    println!("answers: {answers:?}\nfaults: {faults:?}");
    let failed = failed.into_inner();
    println!("{failed} of {seeds} seeds broke a promise");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
