use assertions::assert_each_eq;
use proptest::prelude::*;

use super::*;
use crate::deals::HOLD_SECONDS_DEFAULT;
use crate::products::{Category, ProductSnapshot};

pub(super) const UNTIL: i64 = 1000;

pub(super) fn at(ms: i64) -> Timestamp {
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
        starts_at: at(0),
        ends_at: at(1_000_000),
        status: crate::deals::DealStatus::Active,
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

pub(super) fn id() -> OrderId {
    OrderId::new(UserId::new("ann"), "1")
}

fn part(bucket: u32, quantity: u32) -> OrderPart {
    OrderPart { bucket, quantity: Quantity(quantity) }
}

pub(super) fn reserved() -> Order {
    let buyer = Buyer { id: id(), queue_position: None, request_fingerprint: None };
    Order::reserve(buyer, &deal(), vec![part(3, 2), part(5, 1)], at(UNTIL), at(0))
}

pub(super) fn payment() -> PaymentId {
    PaymentId::new(UserId::new("ann"), 7)
}

pub(super) fn kinds(order: &Order) -> Vec<OrderEventKind> {
    order.log.iter().map(|event| event.kind).collect()
}

pub(super) fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code
}

#[test]
fn a_quantity_is_a_whole_number_within_bounds() {
    let quantity = |text: &str| quantity(&serde_json::from_str(text).unwrap());
    for (text, fine) in [("1", 1), ("10", 10)] {
        assert_eq!(quantity(text).unwrap(), fine);
    }
    for text in ["0", "-1", "11", "100", "1.5", "4294967297", "1e300"] {
        let error = quantity(text).unwrap_err();
        assert_each_eq!(
            (error.code, Code::InvalidQuantity),
            (error.details.unwrap()["max"].as_u64(), Some(10)),
            "{text}"
        );
    }
}

#[test]
fn what_is_reserved_ends_in_one_way() {
    let order = reserved();
    assert_each_eq!(
        (order.status, OrderStatus::Reserved),
        (order.quantity, Quantity(3)),
        (order.total_price(), crate::Money(89_700)),
        (order.version, 1)
    );
    assert_eq!(kinds(&order), [OrderEventKind::Created, OrderEventKind::StockReserved]);
    let paid = order.pay(payment(), at(UNTIL - 1)).unwrap();
    assert_each_eq!((paid.status_at(at(9 * UNTIL)), OrderStatus::Confirmed), (paid.version, 2));
    assert_eq!(kinds(&paid)[2..], [OrderEventKind::PaymentCompleted, OrderEventKind::Confirmed]);
    assert_eq!(code(paid.pay(payment(), at(0))), Code::AlreadyPaid);
    assert_eq!(code(paid.cancel(None, OrderEndReason::DealCanceled, at(0))), Code::CannotCancel);
    assert_eq!(paid.expire(at(UNTIL)), paid);
    let canceled = order.cancel(Some(UserId::new("ann")), OrderEndReason::Requested, at(1)).unwrap();
    assert_each_eq!(
        (canceled.status, OrderStatus::Canceled),
        (canceled.reason, Some(OrderEndReason::Requested))
    );
    assert_eq!(kinds(&canceled)[2..], [OrderEventKind::StockReleased, OrderEventKind::Canceled]);
    assert_eq!(canceled.when(OrderEventKind::Canceled), Some(at(1)));
    assert_eq!(code(canceled.cancel(None, OrderEndReason::DealCanceled, at(1))), Code::AlreadyCanceled);
    assert_eq!(code(canceled.pay(payment(), at(1))), Code::HoldExpired);
    assert_eq!(canceled.expire(at(UNTIL)), canceled);
}

#[test]
fn what_is_over_is_over_before_anybody_writes_it_down() {
    let order = reserved();
    assert_eq!(order.expire(at(UNTIL - 1)), order);
    let expired = order.expire(at(UNTIL));
    assert_eq!(expired.log[2].actor, None, "by dibs");
    for over in [order, expired] {
        assert_eq!(over.status_at(at(UNTIL)), OrderStatus::Canceled);
        assert_eq!(over.reason_at(at(UNTIL)), Some(OrderEndReason::Expired));
        assert_eq!(code(over.pay(payment(), at(UNTIL))), Code::HoldExpired);
        assert_eq!(code(over.cancel(None, OrderEndReason::Requested, at(UNTIL))), Code::AlreadyCanceled);
    }
}

#[test]
fn an_order_says_what_becomes_of_its_units() {
    let order = reserved();
    let due = |order: &Order| [3, 5, 6].map(|bucket| order.due(bucket));
    assert_eq!(due(&order), [BucketAction::Keep, BucketAction::Keep, BucketAction::GiveBack]);
    assert_eq!(
        due(&order.pay(payment(), at(0)).unwrap()),
        [BucketAction::Settle, BucketAction::Settle, BucketAction::GiveBack]
    );
    assert_eq!(due(&order.expire(at(UNTIL))), [BucketAction::GiveBack; 3]);
    let abandoned = Order::abandoned(id(), &deal(), part(3, 2), at(9));
    assert_each_eq!(
        (abandoned.status, OrderStatus::Failed),
        (abandoned.reason, Some(OrderEndReason::Abandoned))
    );
    assert_eq!(due(&abandoned), [BucketAction::GiveBack; 3]);
    assert_eq!(code(abandoned.cancel(None, OrderEndReason::Requested, at(9))), Code::CannotCancel);
    assert_eq!(code(abandoned.pay(payment(), at(9))), Code::HoldExpired);
}

