fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::record_activities::ROUTE)
}
