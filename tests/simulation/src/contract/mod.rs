//! What the product relies on of DynamoDB and S3, as cases that hold for the simulated table and bucket and for real ones
//! alike, so that the simulation does not drift from the truth.
//!
//! The documented behaviour of AWS decides. Where the local stack's emulator differs, the case says so with its reason
//! ([`Case::emulator_differs`]), and the run against the emulator fails once it no longer does.

/// A list of cases, each a function named by its sentence.
macro_rules! cases {
    ($($name:ident $(unless emulated: $reason:literal)?),* $(,)?) => {
        pub(super) fn cases() -> Vec<$crate::contract::Case> {
            vec![$($crate::contract::Case {
                name: stringify!($name),
                run: |scene| Box::pin($name(scene)),
                emulator_differs: None$(.or(Some($reason)))?,
            }),*]
        }
    };
}
mod conditions;
mod files;
mod indexes;
mod model;
mod reads;
mod scene;
mod shelf;
mod stream;
mod transactions;
mod updates;

use std::future::Future;
use std::pin::Pin;

pub use model::Model;
pub use scene::{Changed, Changes, Failed, Scene};
pub use shelf::Shelf;

/// What a case ends with.
pub type Outcome = Result<(), Failed>;

type Run = for<'a> fn(&'a Scene) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A case: the sentence that it proves, and what it does.
#[derive(Clone, Copy)]
pub struct Case {
    /// The sentence.
    pub name: &'static str,
    /// What it does.
    pub run: Run,
    /// Why the emulator does not pass it, though AWS is documented to.
    pub emulator_differs: Option<&'static str>,
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [
        conditions::cases(),
        files::cases(),
        indexes::cases(),
        reads::cases(),
        stream::cases(),
        transactions::cases(),
        updates::cases(),
    ]
    .concat()
}
