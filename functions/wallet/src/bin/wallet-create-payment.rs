fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::create_payment::ROUTE)
}
