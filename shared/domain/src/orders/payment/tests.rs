use super::super::tests::{UNTIL, at, code, id, kinds, payment, reserved};
use super::*;
use assertions::assert_each_eq;

fn report(reference: &str, amount: u64) -> PaymentReport {
    PaymentReport {
        reference: reference.to_owned(),
        order_id: id(),
        status: ProviderOutcome::Completed,
        amount,
    }
}

fn asked(order: &Order, key_fingerprint: Option<&str>) -> Order {
    order.ask_payment(key_fingerprint, at(1)).unwrap()
}

#[test]
fn the_provider_is_asked_for_one_payment_at_a_time() {
    let order = asked(&reserved(), None);
    assert_each_eq!((kinds(&order)[2], OrderEventKind::PaymentRequested), (order.version, 2));
    assert_eq!(order.open_payment(at(1)), Some("usr_ann:1:1"));
    assert_eq!(asked(&order, None), order, "while it is at it");
    assert_eq!(asked(&order, Some("k")), order);
    assert_eq!(order.open_payment(at(UNTIL)), None, "it is over");
    let failed = order.fail_payment("usr_ann:1:1", at(2));
    assert_each_eq!((failed.status, OrderStatus::Reserved), (failed.version, 3));
    assert_eq!(failed.fail_payment("usr_ann:1:1", at(3)), failed, "it comes twice");
    assert_eq!(failed.open_payment(at(3)), None);
    let again = asked(&failed, None);
    assert_eq!(again.open_payment(at(3)), Some("usr_ann:1:2"));
    assert_eq!(code(reserved().ask_payment(None, at(UNTIL))), Code::HoldExpired);
}

#[test]
fn request_is_known_by_its_key_whatever_the_provider_reports() {
    let order = asked(&reserved(), Some("k"));
    assert_eq!(order.open_payment(at(1)), Some("usr_ann:1:1.k"));
    let paid = order.pay_by_provider("usr_ann:1:1.k", payment(), at(2)).unwrap();
    for now in [at(3), at(UNTIL)] {
        assert_eq!(paid.ask_payment(Some("k"), now).unwrap(), paid);
        assert_eq!(order.ask_payment(Some("k"), now).unwrap(), order);
        assert_eq!(code(paid.ask_payment(None, now)), Code::AlreadyPaid);
        assert_eq!(code(paid.ask_payment(Some("other"), now)), Code::AlreadyPaid);
    }
    let failed = order.fail_payment("usr_ann:1:1.k", at(2));
    assert_eq!(asked(&failed, Some("k")), failed, "the first answer was a success");
    let other = asked(&failed, Some("other"));
    assert_eq!(other.open_payment(at(2)), Some("usr_ann:1:2.other"));
    let called_for = |key_fingerprint| other.payment_to_request(key_fingerprint, at(2));
    assert_each_eq!((called_for(Some("k")), None), (called_for(Some("other")), other.open_payment(at(2))));
    assert_each_eq!(
        (called_for(None), called_for(Some("other"))),
        (called_for(Some("new")), called_for(Some("other")))
    );
}

#[test]
fn refused_request_asks_for_the_same_payment_when_its_key_comes_again() {
    const REFERENCE: &str = "usr_ann:1:1.k";
    let refused = asked(&reserved(), Some("k")).refuse_payment(REFERENCE, at(2));
    assert_each_eq!((kinds(&refused)[3], OrderEventKind::PaymentFailed), (refused.open_payment(at(2)), None));
    let again = asked(&refused, Some("k"));
    assert_each_eq!(
        (kinds(&again)[4], OrderEventKind::PaymentRequested),
        (again.open_payment(at(2)), Some(REFERENCE))
    );
    assert_eq!(asked(&again, Some("k")), again, "while the provider is at it");
    // A late report about the first request is about the same payment.
    let failed = again.fail_payment(REFERENCE, at(3));
    assert_each_eq!((failed.open_payment(at(3)), None), (asked(&failed, Some("k")), failed.clone()));
    assert!(failed.pay_by_provider(REFERENCE, payment(), at(4)).is_ok());
    let twice = again.refuse_payment(REFERENCE, at(3));
    assert_eq!(asked(&twice, Some("k")).open_payment(at(3)), Some(REFERENCE));
    assert_eq!(asked(&twice, None).open_payment(at(3)), Some("usr_ann:1:3"), "numbers are not used again");
}

#[test]
fn the_provider_is_asked_so_often() {
    let mut order = reserved();
    for number in 1..=PAYMENTS_ASKED_MAX {
        order = asked(&order, None).fail_payment(&format!("usr_ann:1:{number}"), at(1));
    }
    assert_eq!(code(order.ask_payment(None, at(1))), Code::Conflict);
    assert!(order.pay(payment(), at(3)).is_ok(), "in another way");
}

#[test]
fn a_report_is_about_a_payment_that_was_asked_for() {
    let order = asked(&reserved(), None);
    assert_eq!(order.outcome_of_report(&report("usr_ann:1:1", 89_700)).unwrap(), None);
    let error = order.outcome_of_report(&report("usr_ann:1:1", 89_699)).unwrap_err();
    assert_eq!(error.details.unwrap(), json!({"amount": 89_699, "required": 89_700}));
    for unknown in ["usr_ann:1:2", "usr_ann:1:1.k", "usr_ann:1", ""] {
        assert_eq!(code(order.outcome_of_report(&report(unknown, 89_700))), Code::NotFound);
    }
    let text = serde_json::to_value(report("r", 5)).unwrap();
    assert_eq!(text, json!({"reference": "r", "order_id": "usr_ann:1", "status": "completed", "amount": 5}));
}

#[test]
fn money_that_was_taken_pays_the_order_or_is_noted() {
    let order = asked(&reserved(), None);
    let known = |order: &Order| order.outcome_of_report(&report("usr_ann:1:1", 89_700)).unwrap();
    let paid = order.pay_by_provider("usr_ann:1:1", payment(), at(2)).unwrap();
    assert_each_eq!((paid.status, OrderStatus::Confirmed), (paid.payment.clone(), Some(payment())));
    assert_eq!(kinds(&paid)[3..], [OrderEventKind::PaymentCompleted, OrderEventKind::Confirmed]);
    assert_each_eq!((known(&paid), Some(ProviderOutcome::Completed)), (paid.version, 3));
    // The provider reports a failure first and a success later.
    let failed = order.fail_payment("usr_ann:1:1", at(2));
    assert_eq!(known(&failed), Some(ProviderOutcome::Failed));
    assert_eq!(
        known(&failed.pay_by_provider("usr_ann:1:1", payment(), at(3)).unwrap()),
        Some(ProviderOutcome::Completed)
    );
    // A late success leaves the status unchanged.
    for over in [order.expire(at(UNTIL)), order.pay(payment(), at(2)).unwrap(), order] {
        let late = at(UNTIL);
        assert!(over.pay_by_provider("usr_ann:1:1", payment(), late).is_err());
        let noted = over.record_late_payment("usr_ann:1:1", late);
        assert_each_eq!((noted.status, over.status), (noted.payment, over.payment));
        assert_eq!(noted.fail_payment("usr_ann:1:1", late), noted, "what was taken was taken");
        assert_eq!(known(&noted), Some(ProviderOutcome::Completed));
    }
}
