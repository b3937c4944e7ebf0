fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::take_callback::ROUTE)
}
