//! Starts the function.

fn main() -> Result<(), claim_runtime::Error> {
    claim_runtime::run::<reference::Function>()
}