#[test]
fn a_log_says_what_there_is_to_know() {
    let paid = reserved().ask_payment(None, at(1)).unwrap().pay(payment(), at(2)).unwrap();
    let payloads: Vec<_> = paid.log.iter().map(|event| event.payload(&paid)).collect();
    assert_eq!(
        payloads[0],
        json!({"time_deal_id": "tdl_1", "quantity": 3, "unit_price": 29_900, "total_price": 89_700})
    );
    assert_eq!(payloads[2], json!({"reference": "usr_ann:1:1", "amount": 89_700}));
    assert_eq!(payloads[3], json!({"reference": "usr_ann:7", "amount": 89_700}));
    assert_eq!(serde_json::to_value(paid.log[1].kind).unwrap(), "STOCK_RESERVED");
}

proptest! {
    #[test]
    fn the_log_leads_to_the_status_and_the_end_is_the_end(
        steps in prop::collection::vec((0..9u8, 0..2000i64, 1..4usize), 1..60),
    ) {
        let mut order = reserved();
        for (step, ms, number) in steps {
            let now = at(ms);
            let reference = format!("{}:{number}", order.id);
            let report = PaymentReport {
                reference: reference.clone(), order_id: order.id.clone(), status: ProviderOutcome::Failed, amount: 89_700,
            };
            let known = order.outcome_of_report(&report).ok();
            let next = match step {
                0 => order.pay(payment(), now).ok(),
                1 => order.cancel(Some(UserId::new("ann")), OrderEndReason::Requested, now).ok(),
                2 => order.cancel(None, OrderEndReason::DealCanceled, now).ok(),
                3 | 4 => order.ask_payment(None, now).ok().filter(|next| *next != order),
                5 => known.map(|_| order.fail_payment(&reference, now)).filter(|next| *next != order),
                6 | 7 if known.is_some_and(|known| known != Some(ProviderOutcome::Completed)) => {
                    let paid = order.pay_by_provider(&reference, payment(), now);
                    Some(paid.unwrap_or_else(|_| order.record_late_payment(&reference, now)))
                }
                6 | 7 => None,
                _ => Some(order.expire(now)).filter(|next| *next != order),
            };
            let Some(next) = next else { continue };
            prop_assert_eq!(next.version, order.version + 1);
            prop_assert_eq!(replay(&next.log), next.status);
            prop_assert_eq!(&next.log[..order.log.len()], &order.log[..]);
            if next.status != order.status {
                prop_assert_eq!(order.status, OrderStatus::Reserved);
                let in_time = next.reason != Some(OrderEndReason::Expired);
                prop_assert_eq!(in_time, now < order.expires_at);
            }
            order = next;
        }
        let is_end = |event: &&OrderEvent| matches!(event.kind, OrderEventKind::Confirmed | OrderEventKind::Canceled);
        let ends = order.log.iter().filter(is_end).count();
        prop_assert!(ends <= 1);
        // Each payment is requested once, completes at most once and fails at most once.
        for number in 1..=PAYMENTS_ASKED_MAX {
            let reference = format!("{}:{number}", order.id);
            for kind in [OrderEventKind::PaymentRequested, OrderEventKind::PaymentFailed, OrderEventKind::PaymentCompleted] {
                let is_it = |event: &&OrderEvent| event.kind == kind && event.note.as_ref() == Some(&reference);
                prop_assert!(order.log.iter().filter(is_it).count() <= 1);
            }
        }
        prop_assert!(order.log.len() <= 4 + 3 * PAYMENTS_ASKED_MAX);
    }
}

#[test]
fn log_of_an_earlier_version_is_shown_with_the_release_before_the_cancellation() {
    let order = reserved();
    let canceled = order.cancel(None, OrderEndReason::DealCanceled, at(1)).unwrap();
    let mut old = canceled.clone();
    old.log.swap(2, 3);
    assert_each_eq!(
        (replay(&old.log), OrderStatus::Canceled),
        (kinds(&old)[2..].to_vec(), vec![OrderEventKind::Canceled, OrderEventKind::StockReleased])
    );
    let kinds = |order: &Order| shown(&order.log).iter().map(|(_, event)| event.kind).collect::<Vec<_>>();
    assert_each_eq!((kinds(&old), kinds(&canceled)), (kinds(&canceled), self::kinds(&canceled)));
    assert_eq!(shown(&old.log).iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 4, 3]);
    assert_each_eq!((order.updated_at(), at(0)), (canceled.updated_at(), at(1)));
}

#[test]
fn write_knows_its_success_whatever_was_written_after_it() {
    let asked = reserved().ask_payment(None, at(1)).unwrap();
    let canceled = asked.cancel(Some(UserId::new("ann")), OrderEndReason::Requested, at(2)).unwrap();
    let noted = canceled.record_late_payment("usr_ann:1:1", at(3));
    assert!(canceled.has_passed(&canceled) && noted.has_passed(&canceled) && noted.has_passed(&asked));
    let later = asked.cancel(Some(UserId::new("ann")), OrderEndReason::Requested, at(4)).unwrap();
    let by_dibs = asked.cancel(None, OrderEndReason::DealCanceled, at(2)).unwrap();
    assert!(!noted.has_passed(&later) && !noted.has_passed(&by_dibs) && !asked.has_passed(&canceled));
    assert!(!asked.has_passed(&reserved()), "a create is known by its id");
}
