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

    /// A claim that stands there: with one complete document (1) and one whose upload was asked for (2).
    pub(super) fn scenario(self) -> Scenario {
        match self {
            Editing => {
                let mut scenario = Scenario::begun(details());
                scenario.does(&ana(), upload(1)).does(&ana(), complete(1)).does(&ana(), upload(2));
                scenario
            }
            Submitted => Editing.then(&ana(), Command::Submit),
            Mine => Submitted.then(&rita(), Command::StartReview),
            Anothers => Submitted.then(&remi(), Command::StartReview),
            Unassigned => Mine.then(&rita(), Command::Release),
            ActionRequired => Mine.then(&rita(), ask()),
            AwaitingNotice => Mine.then(&rita(), Command::Approve),
            ConsentOpen => {
                let mut scenario = AwaitingNotice.scenario();
                scenario.notified();
                scenario
            }
            Suspended => {
                let mut scenario = ConsentOpen.scenario();
                scenario.bounced();
                scenario
            }
            HandedOff => {
                let mut scenario = ConsentOpen.scenario();
                scenario.wait_until("2026-03-10 00:00");
                scenario
            }
            Disputable => Anothers.then(&remi(), reject()),
            DisputeUnassigned => Disputable.then(&ana(), dispute()),
            DisputeMine => DisputeUnassigned.then(&rita(), Command::StartReview),
            DisputeOfMyRejection => {
                let mut scenario = Mine.then(&rita(), reject());
                scenario.does(&ana(), dispute()).does(&rita(), Command::StartReview);
                scenario
            }
            DisputeActionRequired => DisputeMine.then(&rita(), ask()),
            WindowClosed => {
                let mut scenario = Disputable.scenario();
                scenario.wait_until("2026-04-02 00:00");
                scenario
            }
            RejectedTwice => DisputeMine.then(&rita(), reject()),
            Withdrawn => Submitted.then(&ana(), withdraw()),
            Discarded => Editing.then(&ana(), Command::Discard),
        }
    }

    fn then(self, who: &Caller, command: Command) -> Scenario {
        let mut scenario = self.scenario();
        scenario.does(who, command);
        scenario
    }
}

#[test]
fn every_status_has_its_stages() {
    let reached: std::collections::BTreeSet<_> =
        Stage::ALL.iter().map(|stage| stage.scenario().status()).collect();
    assert_eq!(reached, Status::ALL.into_iter().collect());
}
