fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::cancel_reservation::ROUTE)
}
