//! What must hold: in every life, whatever goes wrong.
//!
//! Each property cites the invariant or the rule that it stands for. What can be seen at once is checked where it
//! happens; what takes time is checked at rest.

pub(crate) mod alarms;
pub(crate) mod answers;
pub(crate) mod assessment;
pub(crate) mod association;
pub(crate) mod clocks;
pub(crate) mod commits;
pub(crate) mod effects;
pub(crate) mod notices;
mod rest;
pub(crate) mod timers;
pub(crate) mod verdicts;

pub(crate) use rest::at_rest;

macro_rules! properties {
    ($($(#[$doc:meta])* $property:ident = $name:literal;)*) => {
        /// A property.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $($(#[$doc])* $property,)*
        }

        impl Property {
            /// Every property.
            pub const ALL: &'static [Self] = &[$(Self::$property,)*];

            /// The property as a sentence.
            pub fn name(self) -> &'static str {
                match self { $(Self::$property => $name,)* }
            }
        }
    };
}

properties! {
    /// I1: a claim is only ever written together with the events that make it so, by the function that decided them.
    WrittenByDecision = "I1 claims are written by decisions alone";
    /// I1, §2 of the rules: nothing happens to a claim that its status, and the role and assignment of whoever does it,
    /// do not allow.
    Lawful = "I1 only what the rules allow happens";
    /// I2: versions count the events, without gaps.
    Versions = "I2 versions have no gaps";
    /// I2: replaying a claim's events gives the stored claim.
    Replay = "I2 replay gives what is stored";
    /// I3: clocks are armed, paused, resumed and ended as the rules reckon them.
    Clocks = "I3 clocks are as the rules reckon them";
    /// I3: a clock is acted on once, in due order, and never early by the acting function's own clock.
    ActedOnce = "I3 a due clock is acted on once and never early";
    /// I3: a clock that is due is applied before the command, even where that is refused.
    DueFirst = "I3 what is due comes before the command, refused or not";
    /// I3: a read shows what is overdue as if it had been applied, under the stored revision.
    ReadsAsOf = "I3 a read shows what is overdue";
    /// I3: at rest no clock is left that was due.
    EveryClock = "I3 no due clock is forgotten";
    /// I4: a timer says what armed it, fires for nothing but its own generation, and not before its instant.
    Timers = "I4 a timer is a hint";
    /// I5: what must follow from an event is stored with it.
    EffectsStored = "I5 an event has the effects that it calls for";
    /// I5: an effect is marked as done when it was done, and stays settled.
    DoneIsDone = "I5 what is marked as done was done";
    /// I5: an effect is carried out by one at a time, and again only if it was cut off.
    OneAtATime = "I5 nothing is carried out twice unless it was cut off";
    /// I5: at rest nothing is unsettled but what is parked, and that has raised its alarm.
    Settled = "I5 nothing is left unsettled without an alarm";
    /// I6: each approved, undenied, notified claim whose consent passed has one request to assessment, no other has any,
    /// and what is amended or recalled is so once.
    OneRequest = "I6 assessment is asked once, and only for what passed";
    /// I6: no message comes before the one that it follows.
    InOrder = "I6 no message comes before what it follows";
    /// I7: what belongs to another organisation is not found.
    Foreign = "I7 what is another's is not found";
    /// I8: a read changes nothing.
    ReadsWriteNothing = "I8 a read writes nothing";
    /// I9: history runs forward.
    Forward = "I9 history runs forward";
    /// D8, R24: the documents that a claim gives up are deleted, and nothing is put in their places later.
    NothingKept = "D8 documents that are given up are gone";
    /// D9: of a consent link only the hash is kept, and it is kept before the link is sent.
    LinkKept = "D9 a link is kept by its hash before it is sent";
    /// D11: an edit and a decision are made on the revision that was seen; 412 only where it moved.
    Revision = "D11 what is changed is what was seen";
    /// D15: association records and approved claims match one to one.
    OneHolder = "D15 one approved claim holds one record";
    /// D16: the customer counts as notified when the mail service accepted the notice.
    Notified = "D16 nobody is notified by a notice that was not accepted";
    /// D16: what the mail service says of a notice is recorded, once.
    Heard = "D16 what becomes of a notice is recorded once";
    /// A verdict of the scanner for malware stands in the claim, once, and is never taken back by one that says less.
    Scanned = "what the scanner found is recorded once";
    /// §4 of the design: an Idempotency-Key leads to one command.
    KeyOnce = "a key leads to one command";
    /// §4 of the design: what is answered as done is in the history, and what was done is not answered as refused.
    Answered = "what is answered as done was done, and what was done is answered so";
    /// A function does not fail unless something it needs failed.
    NoFailure = "a function does not fail by itself";
    /// The world comes to rest.
    Rest = "the world comes to rest";
}

/// A property that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The property.
    pub property: Property,
    /// What was seen instead.
    pub what: String,
}
