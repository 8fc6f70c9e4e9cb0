//! A real browser on the pages: what the tests in `tests/browser` and the pictures of the documentation are made with.
//!
//! [`Browsers::somebody`] opens a [`Window`] of Debian's Chromium for somebody who has never been here. A window does what a
//! person does: it reads, fills in forms by their labels, presses buttons by their words, and looks at the
//! page in other widths and colours, by keyboard alone or without scripts.

mod axe;
mod browser;
mod driver;
mod keyboard;
mod view;
mod weight;
mod window;

pub use browser::Browsers;
pub use keyboard::Key;
pub use view::Colours;
pub use weight::Weight;
pub use window::Window;
