//! What somebody does next, by how things stand.

use claim_domain::claim::{Claim, ConsentState, Status};
use claim_domain::ids::{ClaimId, EvidenceId};
use fastrand::Rng;

use super::Who;
use super::cast::REVIEWERS;
use crate::engine::Millis;
use crate::model::KnownClaim;
use crate::random::weighted;
use crate::state::State;

/// How far from its instant a clock is noticed.
const AROUND: Millis = 1_300_000;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Create,
    Edit,
    AddEvidence,
    Complete,
    Submit,
    Withdraw,
    Discard,
    Dispute,
    Resend,
    Comment,
    Note,
    Start,
    Release,
    TakeOver,
    RequestAction,
    Approve,
    Reject,
    EndAssociation,
    Open,
    Deny,
    Read,
    List,
    History,
}

impl Deed {
    /// Every deed about a claim.
    const ALL: [Self; 22] = [
        Self::Edit,
        Self::AddEvidence,
        Self::Complete,
        Self::Submit,
        Self::Withdraw,
        Self::Discard,
        Self::Dispute,
        Self::Resend,
        Self::Comment,
        Self::Note,
        Self::Start,
        Self::Release,
        Self::TakeOver,
        Self::RequestAction,
        Self::Approve,
        Self::Reject,
        Self::EndAssociation,
        Self::Open,
        Self::Deny,
        Self::Read,
        Self::List,
        Self::History,
    ];

    fn is_partners(self) -> bool {
        matches!(
            self,
            Self::Edit
                | Self::AddEvidence
                | Self::Complete
                | Self::Submit
                | Self::Withdraw
                | Self::Discard
                | Self::Dispute
                | Self::Resend
        )
    }

    fn is_reviewers(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::Start
                | Self::Release
                | Self::TakeOver
                | Self::RequestAction
                | Self::Approve
                | Self::Reject
                | Self::EndAssociation
        )
    }
}

/// Something that somebody does, perhaps to a claim, perhaps at the same time as somebody else something else.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) who: Who,
    pub(crate) deed: Deed,
    pub(crate) claim: Option<ClaimId>,
    pub(crate) evidence: Option<EvidenceId>,
    pub(crate) link: Option<String>,
}

impl Act {
    /// The act in words.
    pub(crate) fn told(&self) -> String {
        format!(
            "{} {:?} {}",
            self.who.id(),
            self.deed,
            self.claim.as_ref().map_or("", |claim| claim.as_str())
        )
    }
}

/// What somebody does now.
pub(crate) fn act(state: &mut State, random: &mut Rng) -> Option<Act> {
    let few = state.model.claims.len() < state.cast.claims;
    let none = state.model.claims.is_empty();
    if none || few && random.u32(0..100) < 22 {
        let who = Who::Partner(random.usize(0..state.cast.organisations), random.usize(0..2));
        return Some(Act { who, deed: Deed::Create, claim: None, evidence: None, link: None });
    }
    let claim = focus(state, random)?;
    let known = state.model.claims.get(&claim)?;
    let deed = match random.u32(0..100) {
        // Something, whether it makes sense or not.
        0..8 => Deed::ALL[random.usize(0..Deed::ALL.len())],
        _ => sensible(state, known, random)?,
    };
    let who = actor(state, known, deed, random);
    let pending = known.claim.evidence.iter().filter(|document| document.uploaded_at.is_none());
    let evidence = pending.map(|document| document.id.clone()).next_back();
    let links = state.mails.iter().filter(|mail| mail.claim == claim).filter_map(|mail| mail.token.as_ref());
    let links: Vec<_> = links.collect();
    let link = match links.len() {
        0 => None,
        count if random.u32(0..4) == 0 => Some(links[random.usize(0..count)].clone()),
        count => Some(links[count - 1].clone()),
    };
    state.model.focus = Some(claim.clone());
    Some(Act { who, deed, claim: Some(claim), evidence, link })
}

/// Which claim something is done to: often the same as last time, often the one whose clock is due.
fn focus(state: &State, random: &mut Rng) -> Option<ClaimId> {
    let last = state.model.focus.clone();
    if last.is_some() && random.u32(0..100) < 45 {
        return last;
    }
    let now = state.agenda.now();
    // In an outage, what has been due for long is still due.
    let since = if state.faults.outage() > now { Millis::MIN } else { now - AROUND };
    let due =
        |known: &KnownClaim| known.clocks.running().filter(|due| (since..now + AROUND).contains(due)).count();
    let due = state.model.claims.iter().find(|(_, known)| due(known) > 0).map(|(claim, _)| claim.clone());
    if due.is_some() && random.u32(0..100) < 60 {
        return due;
    }
    let place = random.usize(0..state.model.claims.len());
    state.model.claims.keys().nth(place).cloned()
}

