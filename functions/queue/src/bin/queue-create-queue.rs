fn main() -> Result<(), edge::StartError> {
    edge::start(&queue::create_queue::ROUTE)
}
