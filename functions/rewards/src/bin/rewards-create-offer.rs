fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::create_offer::ROUTE)
}
