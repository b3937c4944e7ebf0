//! `cargo run -p dibs-tests --bin generate`: writes the files that follow from Rust code. `tests/generate`
//! runs it and the generators that are scripts.

use std::process::ExitCode;

use clap::Parser;
use dibs_tests::generate::all;

/// Write the files that follow from the code
#[derive(Parser)]
struct Options {
    /// Leave out grants that no recorded call used; right after a run of all tests only
    #[arg(long)]
    exact: bool,
}

fn main() -> ExitCode {
    match write(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(options: &Options) -> std::io::Result<()> {
    for file in all(options.exact)? {
        if !file.is_committed() {
            file.write()?;
            println!("wrote {}", file.path);
        }
    }
    Ok(())
}