/// A deed that the claim's status suggests.
fn sensible(state: &State, known: &KnownClaim, random: &mut Rng) -> Option<Deed> {
    let claim = &known.claim;
    let mut deeds: Vec<(u32, Deed)> =
        vec![(6, Deed::Read), (2, Deed::List), (2, Deed::History), (4, Deed::Comment)];
    match claim.status {
        Status::Editing if claim.evidence.iter().any(|document| document.uploaded_at.is_some()) => {
            deeds.extend([(50, Deed::Submit), (12, Deed::Edit), (8, Deed::AddEvidence), (3, Deed::Discard)]);
        }
        Status::Editing => deeds.extend([
            (60, Deed::AddEvidence),
            (12, Deed::Complete),
            (8, Deed::Edit),
            (4, Deed::Submit),
            (4, Deed::Discard),
        ]),
        Status::Submitted => deeds.extend([
            (50, Deed::Start),
            (14, Deed::Edit),
            (6, Deed::Withdraw),
            (5, Deed::AddEvidence),
            (3, Deed::Note),
        ]),
        Status::UnderReview if claim.assigned_to.is_none() => {
            deeds.extend([(50, Deed::Start), (6, Deed::TakeOver), (4, Deed::Withdraw)]);
        }
        Status::UnderReview => {
            let is_rivalled = rivals(state, claim).next().is_some();
            deeds.extend([
                (if is_rivalled { 60 } else { 30 }, Deed::Approve),
                (14, Deed::Reject),
                (18, Deed::RequestAction),
                (4, Deed::Release),
                (5, Deed::TakeOver),
                (4, Deed::Note),
                (4, Deed::Withdraw),
            ]);
        }
        Status::PartnerActionRequired => deeds.extend([
            (30, Deed::Submit),
            (12, Deed::Edit),
            (8, Deed::AddEvidence),
            (5, Deed::Withdraw),
            (3, Deed::Release),
            (3, Deed::TakeOver),
        ]),
        Status::Approved => {
            let consent = claim.consents.last().map(|consent| consent.state);
            deeds.extend([(10, Deed::Withdraw), (12, Deed::EndAssociation), (3, Deed::Note)]);
            deeds.extend(match consent {
                Some(ConsentState::Suspended) => vec![(60, Deed::Resend), (10, Deed::Deny), (5, Deed::Open)],
                Some(ConsentState::Passed) => vec![(4, Deed::Deny), (4, Deed::Open), (2, Deed::Resend)],
                _ => vec![(12, Deed::Deny), (10, Deed::Open), (10, Deed::Resend)],
            });
        }
        Status::Rejected => {
            deeds.extend([(4, Deed::Open), (3, Deed::Deny)]);
            if claim.can_be_disputed() {
                deeds.extend([(35, Deed::Dispute), (12, Deed::AddEvidence), (4, Deed::Complete)]);
            }
        }
        Status::Discarded => {}
    }
    weighted(random, &deeds)
}

/// The claims under review that want what this one wants.
fn rivals<'a>(state: &'a State, claim: &Claim) -> impl Iterator<Item = &'a Claim> {
    let (id, wanted) = (claim.id.clone(), claim.wanted());
    let others = state.model.claims.values().map(|known| &known.claim);
    let others = others.filter(move |other| other.id != id && other.status == Status::UnderReview);
    others.filter(move |other| !other.wanted().is_disjoint(&wanted))
}

/// What is done at the very same time: to an approval, sometimes, that of a claim which wants the same. Neither sees the
/// other before both decide, so that only the condition on the association record is between them (D15).
pub(crate) fn beside(state: &State, act: &Act, random: &mut Rng) -> Option<Act> {
    if act.deed != Deed::Approve {
        return None;
    }
    let claim = &state.model.claims.get(act.claim.as_ref()?)?.claim;
    let (rival, who) = rivals(state, claim).find_map(|rival| Some((rival, assigned(rival)?)))?;
    let both = random.u32(0..3) == 0;
    both.then(|| Act { who, deed: Deed::Approve, claim: Some(rival.id.clone()), evidence: None, link: None })
}

/// Whom a claim is assigned to.
fn assigned(claim: &Claim) -> Option<Who> {
    match claim.assigned_to.as_ref()?.id.as_str() {
        "lead" => Some(Who::Lead),
        id => id.strip_prefix("reviewer-")?.parse().ok().map(Who::Reviewer),
    }
}

/// Who does a deed: mostly somebody who may.
fn actor(state: &State, known: &KnownClaim, deed: Deed, random: &mut Rng) -> Who {
    let claim = &known.claim;
    let own = super::cast::ORGANISATIONS.iter().position(|name| *name == claim.partner.as_str());
    let partner = |random: &mut Rng| Who::Partner(own.unwrap_or(0), random.usize(0..2));
    let reviewer = |random: &mut Rng| Who::Reviewer(random.usize(0..REVIEWERS));
    match random.u32(0..100) {
        // Somebody of another organisation, or of the other side.
        0..4 => return Who::Partner(random.usize(0..state.cast.organisations), random.usize(0..2)),
        4..6 => return reviewer(random),
        _ => {}
    }
    if matches!(deed, Deed::Open | Deed::Deny) {
        return Who::Customer;
    }
    if deed == Deed::TakeOver {
        return Who::Lead;
    }
    if deed.is_partners() {
        return partner(random);
    }
    if deed.is_reviewers() {
        return match assigned(claim) {
            Some(who) if random.u32(0..100) < 88 => who,
            _ => reviewer(random),
        };
    }
    if random.bool() { partner(random) } else { reviewer(random) }
}
