//! `cargo run -p dibs-tests --bin grants`: does every role of `terraform/functions.json` allow just what its
//! function was seen to call by the tests that ran since `target/infra/calls` was emptied?

use std::process::ExitCode;

use clap::Parser;
use dibs_tests::grants::{Functions, calls_folder, kept, never_used, not_allowed, roles};

/// Compares the roles of the functions with the calls that the tests have recorded.
#[derive(Parser)]
struct Options {
    /// Print what was called as JSON, in the form of terraform/functions.json, and compare nothing.
    #[arg(long)]
    calls: bool,
}

fn main() -> ExitCode {
    match compare(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("grants: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> std::io::Result<ExitCode> {
    let calls = kept().map_err(|error| {
        let folder = calls_folder();
        std::io::Error::other(format!("{}: {error}; run the tests first", folder.display()))
    })?;
    if options.calls {
        println!("{}", serde_json::to_string_pretty(&calls)?);
        return Ok(ExitCode::SUCCESS);
    }
    let Some(roles) = roles()?.0 else {
        return Err(std::io::Error::other("there is no terraform/functions.json"));
    };
    let differences = [not_allowed(&calls, &roles), never_used(&roles, &calls)].concat();
    for difference in &differences {
        println!("{difference}");
    }
    if !differences.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    println!("{} functions call what their roles allow: {} actions on resources", roles.len(), count(&roles));
    Ok(ExitCode::SUCCESS)
}

fn count(functions: &Functions) -> usize {
    let resources =
        functions.values().flat_map(|grants| grants.tables.values().chain(grants.queues.values()));
    resources.map(std::collections::BTreeSet::len).sum()
}
