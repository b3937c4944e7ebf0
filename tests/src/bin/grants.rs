//! Compares the roles in `terraform/functions.json` with the calls that the tests recorded in
//! `target/infra/calls`: each role must allow exactly the calls of its function. Run with `cargo run -p
//! dibs-tests --bin grants`, after the tests.

use std::process::ExitCode;

use clap::Parser;
use dibs_tests::grants::{Functions, calls_folder, kept, never_used, not_allowed, roles};

/// Compare the roles of the functions with the calls that the tests recorded
#[derive(Parser)]
struct Options {
    /// Print the recorded calls as JSON, in the form of terraform/functions.json, without comparing
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
