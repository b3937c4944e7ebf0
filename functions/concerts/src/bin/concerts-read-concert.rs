//! GET /concerts/{concert_id}
fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::read_concert::ROUTE)
}
