fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::read_payment::ROUTE)
}
