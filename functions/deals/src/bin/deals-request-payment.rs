//! POST /orders/{order_id}/payments
fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::request_payment::ROUTE)
}
