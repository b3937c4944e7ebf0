//! `cargo run -p dibs-tests --bin words`: measures the language of the doc comments, and fails when a figure
//! is out of bounds. With `--list` it prints each comment that counts against a figure, with `--draw SEED`
//! thirty comments at random to be read aloud.

use std::process::ExitCode;

use clap::Parser;
use dibs_tests::source::root;
use dibs_tests::source::words::{Figures, doc_comments};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// Number of comments that `--draw` prints.
const DRAWN: usize = 30;

/// Measures the language of the doc comments.
#[derive(Parser)]
struct Arguments {
    /// Print each comment that counts against a figure.
    #[arg(long)]
    list: bool,
    /// Print thirty comments, drawn by this seed.
    #[arg(long, value_name = "SEED")]
    draw: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let comments = doc_comments(&root());
    let figures = Figures::of(&comments);
    println!("{figures}");
    if arguments.list {
        for (title, list) in
            [("fragment", &figures.fragments), ("short", &figures.short), ("no verb", &figures.without_verb)]
        {
            for comment in list {
                println!("{title}: {}: {}", comment.place, comment.text);
            }
        }
    }
    if let Some(seed) = arguments.draw {
        for comment in comments.sample(&mut StdRng::seed_from_u64(seed), DRAWN) {
            println!("{}: {}\n    {}", comment.place, comment.item, comment.text);
        }
    }
    let violations = figures.violations();
    for violation in &violations {
        eprintln!("words: {violation}");
    }
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
