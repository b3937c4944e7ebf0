//! Tests of money: balance, ledger and payments.

mod charge_balance;
mod concurrent_payments;
mod create_payment;
mod get_balance;
mod get_payment;
mod handle_payment_callback;
mod list_entries;
mod list_payments;
mod list_reports;
mod order_payments;

use dibs_tests::harness::{Call, Caller, Reply, TestApp};
use serde_json::{Value, json};

use super::checks::{bodies_are_checked, guarded, pages, paging_is_checked};

/// Id and date of a concert with 50 seats at a price of 100 each.
type Show = (String, String);

async fn show(app: &TestApp, settings: Value) -> Show {
    let concert = app.concert(settings).await;
    let date = app.date(&concert, json!({"price": 100})).await;
    (concert, date)
}

/// Reserves these seats, and returns the reservation's id.
async fn held(user: &Caller, (concert, date): &Show, seats: Value) -> String {
    id_of(&user.reserve(concert, date, seats).await.expect(201))
}

/// Creates a deal with these settings and a price of 100 per unit, and returns its id.
async fn sale(app: &TestApp, mut settings: Value) -> String {
    settings["original_price"] = json!(200);
    settings["deal_price"] = json!(100);
    app.deal(settings).await
}

/// Orders `quantity` units, and returns the order's id.
async fn ordered(user: &Caller, deal: &str, quantity: u32) -> String {
    id_of(&user.order(deal, quantity).await.expect(201))
}

fn id_of(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

fn pay(user: &Caller, reservation: &str) -> Call {
    user.post("/payments", json!({"reservation_id": reservation}))
}

fn charge(user: &Caller, amount: u64) -> Call {
    user.post("/balance/charge", json!({"amount": amount}))
}

async fn balance(user: &Caller) -> u64 {
    user.get("/balance").await.expect(200)["balance"].as_u64().unwrap()
}

/// Checks that one of `tries` to pay the same purchase was a payment, and that all others were refused.
fn expect_one_payment(tries: Vec<Reply>) {
    let (paid, refused): (Vec<Reply>, Vec<Reply>) = tries.into_iter().partition(|reply| reply.status == 201);
    assert_eq!(paid.len(), 1, "payments of {} tries", paid.len() + refused.len());
    refused.into_iter().for_each(|reply| drop(reply.refused(409, "ALREADY_PAID")));
}

/// Checks that the ledger of `user` is a chain without gaps that conserves money, and returns its entries,
/// oldest first.
async fn ledger(user: &Caller) -> Vec<Value> {
    let (mut entries, _) = pages(user, "/balance/ledger?limit=100").await;
    entries.reverse();
    let mut balance = 0;
    for (number, entry) in (1..).zip(&entries) {
        let amount = entry["amount"].as_i64().unwrap();
        balance += if entry["type"] == "charge" { amount } else { -amount };
        assert_eq!(entry["number"], number, "number of {entry}");
        assert_eq!(entry["balance_after"], balance, "balance of {entry}");
        assert!(balance >= 0);
    }
    assert_eq!(Some(self::balance(user).await), u64::try_from(balance).ok());
    entries
}
