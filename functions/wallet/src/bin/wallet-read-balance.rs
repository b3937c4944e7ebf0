fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::read_balance::ROUTE)
}
