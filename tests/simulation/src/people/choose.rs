//! Chooses the next action of a person, depending on the state of the claims.

use std::fmt;

use claim_domain::claim::{Claim, ConsentState, Status};
use claim_domain::ids::{ClaimId, EvidenceId};
use fastrand::Rng;

use super::Person;
use crate::engine::Millis;
use crate::model::KnownClaim;
use crate::random::weighted;
use crate::setup::{ORGANISATIONS, REVIEWERS};
use crate::state::SimulationState;

/// How far from now a clock counts as due at about this time.
const ABOUT_DUE: Millis = 1_300_000;

/// The kinds of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActionKind {
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

impl ActionKind {
    /// All kinds that act on an existing claim.
    const ON_CLAIM: [Self; 22] = [
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

    fn is_for_partners(self) -> bool {
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

    fn is_for_reviewers(self) -> bool {
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

/// An action of a person: one request, or several that belong together.
#[derive(Debug, Clone)]
pub(crate) struct UserAction {
    pub(crate) person: Person,
    pub(crate) kind: ActionKind,
    pub(crate) claim: Option<ClaimId>,
    pub(crate) evidence: Option<EvidenceId>,
    /// The token of the consent link that a customer uses.
    pub(crate) link: Option<String>,
}

impl fmt::Display for UserAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claim = self.claim.as_ref().map_or("", |claim| claim.as_str());
        write!(f, "{} {:?} {claim}", self.person.id(), self.kind)
    }
}

/// Chooses what somebody does now.
pub(crate) fn action(state: &mut SimulationState, random: &mut Rng) -> Option<UserAction> {
    let few = state.model.claims.len() < state.setup.claims;
    let none = state.model.claims.is_empty();
    if none || few && random.u32(0..100) < 22 {
        let organisation = random.usize(0..state.setup.organisations);
        let organisation = if state.setup.is_crowded { next_in_crowd(state) } else { Some(organisation) };
        let person = random.usize(0..2);
        return organisation.map(|organisation| UserAction {
            person: Person::Partner(organisation, person),
            kind: ActionKind::Create,
            claim: None,
            evidence: None,
            link: None,
        });
    }
    let claim = choose_claim(state, random)?;
    let known = state.model.claims.get(&claim)?;
    let kind = match random.u32(0..100) {
        // Any action, whether or not it makes sense.
        0..8 => ActionKind::ON_CLAIM[random.usize(0..ActionKind::ON_CLAIM.len())],
        _ => sensible(state, known, random)?,
    };
    let person = choose_person(state, known, kind, random);
    let pending = known.claim.evidence.iter().filter(|document| document.uploaded_at.is_none());
    let evidence = pending.map(|document| document.id.clone()).next_back();
    let links = state.emails.iter().filter(|email| email.claim == claim);
    let links = links.filter_map(|email| email.token.as_ref());
    let links: Vec<_> = links.collect();
    let link = match links.len() {
        0 => None,
        count if random.u32(0..4) == 0 => Some(links[random.usize(0..count)].clone()),
        count => Some(links[count - 1].clone()),
    };
    state.model.focus = Some(claim.clone());
    Some(UserAction { person, kind, claim: Some(claim), evidence, link })
}

/// Which organisation begins a claim next in a crowded life, if one does: whoever has none that goes on, and the last
/// organisation when the others hold what they want.
fn next_in_crowd(state: &SimulationState) -> Option<usize> {
    let has = |organisation: usize, wanted: fn(&Claim) -> bool| {
        let claims = state.model.claims.values().map(|known| &known.claim);
        claims.filter(|claim| claim.partner.as_str() == ORGANISATIONS[organisation]).any(wanted)
    };
    let last = ORGANISATIONS.len() - 1;
    let is_held = (0..last).all(|organisation| has(organisation, |claim| claim.status == Status::Approved));
    let candidates = if is_held { last..=last } else { 0..=last - 1 };
    candidates.into_iter().find(|organisation| !has(*organisation, |claim| !claim.is_closed()))
}

/// The claim on which somebody acts: often the same as last time, often one whose clock is about to be due.
fn choose_claim(state: &SimulationState, random: &mut Rng) -> Option<ClaimId> {
    let last = state.model.focus.clone();
    if last.is_some() && random.u32(0..100) < 45 {
        return last;
    }
    let now = state.agenda.now();
    // In an outage, clocks that have been due for a long time count as well.
    let since = if state.faults.outage_ends() > now { Millis::MIN } else { now - ABOUT_DUE };
    let due = |known: &KnownClaim| {
        known.clocks.running().filter(|due| (since..now + ABOUT_DUE).contains(due)).count()
    };
    let due = state.model.claims.iter().find(|(_, known)| due(known) > 0).map(|(claim, _)| claim.clone());
    if due.is_some() && random.u32(0..100) < 60 {
        return due;
    }
    let nth = random.usize(0..state.model.claims.len());
    state.model.claims.keys().nth(nth).cloned()
}

/// An action that makes sense in the status of the claim.
fn sensible(state: &SimulationState, known: &KnownClaim, random: &mut Rng) -> Option<ActionKind> {
    let claim = &known.claim;
    let is_announced = claim.evidence.iter().any(|document| document.uploaded_at.is_none());
    let mut kinds: Vec<(u32, ActionKind)> = vec![
        (6, ActionKind::Read),
        (2, ActionKind::List),
        (2, ActionKind::History),
        (4, ActionKind::Comment),
    ];
    match claim.status {
        Status::Editing if claim.evidence.iter().any(|document| document.uploaded_at.is_some()) => {
            kinds.extend([
                (50, ActionKind::Submit),
                (12, ActionKind::Edit),
                (8, ActionKind::AddEvidence),
                (3, ActionKind::Discard),
            ]);
        }
        Status::Editing => kinds.extend([
            (60, ActionKind::AddEvidence),
            (12, ActionKind::Complete),
            (8, ActionKind::Edit),
            (4, ActionKind::Submit),
            (4, ActionKind::Discard),
        ]),
        Status::Submitted => kinds.extend([
            (50, ActionKind::Start),
            (14, ActionKind::Edit),
            (6, ActionKind::Withdraw),
            (5, ActionKind::AddEvidence),
            (3, ActionKind::Note),
        ]),
        Status::UnderReview if claim.in_dispute() && is_announced && random.u32(0..3) == 0 => {
            kinds.push((50, ActionKind::Complete));
        }
        Status::UnderReview if claim.assigned_to.is_none() => {
            kinds.extend([(50, ActionKind::Start), (6, ActionKind::TakeOver), (4, ActionKind::Withdraw)]);
        }
        Status::UnderReview => {
            let has_rival = rivals(state, claim).next().is_some();
            kinds.extend([
                (if has_rival { 60 } else { 30 }, ActionKind::Approve),
                (14, ActionKind::Reject),
                (18, ActionKind::RequestAction),
                (4, ActionKind::Release),
                (5, ActionKind::TakeOver),
                (4, ActionKind::Note),
                (4, ActionKind::Withdraw),
            ]);
        }
        Status::PartnerActionRequired => kinds.extend([
            (30, ActionKind::Submit),
            (12, ActionKind::Edit),
            (8, ActionKind::AddEvidence),
            (5, ActionKind::Withdraw),
            (3, ActionKind::Release),
            (3, ActionKind::TakeOver),
        ]),
        // In a crowded life, what is held is left alone until another organisation wants it.
        Status::Approved if state.setup.is_crowded && claim.challenged().next().is_none() => {
            kinds.push((10, ActionKind::Open));
        }
        Status::Approved => {
            let consent = claim.consents.last().map(|consent| consent.state);
            kinds.extend([
                (10, ActionKind::Withdraw),
                (12, ActionKind::EndAssociation),
                (3, ActionKind::Note),
            ]);
            if claim.challenged().next().is_some() {
                kinds.extend([(20, ActionKind::AddEvidence), (4, ActionKind::Complete)]);
            }
            kinds.extend(match consent {
                Some(ConsentState::Suspended) => {
                    vec![(60, ActionKind::Resend), (10, ActionKind::Deny), (5, ActionKind::Open)]
                }
                Some(ConsentState::Passed) => {
                    vec![(4, ActionKind::Deny), (4, ActionKind::Open), (2, ActionKind::Resend)]
                }
                _ => vec![(12, ActionKind::Deny), (10, ActionKind::Open), (10, ActionKind::Resend)],
            });
        }
        Status::Rejected => {
            kinds.extend([(4, ActionKind::Open), (3, ActionKind::Deny)]);
            if claim.can_be_disputed() {
                kinds.extend([
                    (35, ActionKind::Dispute),
                    (12, ActionKind::AddEvidence),
                    (4, ActionKind::Complete),
                ]);
            }
        }
        Status::Discarded => {}
    }
    weighted(random, &kinds)
}

/// The other claims under review for products that this claim is for.
fn rivals<'a>(state: &'a SimulationState, claim: &Claim) -> impl Iterator<Item = &'a Claim> {
    let (id, wanted) = (claim.id.clone(), claim.wanted());
    let others = state.model.claims.values().map(|known| &known.claim);
    let others = others.filter(move |other| other.id != id && other.status == Status::UnderReview);
    others.filter(move |other| !other.wanted().is_disjoint(&wanted))
}

