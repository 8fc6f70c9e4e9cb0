//! Every place where a claim can stand: the seven statuses, with the states within them that the rules tell apart.

use super::*;

/// A place where a claim can stand; "mine" is Rita's, the reviewer who acts in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Editing,
    Submitted,
    Unassigned,
    Mine,
    Anothers,
    DisputeUnassigned,
    DisputeMine,
    DisputeOfMyRejection,
    ActionRequired,
    DisputeActionRequired,
    AwaitingNotice,
    ConsentOpen,
    Suspended,
    HandedOff,
    Disputable,
    WindowClosed,
    RejectedTwice,
    Withdrawn,
    Discarded,
}

use Stage::*;

impl Stage {
    pub(super) const ALL: [Self; 19] = [
        Editing,
        Submitted,
        Unassigned,
        Mine,
        Anothers,
        DisputeUnassigned,
        DisputeMine,
        DisputeOfMyRejection,
        ActionRequired,
        DisputeActionRequired,
        AwaitingNotice,
        ConsentOpen,
        Suspended,
        HandedOff,
        Disputable,
        WindowClosed,
        RejectedTwice,
        Withdrawn,
        Discarded,
    ];

    /// A claim that stands there, with one complete document (1) and a comment.
    pub(super) fn scenario(self) -> Scenario {
        self.begun_with(&[upload(1), complete(1), comment()])
    }

    /// The same with another document that is only announced (2), in place of the comment.
    pub(super) fn with_announcement(self) -> Scenario {
        self.begun_with(&[upload(1), complete(1), upload(2)])
    }

    /// A claim that stands there, on which the partner did this first of all.
    fn begun_with(self, first: &[Command]) -> Scenario {
        let then = |stage: Self, who: &Caller, command| {
            let mut scenario = stage.begun_with(first);
            scenario.does(who, command);
            scenario
        };
        match self {
            Editing => {
                let mut scenario = Scenario::begun(details());
                for command in first {
                    scenario.does(&ana(), command.clone());
                }
                scenario
            }
            Submitted => then(Editing, &ana(), Command::Submit),
            Mine => then(Submitted, &rita(), Command::StartReview),
            Anothers => then(Submitted, &remi(), Command::StartReview),
            Unassigned => then(Mine, &rita(), Command::Release),
            ActionRequired => then(Mine, &rita(), ask()),
            AwaitingNotice => then(Mine, &rita(), APPROVE),
            ConsentOpen => {
                let mut scenario = AwaitingNotice.begun_with(first);
                scenario.notified();
                scenario
            }
            Suspended => {
                let mut scenario = ConsentOpen.begun_with(first);
                scenario.bounced();
                scenario
            }
            HandedOff => {
                let mut scenario = ConsentOpen.begun_with(first);
                scenario.wait_until("2026-03-10 00:00");
                scenario
            }
            Disputable => then(Anothers, &remi(), reject()),
            DisputeUnassigned => then(Disputable, &ana(), dispute()),
            DisputeMine => then(DisputeUnassigned, &rita(), Command::StartReview),
            DisputeOfMyRejection => {
                let mut scenario = then(Mine, &rita(), reject());
                scenario.does(&ana(), dispute());
                scenario
            }
            DisputeActionRequired => then(DisputeMine, &rita(), ask()),
            WindowClosed => {
                let mut scenario = Disputable.begun_with(first);
                scenario.wait_until("2026-04-02 00:00");
                scenario
            }
            RejectedTwice => then(DisputeMine, &rita(), reject()),
            Withdrawn => then(Submitted, &ana(), withdraw()),
            Discarded => then(Editing, &ana(), Command::Discard),
        }
    }
}

#[test]
fn every_status_has_its_stages() {
    let reached: std::collections::BTreeSet<_> =
        Stage::ALL.iter().map(|stage| stage.scenario().status()).collect();
    assert_eq!(reached, Status::ALL.into_iter().collect());
}
