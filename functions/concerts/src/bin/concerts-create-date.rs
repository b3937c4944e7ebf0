//! POST /concerts/{concert_id}/dates
fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::create_date::ROUTE)
}
