//! Tests of promises to many concurrent buyers of one deal.

use dibs_tests::assert_each_eq;
use std::collections::BTreeMap;
use std::time::Duration;

use dibs_tests::cost::in_paused_time;
use dibs_tests::rush::{OrderResponse, Sale};
use domain::Quantity;
use domain::stock::StockCounts;
use tokio::time::Instant;

const UNITS: u32 = 10_000;
const BUYERS: usize = 20_000;
/// Maximum time from the first order until all units are taken.
const SOLD_WITHIN: Duration = Duration::from_secs(2);
/// Maximum age of the stock on which a refusal is decided.
const SECOND: Duration = Duration::from_secs(1);

fn outcomes(responses: &[OrderResponse]) -> BTreeMap<(u16, &str), usize> {
    let mut outcomes = BTreeMap::new();
    for one in responses {
        *outcomes.entry((one.status, one.code.as_str())).or_default() += 1;
    }
    outcomes
}

/// Returns the lowest number of available units up to the response.
fn least_left(taken: &[(Instant, u32)], response: &OrderResponse) -> u32 {
    // Units are only taken here, so the lowest number is the last one.
    let until = taken.partition_point(|(at, _)| *at <= response.came);
    UNITS - taken[..until].last().map_or(0, |(_, taken)| *taken)
}

/// Checks twenty thousand orders for ten thousand units: all units are taken within two seconds, no order is
/// refused before that, no partition key exceeds DynamoDB's limit of write units, and later orders write
/// nothing.
#[test]
fn twenty_thousand_buyers_for_ten_thousand_units() {
    in_paused_time(async {
        let mut sale = Sale::start(7, UNITS).await;
        let opened = Instant::now();
        let responses = sale.rush(BUYERS, SECOND).await;
        let taken = sale.dynamo.taken();
        let sold_out = taken.last().map(|(at, _)| *at - opened);
        let answered = responses
            .iter()
            .filter(|response| response.status == 201)
            .map(|response| response.came - opened)
            .max();
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
        assert_eq!(outcomes(&responses), BTreeMap::from(expected));
        assert!(answered.is_some_and(|after| after <= SOLD_WITHIN), "{answered:?}");
        for one in responses.iter().filter(|response| response.status == 409) {
            assert_each_eq!((one.available, Some(0)), (least_left(&taken, one), 0), "{one:?}");
        }
        let counts = sale.app.store().count_units(&sale.deal.stock()).await.expect("the units");
        assert_eq!(counts, StockCounts { reserved: Quantity(UNITS), ..StockCounts::default() });

        tokio::time::sleep(SECOND).await;
        let before = sale.dynamo.units();
        let late = sale.rush(10_000, SECOND).await;
        assert_eq!(outcomes(&late), BTreeMap::from([((409, "INSUFFICIENT_STOCK"), 10_000)]));
        assert_eq!(sale.dynamo.units() - before, 0.0, "who is too late writes nothing");
    });
}
