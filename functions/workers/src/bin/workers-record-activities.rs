fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::RECORD_ACTIVITIES)
}
