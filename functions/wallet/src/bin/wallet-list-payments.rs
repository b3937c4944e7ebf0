fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::list_payments::ROUTE)
}
