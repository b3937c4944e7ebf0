//! Runs seeds of the simulation: `cargo run -p dibs-tests --bin simulate -- --seeds 1000`. A seed that
//! violates an invariant is printed with its violations and its sizes, and the exit code is 1. `--sabotage "a
//! seat is held"` injects a bug into the product, to show which seeds detect it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use dibs_tests::simulation::world::sabotage;
use dibs_tests::simulation::{Report, first_detection, in_parallel, run_with};

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
    threads: usize,
    /// Inject the bug with the name that begins with this text
    #[arg(long)]
    sabotage: Option<String>,
    /// Print, for each bug, the seed of the range with the shortest run that detects it; with `--sabotage`, the
    /// first one that detects this bug
    #[arg(long)]
    first_detections: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.first_detections { find_detections(&arguments) } else { run_seeds(&arguments) }
}

fn run_seeds(arguments: &Arguments) -> ExitCode {
    let verbose = arguments.seed.is_some();
    let sabotage = arguments.sabotage.as_deref().map(|name| {
        let found = sabotage::all().find(|(_, sabotage)| sabotage.name.starts_with(name));
        found.expect("a file of world/sabotage names it").1
    });
    let failed = AtomicU64::new(0);
    let (faults, answers) = (Mutex::new(BTreeMap::new()), Mutex::new(BTreeMap::new()));
    let seeds = range(arguments);
    in_parallel(&seeds, arguments.threads, |seed| {
        let report = run_with(*seed, verbose, sabotage);
        add(&faults, &report.faults);
        add(&answers, &report.answers);
        let Report { theme, sizes, hash, violations, .. } = report;
        for violation in &violations {
            println!("seed {seed}: {violation}");
        }
        if verbose || !violations.is_empty() {
            println!("run of seed {seed}: {theme:?} {sizes:?}");
        }
        if verbose {
            println!("hash {hash:016x}");
        }
        failed.fetch_add(u64::from(!violations.is_empty()), Ordering::Relaxed);
    });
    let answers = answers.into_inner().expect("a lock");
    print_counts("responses to reward requests, by status and code", answers);
    let faults = faults.into_inner().expect("a lock").into_iter();
    print_counts("injected faults", faults.map(|(fault, count)| (format!("{fault:?}"), count)));
    let failed = failed.into_inner();
    println!("{failed} of {} seeds violated a promise", seeds.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the seed with the shortest run that detects each bug, or the first one for a single bug. Fails if no
/// seed of the range detects one of them.
fn find_detections(arguments: &Arguments) -> ExitCode {
    let prefix = arguments.sabotage.as_deref().unwrap_or_default();
    let sabotages: Vec<_> =
        sabotage::all().filter(|(_, sabotage)| sabotage.name.starts_with(prefix)).collect();
    let undetected = AtomicU64::new(0);
    let seeds = match sabotages.len() {
        1 => range(arguments),
        _ => shortest_first(&range(arguments), arguments.threads),
    };
    in_parallel(&sabotages, arguments.threads, |(domain, sabotage)| {
        match first_detection(domain, sabotage, seeds.iter().copied()) {
            Some(Report { seed, .. }) => println!("{}: {}: seed {seed}", domain.name, sabotage.name),
            None => {
                println!("{}: {}: no seed", domain.name, sabotage.name);
                undetected.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    if undetected.into_inner() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the seeds, and returns them in the order of the times that their runs took.
fn shortest_first(seeds: &[u64], threads: usize) -> Vec<u64> {
    let times = Mutex::new(Vec::new());
    in_parallel(seeds, threads, |seed| {
        let began = Instant::now();
        run_with(*seed, false, None);
        times.lock().expect("a lock").push((began.elapsed(), *seed));
    });
    let mut times = times.into_inner().expect("a lock");
    times.sort_unstable();
    times.into_iter().map(|(_, seed)| seed).collect()
}

/// Prints a table with a line for each name.
fn print_counts(title: &str, counts: impl IntoIterator<Item = (String, u64)>) {
    println!("{title}:");
    counts.into_iter().for_each(|(name, count)| println!("{count:>10}  {name}"));
}

fn add<K: Ord + Clone>(sums: &Mutex<BTreeMap<K, u64>>, counts: &BTreeMap<K, u64>) {
    let mut sums = sums.lock().expect("a lock");
    for (name, count) in counts {
        *sums.entry(name.clone()).or_default() += count;
    }
}

/// Returns the seeds that the arguments name.
fn range(arguments: &Arguments) -> Vec<u64> {
    match arguments.seed {
        Some(seed) => vec![seed],
        None => (arguments.from..arguments.from + arguments.seeds).collect(),
    }
}
