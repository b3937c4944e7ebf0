fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::list_rewards::ROUTE)
}
