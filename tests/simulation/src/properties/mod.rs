//! The properties that must hold in every life, whatever goes wrong.
//!
//! Each property cites the invariant or the rule that it checks. A property is checked when something happens that
//! could violate it, or at rest if it takes time to hold.

pub(crate) mod alarms;
pub(crate) mod assessment;
pub(crate) mod association;
pub(crate) mod challenges;
pub(crate) mod changes;
pub(crate) mod clocks;
pub(crate) mod commits;
pub(crate) mod contact;
pub(crate) mod denial;
pub(crate) mod effects;
pub(crate) mod erasure;
pub(crate) mod late;
pub(crate) mod notices;
pub(crate) mod responses;
mod rest;
pub(crate) mod timers;
pub(crate) mod verdicts;
pub(crate) mod webhooks;
pub(crate) mod words;

pub(crate) use rest::check_at_rest;

macro_rules! properties {
    ($($(#[$doc:meta])* $property:ident = $name:literal;)*) => {
        /// A property that must hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $($(#[$doc])* $property,)*
        }

        impl Property {
            /// All properties.
            pub const ALL: &'static [Self] = &[$(Self::$property,)*];

            /// The property as a sentence. Deliberate bugs and their results name it by this sentence.
            pub fn name(self) -> &'static str {
                match self { $(Self::$property => $name,)* }
            }
        }
    };
}

