fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::decide_claim::ROUTE)
}
