//! POST /concerts/{concert_id}/reservations
fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::create_reservation::ROUTE)
}
