//! GET /concerts/{concert_id}/dates
fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::list_dates::ROUTE)
}
