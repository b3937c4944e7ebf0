fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::claim_rewards::ROUTE)
}
