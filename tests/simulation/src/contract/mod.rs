//! The behaviour of DynamoDB and S3 that the product relies on, as test cases. The same cases run against the simulated
//! table and bucket and against the local stack's, so that the simulation does not drift from the real services.
//!
//! The documentation of AWS decides what is right. Where the local stack's emulator differs from it, the case gives the
//! reason ([`Case::emulator_differs`]), and the run against the emulator fails once the emulator no longer differs.

/// A list of cases, each a function whose name is a sentence.
macro_rules! cases {
    ($($name:ident $(unless emulated: $reason:literal)?),* $(,)?) => {
        pub(super) fn cases() -> Vec<$crate::contract::Case> {
            vec![$($crate::contract::Case {
                name: stringify!($name),
                run: |fixture| Box::pin($name(fixture)),
                emulator_differs: None$(.or(Some($reason)))?,
            }),*]
        }
    };
}
mod conditions;
mod files;
mod fixture;
mod in_memory_bucket;
mod indexes;
mod reads;
mod stream;
mod stream_reader;
mod transactions;
mod updates;

use std::future::Future;
use std::pin::Pin;

pub use fixture::{Failed, Fixture, StreamReader, StreamRecord};
pub use in_memory_bucket::InMemoryBucket;

/// The result of a case.
pub type CaseResult = Result<(), Failed>;

type Run = for<'a> fn(&'a Fixture) -> Pin<Box<dyn Future<Output = CaseResult> + Send + 'a>>;

/// A test case: the sentence that it proves, and the code that proves it.
#[derive(Clone, Copy)]
pub struct Case {
    /// The sentence, which is also the name of the test.
    pub name: &'static str,
    /// The code of the test.
    pub run: Run,
    /// Why the emulator fails the case, where it does not behave as AWS is documented to.
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
