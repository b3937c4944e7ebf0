//! DELETE /events/{event_id}/rewards/{reward_id}
fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::delete_offer::ROUTE)
}
