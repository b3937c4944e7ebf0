fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::list_my_activities::ROUTE)
}
