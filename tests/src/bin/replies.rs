//! Lists the refusals and roles of the routes, and the types of domain events, that no test observed.

use std::process::ExitCode;

use dibs_tests::harness::document;
use dibs_tests::replies::{EVENTS, REPLIES, missing, missing_types};
use local::routes::routes;

fn main() -> ExitCode {
    let (replies, events) = match (REPLIES.all(), EVENTS.all()) {
        (Ok(replies), Ok(events)) => (replies, events),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("replies: {error}; run `cargo test --workspace`, which records them");
            return ExitCode::FAILURE;
        }
    };
    let routes = routes();
    let missing = [missing(routes, document(), &replies), missing_types(&events)].concat();
    for sentence in &missing {
        println!("{sentence}");
    }
    if missing.is_empty() {
        println!(
            "{} kinds of replies cover {} routes, and {} types of events occurred",
            replies.len(),
            routes.len(),
            events.len()
        );
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
