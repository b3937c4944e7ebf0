fn main() -> Result<(), edge::StartError> {
    edge::start(&wallet::list_reports::ROUTE)
}
