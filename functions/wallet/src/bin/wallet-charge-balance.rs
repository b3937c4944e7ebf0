fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::charge_balance::ROUTE)
}
