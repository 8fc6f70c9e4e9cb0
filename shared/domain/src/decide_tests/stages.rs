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
    pub(super) fn life(self) -> Life {
        match self {
            Editing => {
                let mut life = Life::begun(details());
                life.does(&ana(), upload(1)).does(&ana(), complete(1)).does(&ana(), upload(2));
                life
            }
            Submitted => Editing.then(&ana(), Command::Submit),
            Mine => Submitted.then(&rita(), Command::StartReview),
            Anothers => Submitted.then(&remi(), Command::StartReview),
            Unassigned => Mine.then(&rita(), Command::Release),
            ActionRequired => Mine.then(&rita(), ask()),
            AwaitingNotice => Mine.then(&rita(), Command::Approve),
            ConsentOpen => {
                let mut life = AwaitingNotice.life();
                life.notified();
                life
            }
            Suspended => {
                let mut life = ConsentOpen.life();
                life.bounced();
                life
            }
            HandedOff => {
                let mut life = ConsentOpen.life();
                life.wait_until("2026-03-10 00:00");
                life
            }
            Disputable => Anothers.then(&remi(), reject()),
            DisputeUnassigned => Disputable.then(&ana(), dispute()),
            DisputeMine => DisputeUnassigned.then(&rita(), Command::StartReview),
            DisputeOfMyRejection => {
                let mut life = Mine.then(&rita(), reject());
                life.does(&ana(), dispute()).does(&rita(), Command::StartReview);
                life
            }
            DisputeActionRequired => DisputeMine.then(&rita(), ask()),
            WindowClosed => {
                let mut life = Disputable.life();
                life.wait_until("2026-04-02 00:00");
                life
            }
            RejectedTwice => DisputeMine.then(&rita(), reject()),
            Withdrawn => Submitted.then(&ana(), withdraw()),
            Discarded => Editing.then(&ana(), Command::Discard),
        }
    }

    fn then(self, who: &Caller, command: Command) -> Life {
        let mut life = self.life();
        life.does(who, command);
        life
    }
}

#[test]
fn every_status_has_its_stages() {
    let reached: std::collections::BTreeSet<_> =
        Stage::ALL.iter().map(|stage| stage.life().status()).collect();
    assert_eq!(reached, Status::ALL.into_iter().collect());
}
