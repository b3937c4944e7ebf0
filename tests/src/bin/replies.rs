//! Lists the refusals and roles of the routes that no test observed.

use std::process::ExitCode;

use dibs_tests::harness::document;
use dibs_tests::replies::{folder, missing, recorded};
use local::routes::routes;

fn main() -> ExitCode {
    let replies = match recorded() {
        Ok(replies) => replies,
        Err(error) => {
            eprintln!(
                "replies: {}: {error}; run `cargo test --workspace`, which records them",
                folder().display()
            );
            return ExitCode::FAILURE;
        }
    };
    let routes = routes();
    let missing = missing(routes, document(), &replies);
    for sentence in &missing {
        println!("{sentence}");
    }
    if missing.is_empty() {
        println!("{} kinds of replies cover {} routes", replies.len(), routes.len());
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
