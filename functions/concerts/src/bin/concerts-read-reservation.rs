fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::read_reservation::ROUTE)
}
