//! Claims living on the local stack: the stage, the players, and the ten lives of the rules (§10).
//!
//! Everything here goes over HTTP as signed-in people, with real files uploaded and the real periods, by time travel.
//! `cargo xtask demo` plays the ten lives and tells them; the end-to-end suite plays them and many more.

mod deed;
mod document;
mod failure;
pub mod faults;
mod lives;
mod patience;
mod play;
mod stage;

pub use deed::Deed;
pub use document::{docx, encrypted_pdf, infected_pdf, pdf, png, slow_pdf};
pub use failure::Failed;
pub use lives::{LIVES, Life, play_lives};
pub use patience::{Patience, Tally};
pub use play::Play;
pub use stage::{Stage, Told};
