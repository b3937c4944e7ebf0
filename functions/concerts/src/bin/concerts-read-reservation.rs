//! GET /reservations/{reservation_id}
fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::read_reservation::ROUTE)
}
