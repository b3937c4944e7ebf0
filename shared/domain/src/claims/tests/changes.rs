//! Tests of the changes that a claim records. The relay makes a domain event of each.

use super::*;

/// Reproduces simulation seed 1: one request arrived twice, and each time its condition was not met. The two
/// changes are equal in all that an older version of dibs stored of them.
#[test]
fn second_refusal_in_the_same_millisecond_is_a_change_of_its_own() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 1));
    for _ in 0..2 {
        let before = claim.clone();
        claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1));
        claim.version += 1;
        let changes: Vec<_> =
            claim.changes_since(Some(&before)).iter().map(|change| (change.to, change.at)).collect();
        assert_eq!(changes, [(LineStatus::Failed, at(1))], "in version {}", claim.version);
    }
}

/// An older version of dibs kept both refusals in the history, without the versions that contained them first.
#[test]
fn second_refusal_that_the_version_before_wrote_is_a_change_of_its_own() {
    let (mut before, offer) = (claim(), offer("rwd_1", 1));
    before.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1));
    let before = of_version_before(before);
    let mut after = before.clone();
    after.history.push(before.history[0].clone());
    assert_eq!(after.changes_since(Some(&before)), [&after.history[1]]);
}
