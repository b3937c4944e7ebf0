//! PATCH /events/{event_id}/rewards/{reward_id}
fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::update_offer::ROUTE)
}
