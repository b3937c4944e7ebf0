//! GET /payments/{payment_id}
fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::read_payment::ROUTE)
}
