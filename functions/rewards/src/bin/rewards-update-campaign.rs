fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::update_campaign::ROUTE)
}
