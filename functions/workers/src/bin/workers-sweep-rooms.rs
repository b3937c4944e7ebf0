fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::SWEEP_ROOMS)
}
