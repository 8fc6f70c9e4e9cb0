//! D26: who holds what a claim of another organisation contests is told once, and never by whom.

use std::collections::BTreeSet;

use claim_domain::claim::{Claim, Product, Status};
use claim_domain::effect::Effect;
use claim_domain::event::Change;
use claim_domain::ids::ClaimId;

use super::Property;
use crate::engine::TaskId;
use crate::model::KnownClaim;
use crate::people::{Person, ReceivedResponse, SentRequest};
use crate::setup::ORGANISATIONS;
use crate::state::SimulationState;

/// [`Property::HolderTold`]: a submission, or an edit of products after it, names every holder of another organisation, to be
/// told. Checked if no association changed hands while the command was carried out.
pub(crate) fn check_holders_named(state: &mut SimulationState, task: TaskId, claim: &ClaimId, version: u64) {
    let Some(known) = state.model.claims.get(claim) else { return };
    let Some(committed) = known.event(version) else { return };
    let contests = matches!(
        committed.event.change,
        Change::Submitted { .. } | Change::Edited { contested: Some(_), .. }
    );
    let began = state.invocations.get(&task).map(|invocation| invocation.began);
    if contests && began.is_none_or(|began| state.model.associations_changed >= began) {
        return;
    }
    let named: BTreeSet<ClaimId> = committed.effects.iter().filter_map(told).cloned().collect();
    let others = state.model.claims.values().map(|other| &other.claim);
    let holders =
        others.filter(|other| other.partner != known.claim.partner && holds_any_of(other, &known.claim));
    let expected = holders.map(|other| other.id.clone()).filter(|_| contests).collect();
    if named != expected {
        let what = format!("{claim}/{version} tells {named:?}, and not {expected:?}");
        state.violated(Property::HolderTold, what);
    }
}

/// [`Property::HolderTold`]: a claim is told of another one once, by an event of that claim.
pub(crate) fn check_challenge(state: &mut SimulationState, claim: &ClaimId, version: u64) {
    let Some(known) = state.model.claims.get(claim) else { return };
    let Some(committed) = known.event(version) else { return };
    let Change::Challenged { by, .. } = &committed.event.change else { return };
    let times = challenges(known).filter(|earlier| *earlier == by).count();
    let is_called_for = state.model.claims.get(by).is_some_and(|other| {
        let mut effects = other.events.iter().flat_map(|committed| &committed.effects);
        effects.any(|effect| told(effect) == Some(claim))
    });
    if times != 1 || !is_called_for {
        let what =
            format!("{claim}/{version} tells of {by} for the {times}. time, called for: {is_called_for}");
        state.violated(Property::HolderTold, what);
    }
}

/// Whether a holder was told of a claim, or holds none of the products since before `task` began.
pub(super) fn was_told(
    state: &SimulationState,
    task: TaskId,
    claim: &ClaimId,
    holder: &ClaimId,
    products: &[Product],
) -> bool {
    let Some(known) = state.model.claims.get(holder) else { return true };
    let is_told = challenges(known).any(|by| by == claim);
    let holds = known.claim.status == Status::Approved
        && products.iter().any(|product| known.claim.details.claims(product));
    // It may have lost the products and won them again in between.
    let began = state.invocations.get(&task).map_or(0, |invocation| invocation.began);
    let is_won_since = known
        .events
        .iter()
        .any(|committed| committed.at >= began && matches!(committed.event.change, Change::Approved { .. }));
    is_told || !holds || is_won_since
}

/// [`Property::ChallengerUnnamed`]: no answer to a partner names the claims that contest what its own holds.
pub(crate) fn check_response(
    state: &mut SimulationState,
    task: TaskId,
    request: &SentRequest,
    response: &ReceivedResponse,
) {
    let Person::Partner(organisation, _) = request.person else { return };
    let known = request.claim.as_ref().and_then(|claim| state.model.claims.get(claim));
    // Whoever contests a claim of others reads of its own claims.
    let is_own = |known: &&KnownClaim| known.claim.partner.as_str() == ORGANISATIONS[organisation];
    let Some(known) = known.filter(is_own) else { return };
    let answer = response.page();
    let named = known.claim.challenged_by.iter().find(|by| answer.contains(by.as_str()));
    if let Some(by) = named {
        let what = format!("#{task} {request}: the answer names {by}");
        state.violated(Property::ChallengerUnnamed, what);
    }
}

/// The claims that a claim was told of, in order.
fn challenges(known: &KnownClaim) -> impl Iterator<Item = &ClaimId> {
    known.events.iter().filter_map(|committed| match &committed.event.change {
        Change::Challenged { by, .. } => Some(by),
        _ => None,
    })
}

/// Whom an effect tells.
fn told(effect: &Effect) -> Option<&ClaimId> {
    match effect {
        Effect::TellHolder { holder, .. } => Some(holder),
        _ => None,
    }
}

/// Whether a claim is approved for a product that the other one wants: the same subscription, or the same workload of the
/// same tenant.
fn holds_any_of(holder: &Claim, wants: &Claim) -> bool {
    let is_same = |held: &Product, wanted: &Product| match (&held.subscription_id, &wanted.subscription_id) {
        (None, None) => {
            held.product == wanted.product
                && holder.details.customer.tenant_id == wants.details.customer.tenant_id
        }
        (held, wanted) => held == wanted,
    };
    let mut held = holder.details.named().filter(|_| holder.status == Status::Approved);
    held.any(|held| wants.details.named().any(|wanted| is_same(held, wanted)))
}
