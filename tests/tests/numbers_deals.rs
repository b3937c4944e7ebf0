//! The numbers that dibs promises for one deal under a crowd.

use std::collections::BTreeMap;
use std::time::Duration;

use dibs_tests::cost::in_paused_time;
use dibs_tests::rush::{Sale, Told};
use domain::stock::Counts;
use tokio::time::Instant;

const UNITS: u32 = 10_000;
const BUYERS: usize = 20_000;
/// From the first buyer to the last unit.
const SOLD_WITHIN: Duration = Duration::from_secs(2);
/// How old the truth of a refusal may be.
const SECOND: Duration = Duration::from_secs(1);

fn outcomes(told: &[Told]) -> BTreeMap<(u16, &str), usize> {
    let mut outcomes = BTreeMap::new();
    for one in told {
        *outcomes.entry((one.status, one.code.as_str())).or_default() += 1;
    }
    outcomes
}

/// How few units nobody had at one moment from a second before a request until its answer.
fn least_left(taken: &[(Instant, u32)], told: &Told) -> u32 {
    // Units only go, so there were the fewest at the end.
    let until = taken.partition_point(|(at, _)| *at <= told.came);
    UNITS - taken[..until].last().map_or(0, |(_, taken)| *taken)
}

/// Twenty thousand buyers for ten thousand units: within two seconds each unit is somebody's, nobody is
/// refused before there is none, no partition key takes more than DynamoDB gives it, and who comes later
/// writes nothing.
#[test]
fn twenty_thousand_buyers_for_ten_thousand_units() {
    in_paused_time(async {
        let mut sale = Sale::start(7, UNITS).await;
        let opened = Instant::now();
        let told = sale.rush(BUYERS, SECOND).await;
        let taken = sale.dynamo.taken();
        let sold_out = taken.last().map(|(at, _)| *at - opened);
        let answered = told.iter().filter(|told| told.status == 201).map(|told| told.came - opened).max();
        {
            let heat = sale.dynamo.heat();
            println!(
                "{UNITS} units, {BUYERS} buyers within a second: taken after {sold_out:?}, the last of them told after \
                 {answered:?}; {} write units for each; the most within a second {} to {}; {} calls throttled",
                sale.dynamo.units() / f64::from(UNITS),
                heat.peak.0,
                heat.peak.1,
                heat.throttled,
            );
            assert!(heat.peak.0 <= 1_000.0, "{:?}", heat.peak);
        }
        let refused = BUYERS - UNITS as usize;
        let expected = [((201, ""), UNITS as usize), ((409, "INSUFFICIENT_STOCK"), refused)];
        assert_eq!(outcomes(&told), BTreeMap::from(expected));
        assert!(answered.is_some_and(|after| after <= SOLD_WITHIN), "{answered:?}");
        for one in told.iter().filter(|told| told.status == 409) {
            assert_eq!((one.available, least_left(&taken, one)), (Some(0), 0), "{one:?}");
        }
        let counts = sale.app.store().count_units(&sale.deal.stock()).await.expect("the units");
        assert_eq!(counts, Counts { left: 0, reserved: UNITS, sold: 0 });

        tokio::time::sleep(SECOND).await;
        let before = sale.dynamo.units();
        let late = sale.rush(10_000, SECOND).await;
        assert_eq!(outcomes(&late), BTreeMap::from([((409, "INSUFFICIENT_STOCK"), 10_000)]));
        assert_eq!(sale.dynamo.units() - before, 0.0, "who is too late writes nothing");
    });
}
