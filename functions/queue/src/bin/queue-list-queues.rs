fn main() -> Result<(), edge::StartError> {
    edge::start(&queue::list_queues::ROUTE)
}
