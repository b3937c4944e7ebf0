fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::SETTLE_RESERVATIONS)
}
