fn main() -> Result<(), edge::StartError> {
    edge::start(&queue::read_queue::ROUTE)
}
