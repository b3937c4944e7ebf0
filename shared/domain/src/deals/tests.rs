use assertions::assert_each_eq;
use proptest::prelude::*;

use super::*;
use crate::ids::ProductId;
use crate::products::Category;

const START: i64 = 10_000;
const END: i64 = 20_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn deal() -> Deal {
    let product = ProductSnapshot {
        id: ProductId::new("1"),
        name: "Cat tree".into(),
        description: String::new(),
        price: 45_000,
        image_url: None,
        thumbnail_url: None,
        category: Category::Living,
    };
    Deal {
        trail: crate::trail::Trail::default(),
        id: DealId::new("1"),
        product,
        original_price: 45_000,
        deal_price: 29_900,
        stock_quantity: Quantity(100),
        starts_at: at(START),
        ends_at: at(END),
        status: DealStatus::Scheduled,
        sold_out_at: None,
        hold_seconds: HOLD_SECONDS_DEFAULT,
        queue_id: None,
        created_at: at(0),
        updated_at: None,
        created_by: UserId::new("1"),
        request_fingerprint: None,
        version: 1,
    }
}

fn canceled() -> Deal {
    deal().change(&DealChanges { cancel: true, ..DealChanges::default() }, at(START)).unwrap()
}

#[test]
fn everything_wrong_is_said_at_once() {
    assert!(deal().terms().check().is_ok());
    let wrong = Deal { deal_price: 45_000, ends_at: at(START), stock_quantity: Quantity::ZERO, ..deal() };
    let details = wrong.terms().check().unwrap_err().details.unwrap().to_string();
    assert!(
        ["deal_price", "end_at", "stock_quantity"].iter().all(|field| details.contains(field)),
        "{details}"
    );
    for deal in [
        Deal { deal_price: 0, ..deal() },
        Deal { deal_price: 0, original_price: 0, ..deal() },
        Deal { original_price: PRICE_MAX + 1, ..deal() },
        Deal { stock_quantity: Quantity(UNITS_MAX + 1), ..deal() },
        Deal { ends_at: at(START - 1), ..deal() },
    ] {
        assert_eq!(deal.terms().check().unwrap_err().code, Code::ValidationError);
    }
}

#[test]
fn new_deal_ends_in_the_future() {
    assert!(deal().terms().check_ahead(at(END - 1)).is_ok());
    let details = deal().terms().check_ahead(at(END)).unwrap_err().details.unwrap();
    assert_eq!(details[0]["field"], "end_at");
}

#[test]
fn a_discount_is_rounded() {
    let rate = |original_price, deal_price| Deal { original_price, deal_price, ..deal() }.discount_rate();
    assert_eq!(rate(45_000, 29_900), 34);
    assert_each_eq!((rate(200, 199), 1), (rate(201, 200), 1), (rate(3, 1), 67), (rate(3, 2), 33));
    assert_each_eq!((rate(1_000_000, 1), 99), (rate(u64::MAX, 1), 99), (rate(u64::MAX, u64::MAX - 1), 1));
    assert_each_eq!(
        (rate(5, 0), 100),
        (rate(0, 0), 0),
        (rate(5, 5), 0),
        (rate(5, 6), 0),
        "free, and not cheaper"
    );
}

#[test]
fn the_clock_says_where_it_stands() {
    let deal = deal();
    for (ms, status, seconds) in [
        (0, DealStatus::Scheduled, 10),
        (START - 1, DealStatus::Scheduled, 1),
        (START, DealStatus::Active, 10),
        (START + 1, DealStatus::Active, 10),
        (END - 1, DealStatus::Active, 1),
        (END, DealStatus::Ended, 0),
        (END + 60_000, DealStatus::Ended, 0),
    ] {
        assert_each_eq!(
            (deal.status_at(at(ms), Quantity::ONE), status),
            (deal.remaining_seconds(at(ms), Quantity::ONE), seconds),
            "{ms}"
        );
        assert_eq!(deal.is_open(at(ms)), ms < END, "{ms}");
        assert!(!canceled().is_open(at(ms)), "{ms}");
        let refused = deal.check_active(at(ms)).err().map(|error| error.code);
        assert_eq!(refused, (status != DealStatus::Active).then_some(Code::DealNotActive), "{ms}");
        assert_each_eq!(
            (canceled().status_at(at(ms), Quantity::ONE), DealStatus::Canceled),
            (canceled().remaining_seconds(at(ms), Quantity::ONE), 0)
        );
    }
    assert_eq!(deal.status_at(at(START), Quantity::ZERO), DealStatus::Soldout);
    assert_each_eq!(
        (deal.remaining_seconds(at(START), Quantity::ZERO), 0),
        (deal.remaining_seconds(at(0), Quantity::ZERO), 10),
        "sold out"
    );
    assert!(deal.check_active(at(START)).is_ok(), "that nothing is left is for the stock to say");
    assert_each_eq!(
        (deal.status_at(at(0), Quantity::ZERO), DealStatus::Scheduled),
        (deal.status_at(at(END), Quantity::ZERO), DealStatus::Ended)
    );
}

