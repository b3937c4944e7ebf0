//! GET /concerts/{concert_id}/dates/{date}/seats
fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::list_seats::ROUTE)
}
