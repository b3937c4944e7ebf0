fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::read_claim::ROUTE)
}