#[test]
fn what_has_begun_keeps_its_start_and_its_prices() {
    let deal = deal();
    for changes in [
        DealChanges { starts_at: Patch(Some(at(START + 1))), ..DealChanges::default() },
        DealChanges { deal_price: Patch(Some(1)), ..DealChanges::default() },
        DealChanges { original_price: Patch(Some(50_000)), ..DealChanges::default() },
    ] {
        assert_eq!(deal.change(&changes, at(START - 1)).unwrap().version, 2);
        assert_eq!(deal.change(&changes, at(START)).unwrap_err().code, Code::Conflict);
    }
    let longer = DealChanges {
        ends_at: Patch(Some(at(END + 1))),
        deal_price: Patch(Some(29_900)),
        ..DealChanges::default()
    };
    assert_eq!(deal.change(&longer, at(START)).unwrap().ends_at, at(END + 1));
    let ended = deal.advance(at(END), Quantity::ONE);
    let prolonged = ended
        .change(&DealChanges { ends_at: Patch(Some(at(END + 5))), ..DealChanges::default() }, at(END))
        .unwrap();
    assert_each_eq!((ended.is_past(), true), (prolonged.is_past(), false));
    let backwards = DealChanges { ends_at: Patch(Some(at(START))), ..DealChanges::default() };
    assert_eq!(deal.change(&backwards, at(0)).unwrap_err().code, Code::ValidationError);
}

#[test]
fn what_is_canceled_stays_so() {
    let canceled = canceled();
    assert_each_eq!((canceled.status, DealStatus::Canceled), (canceled.version, 2));
    let again = DealChanges { cancel: true, ..DealChanges::default() };
    assert_eq!(canceled.change(&again, at(END)).unwrap(), canceled);
    let renamed = ProductSnapshot { name: "Cat house".into(), ..deal().product };
    let of_renamed = DealChanges { product: Patch(Some(renamed.clone())), ..DealChanges::default() };
    assert_eq!(canceled.change(&of_renamed, at(END)).unwrap(), canceled);
    assert_eq!(deal().change(&of_renamed, at(START)).unwrap().product, renamed);
    let longer = DealChanges { ends_at: Patch(Some(at(END + 1))), ..DealChanges::default() };
    assert_eq!(canceled.change(&longer, at(0)).unwrap_err().code, Code::Conflict);
    assert_eq!(canceled.advance(at(END), Quantity::ONE), canceled);
}

#[test]
fn a_summary_says_what_is_left() {
    let (deal, summary) = (deal(), UnitCounts::new(&deal()));
    assert_eq!(summary.available(&deal), 100);
    let next = UnitCounts { reserved: Quantity(30), sold: Quantity(12), ..summary };
    assert_eq!(next.available(&deal), 58);
}

#[test]
fn active_ones_are_listed_first_then_scheduled_ones() {
    let position = |status, ms, id: &str| DealSortKey::new(status, at(ms), DealId::new(id));
    let in_order = [
        position(DealStatus::Active, 1, "b"),
        position(DealStatus::Active, 2, "a"),
        position(DealStatus::Scheduled, 1, "a"),
        position(DealStatus::Canceled, 0, "a"),
        position(DealStatus::Soldout, 1, "a"),
        position(DealStatus::Ended, 1, "b"),
    ];
    assert!(in_order.is_sorted(), "{in_order:?}");
}

proptest! {
    #[test]
    fn a_stored_status_follows_the_clock(looks in prop::collection::vec((0..30_000i64, 0..3u32), 1..10)) {
        let mut stored = deal();
        for (ms, available) in looks {
            let available = Quantity(available);
            let next = stored.advance(at(ms), available);
            prop_assert_eq!(next.status, deal().status_at(at(ms), available));
            prop_assert_eq!(next.version, stored.version + u64::from(next.status != stored.status));
            prop_assert_eq!(next.is_past(), ms >= END);
            stored = next;
        }
    }
}