/// What somebody else does at the same time. While a claim is approved, sometimes a claim for the same product is
/// approved as well. Neither approval sees the other, so that only the condition on the association record prevents
/// both (D15).
pub(crate) fn simultaneous(
    state: &SimulationState,
    action: &UserAction,
    random: &mut Rng,
) -> Option<UserAction> {
    if action.kind != ActionKind::Approve {
        return None;
    }
    let claim = &state.model.claims.get(action.claim.as_ref()?)?.claim;
    let (rival, person) = rivals(state, claim).find_map(|rival| Some((rival, assignee(rival)?)))?;
    let approves_both = random.u32(0..3) == 0;
    approves_both.then(|| UserAction {
        person,
        kind: ActionKind::Approve,
        claim: Some(rival.id.clone()),
        evidence: None,
        link: None,
    })
}

/// The person to whom a claim is assigned.
fn assignee(claim: &Claim) -> Option<Person> {
    match claim.assigned_to.as_ref()?.id.as_str() {
        "lead" => Some(Person::Lead),
        id => id.strip_prefix("reviewer-")?.parse().ok().map(Person::Reviewer),
    }
}

/// Chooses who takes an action: in most cases somebody who is allowed to.
fn choose_person(state: &SimulationState, known: &KnownClaim, kind: ActionKind, random: &mut Rng) -> Person {
    let claim = &known.claim;
    let own = ORGANISATIONS.iter().position(|name| *name == claim.partner.as_str());
    let partner = |random: &mut Rng| Person::Partner(own.unwrap_or(0), random.usize(0..2));
    let reviewer = |random: &mut Rng| Person::Reviewer(random.usize(0..REVIEWERS));
    match random.u32(0..100) {
        // Sometimes somebody of another organisation or role.
        0..4 => return Person::Partner(random.usize(0..state.setup.organisations), random.usize(0..2)),
        4..6 => return reviewer(random),
        _ => {}
    }
    if matches!(kind, ActionKind::Open | ActionKind::Deny) {
        return Person::Customer;
    }
    if kind == ActionKind::TakeOver {
        return Person::Lead;
    }
    // Partners correct an address, and sometimes a reviewer does.
    if kind == ActionKind::Resend && claim.is_suspended() && random.u32(0..4) == 0 {
        return reviewer(random);
    }
    if kind.is_for_partners() {
        return partner(random);
    }
    if kind.is_for_reviewers() {
        return match assignee(claim) {
            Some(person) if random.u32(0..100) < 88 => person,
            _ => reviewer(random),
        };
    }
    if random.bool() { partner(random) } else { reviewer(random) }
}
