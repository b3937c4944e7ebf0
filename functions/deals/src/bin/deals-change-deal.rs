//! PATCH /timedeals/{deal_id}
fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::change_deal::ROUTE)
}
