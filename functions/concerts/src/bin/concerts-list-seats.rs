fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::list_seats::ROUTE)
}
