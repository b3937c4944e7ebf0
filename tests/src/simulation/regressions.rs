//! Seeds that have found something. Each stays: what they say is what they found when they did, and a change
//! of the simulation makes other runs of them, which costs nothing.

/// A seed, and what it found.
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
    (238, "of the harness: a function that stood still and then got stuck was waited for for ever"),
];
