//! Seeds that found a bug. They are never removed. Each description names the bug that the seed found then: a
//! change of the simulation turns the seed into another run, which does no harm.
//!
//! Each bug of the product has a directed test, which plays the order of events that the seed found and fails
//! without the fix. Seeds that found a bug of a checker or of the harness have none.
//!
//! | seed | test |
//! |---|---|
//! | 0 | `contract::codes::a_user_has_a_code_in_each_campaign` |
//! | 1 | `regressions::refusals_of_one_request_in_one_millisecond_are_two_events` |
//! | 8 | `regressions::charges_without_a_key_in_one_millisecond_are_two_charges` |
//! | 36 | `contract::codes::return_in_one_campaign_keeps_the_code_of_another` |
//! | 137 | `domain::claims::tests::granting::trouble_of_one_delivery_is_no_news_where_another_came_to_an_end` |
//! | 142 | `regressions::line_is_granted_by_a_worker_that_reads_the_claim_from_before_it` |
//! | 71_000_120 | `regressions::position_in_two_due_checks_is_ended_once` |
//! | 20_001_323 | `overtaken::order_without_a_key_knows_its_success_after_a_worker_closed_it` |
//! | 73_000_033 | `api::rewards::barred_recipients::grant_that_was_made_before_the_ban_is_found_and_kept` |
//! | 72_002_670, 72_004_698 | `regressions::refused_call_of_one_of_two_workers_that_began_at_once_is_not_the_only_call` |
//! | 9_000_805 | `domain::claims::tests::key_stands_in_one_line_of_a_reward` |
//! | 72_003_153 | `api::accounts::refresh::late_response_to_one_tab_does_not_undo_the_rotation_of_another` |

/// Regression seeds with the bugs that they found.
pub const REGRESSIONS: &[(u64, &str)] = &[
    (
        0,
        "a user had the same code in two campaigns that offer one pool: the bucket knew the holder, but not of which campaign",
    ),
    (
        1,
        "of two refusals of one request in the same millisecond the outbox heard once: they were told apart by their content",
    ),
    (8, "two charges without a key of one user, of one amount and in one millisecond, were taken for one"),
    (36, "a code was given back while a line had it, as its unit was taken over for another campaign"),
    (
        137,
        "a worker's failed try put a line back to `granting` that another delivery of the message had brought to its end",
    ),
    (142, "the granter read a claim from before the message it worked on, and nobody granted the new line"),
    (
        71_000_120,
        "two stretches of the line that were due named one place, whose end was written twice in one update: DynamoDB \
         refuses that, and the waiting room stood still for good",
    ),
    (
        20_001_323,
        "an order whose write lost its answer was closed by a worker before the write came again, which then took its own order for another request's",
    ),
    (
        20_001_704,
        "of a checker: somebody was let in by a clock that was behind and refused by one that was ahead, and was not given another place",
    ),
    (238, "of the harness: a function that stood still and then got stuck was waited for for ever"),
    (
        71_000_027,
        "of a checker: a rate that is not used is saved up for three looks, and the checker knew of two",
    ),
    (
        71_000_247,
        "of a checker: a look that only went past people who had left was taken for one that let somebody in",
    ),
    (
        71_000_319,
        "of a checker: somebody who was told that their place is over asked for it again for ten minutes, and did not \
         join again",
    ),
    (
        73_000_033,
        "a coupon's grant was written and its answer lost; then its user closed the account, and the next worker let the \
         line fail and gave its code back, though the grant was there",
    ),
    (
        72_002_670,
        "two deliveries of one message began their calls of the fulfilment service in equal writes: each took the other's \
         for its own, and a gateway's refusal of one call for the answer to the only one, though the other was granted",
    ),
    (72_004_698, "the same, where the refused call came first"),
    (
        72_004_512,
        "of a checker: a request to pause a campaign that got no answer stood still, and came through after the campaign \
         was activated again",
    ),
    (
        9_000_805,
        "one Idempotency-Key stood in two lines of one reward: the line that it had made failed, and its repeat took \
         another line that had failed before",
    ),
    (
        72_002_170,
        "of a checker: a payment that the provider had refused was asked for again by the same key, and got no answer until \
         the deal was canceled",
    ),
    (72_002_207, "of a checker: a payment was asked for and refused twice"),
    (
        72_003_718,
        "of a checker: the refusal of a payment that was asked for again was written after the order was over",
    ),
    (
        72_003_153,
        "of the harness: of two tabs one kept its token and the other got the next one, and the member went on with the \
         cookie of the first tab in place of the last response. A late response could do that to a browser",
    ),
];
