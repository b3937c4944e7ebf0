fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::evaluate_campaign::ROUTE)
}
