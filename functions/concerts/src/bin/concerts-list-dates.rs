fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::list_dates::ROUTE)
}
