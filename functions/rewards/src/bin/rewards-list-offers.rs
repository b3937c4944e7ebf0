//! GET /events/{event_id}/rewards
fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::list_offers::ROUTE)
}
