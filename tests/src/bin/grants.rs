//! Compares the roles in `terraform/functions.json` with the calls that the tests recorded in
//! `target/infra/calls`: each role must allow exactly the calls of its function. Run with `cargo run -p
//! dibs-tests --bin grants`, after the tests.

use std::process::ExitCode;

use dibs_tests::grants::{Functions, calls_folder, kept, never_used, not_allowed, roles};

fn main() -> ExitCode {
    match compare() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("grants: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> std::io::Result<ExitCode> {
    let calls = kept().map_err(|error| {
        let folder = calls_folder();
        std::io::Error::other(format!("{}: {error}; run the tests first", folder.display()))
    })?;
    let Some(roles) = roles()?.0 else {
        return Err(std::io::Error::other("there is no terraform/functions.json"));
    };
    let differences = [not_allowed(&calls, &roles), never_used(&roles, &calls)].concat();
    for difference in &differences {
        println!("{difference}");
    }
    if !differences.is_empty() {
        println!("`tests/generate --all` writes what the tests call");
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
