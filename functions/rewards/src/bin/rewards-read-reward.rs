fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::read_reward::ROUTE)
}