properties! {
    /// I1: a claim is only written together with the events that changed it, by the function that decided them.
    WrittenByDecision = "I1 claims are written by decisions alone";
    /// I1, §2 of the rules: every event is allowed by the status of the claim, and by the role and the assignment of
    /// the person who caused it.
    Allowed = "I1 only what the rules allow happens";
    /// I2: versions count the events, without gaps.
    Versions = "I2 versions have no gaps";
    /// I2: replaying a claim's events gives the stored claim.
    Replay = "I2 replay gives what is stored";
    /// I3: clocks are armed, paused, resumed and ended as the rules say.
    Clocks = "I3 clocks are as the rules reckon them";
    /// I3: a due clock is acted on once, in the order of the due instants, and never early by the acting machine's
    /// clock.
    ActedOnce = "I3 a due clock is acted on once and never early";
    /// I3: due clocks are applied before a command, even if the command is refused.
    DueFirst = "I3 what is due comes before the command, refused or not";
    /// I3: a read shows due clocks as if they had been applied, under the stored revision.
    ReadsAsOf = "I3 a read shows what is overdue";
    /// I3: at rest, no due clock is left that was not acted on.
    EveryClock = "I3 no due clock is forgotten";
    /// I4: a timer names the event that armed it, and acts only on that generation of its clock and not before it is
    /// due.
    Timers = "I4 a timer is a hint";
    /// I5: the effects of an event are stored with it.
    EffectsStored = "I5 an event has the effects that it calls for";
    /// I5: an effect is marked as done only if it was carried out, and then stays done.
    DoneIsDone = "I5 what is marked as done was done";
    /// I5: an effect is carried out by one invocation at a time, and again only if the one before was cut off.
    OneAtATime = "I5 nothing is carried out twice unless it was cut off";
    /// I5: at rest, every effect is done, or parked with an alarm.
    Settled = "I5 nothing is left unsettled without an alarm";
    /// I6: a claim whose customer was notified and whose consent period passed has one request to assessment, other
    /// claims have none, and a request is amended or recalled once for each reason to do so.
    OneRequest = "I6 assessment is asked once, and only for what passed";
    /// I6: no message arrives before the one that it follows.
    InOrder = "I6 no message comes before what it follows";
    /// I7: a claim of another organisation is answered as not found.
    Foreign = "I7 what is another's is not found";
    /// I8: a read changes nothing.
    ReadsWriteNothing = "I8 a read writes nothing";
    /// I9: the events of a claim are in the order of their instants.
    Forward = "I9 history runs forward";
    /// I12: what strangers wrote stands on one line, turns no direction of reading and leads nowhere, in a claim's history
    /// and in the subject of an email.
    WordsChecked = "I12 what strangers wrote does nothing by itself";
    /// D5: lists sort a claim by what people wait for or have missed, and say since when it is late.
    OnTop = "D5 what is late stays on top";
    /// D5: no email promises an instant that has passed.
    NothingPassedIsPromised = "D5 no email promises what has passed";
    /// D8, R24: the documents that a claim gives up are deleted, and cannot be uploaded again.
    DocumentsDeleted = "D8 documents that are given up are gone";
    /// D20: at rest, the bucket holds the documents of claims and nothing else.
    NoOrphans = "D20 no file is kept that no claim has";
    /// D20: what was announced before a dispute can be completed during it.
    JoinsDispute = "D20 what was announced before a dispute joins it";
    /// D9: only the hash of a consent link is stored, and it is stored before the link is sent.
    LinkKept = "D9 a link is kept by its hash before it is sent";
    /// R15: the reason that a customer gives with a denial is kept word for word.
    ReasonKept = "R15 a customer's reason is kept in its words";
    /// D11: a change is made on the revision that its request names. 412 is returned only if the revision has changed.
    Revision = "D11 what is changed is what was seen";
    /// D15: association records and approved claims match one to one.
    OneHolder = "D15 one approved claim holds one record";
    /// D13, D15: a claim is shown as contested while another one holds what it wants, in the answer to a command as in
    /// that to a read. A draft is never shown so.
    Contested = "D15 who sees a claim sees whether it is contested";
    /// D15, D26: an association record names the newest document of its holder, also one that the holder added later.
    NewestProof = "D15 a record names its holder's newest document";
    /// D26: a holder is told of each claim of another organisation that contests what it holds, once.
    HolderTold = "D26 a holder is told once of each claim that contests it";
    /// D26: a holder's partner never reads by whom it is contested.
    ChallengerUnnamed = "D26 a holder's partner never reads by whom";
    /// D16: the customer counts as notified when the email service has accepted the notice.
    Notified = "D16 nobody is notified by a notice that was not accepted";
    /// D16: a bounce or a complaint that the email service reports for a notice is recorded once.
    NoticeRecorded = "D16 what becomes of a notice is recorded once";
    /// D16: an address that does not tell that it is the customer's is confirmed, and no partner corrects one to it.
    ContactConfirmed = "D16 a contact outside the customer's domains is confirmed";
    /// D21: people read the organisation's display name, in the subject and in the text of the customer's notice.
    NoticeNamesPartner = "D21 a notice names the partner as people know it";
    /// The verdict of the malware scanner is recorded in the claim once, and never replaced by a less severe one.
    VerdictRecorded = "what the scanner found is recorded once";
    /// D22: what a claim no longer keeps is gone, the history of other claims than discarded ones is not, and nothing is
    /// erased that a clock, or a person, may still need.
    Erased = "D22 what is kept long enough is erased, and nothing else";
    /// D23, D13: every change that its partner may see has one number among those of its organisation, from 1 on without
    /// gaps, and a claim's changes have theirs in the order of its history. At rest none is without.
    NumberedOnce = "D23 every change is numbered once, in the order of its claim";
    /// D23: who reads on after a number gets what follows it without a gap, and all that was numbered when it asked, as
    /// far as it fits on the page.
    ReadsOn = "D23 who reads on after a number misses nothing";
    /// D23: the bus has every change at least once, with its own number; at rest none is missing.
    OnBus = "D23 every change is on the bus, as it was numbered";
    /// D24: who has webhooks gets every change, or sees on the webhook that it is parked.
    TakenOrParked = "D24 every change is taken, or the webhook shows that it is parked";
    /// D24: what was parked arrives once it is sent again and the server is well.
    Replayed = "D24 what was parked arrives when it is sent again";
    /// D24, D13: a webhook gets changes of its organisation, of the kinds that it asks for, as D23 tells of them, and nothing
    /// once it is removed or its server answered 410.
    OwnChanges = "D24 a webhook gets its organisation's changes and nothing else";
    /// D24: a delivery is signed by every secret that counts and by no other, and has one id at each attempt.
    Signed = "D24 what is delivered is signed, and recognised when it comes again";
    /// D24: nothing is sent to an address that is not public.
    PublicServers = "D24 nothing is sent to an address that is not public";
    /// §4 of the design: an Idempotency-Key leads to one command.
    KeyOnce = "a key leads to one command";
    /// §4 of the design: a request that is answered as done is in the history of the claim, and one that was carried
    /// out is not answered as refused.
    AnsweredAsDone = "what is answered as done was done, and what was done is answered so";
    /// I10: what a page says of a command, or its rehearsal, is what the command does, as long as nothing has changed.
    OneLaw = "I10 pages, rehearsals and commands decide alike";
    /// Whoever signs in again finds what was typed when the session was over.
    NothingTypedIsLost = "what is typed outlives a session";
    /// A browser is answered by a page, or led to one.
    AnsweredByPage = "a browser is answered by a page";
    /// A function fails only if a service that it called failed.
    NoFailure = "a function does not fail by itself";
    /// The simulation comes to rest.
    ComesToRest = "the world comes to rest";
}

/// The violation of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The property that was violated.
    pub property: Property,
    /// What happened instead.
    pub what: String,
}
