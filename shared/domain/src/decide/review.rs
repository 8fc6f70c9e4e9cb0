//! What reviewers ask of a claim.

use super::Deciding;
use crate::action::Action;
use crate::claim::{Details, Product, Status};
use crate::clock::{self, ClockName};
use crate::event::Change;
use crate::ids::CommentId;
use crate::reason::{ActionReason, RejectCode, Rejection};
use crate::refusal::{FieldError, Kind, Refusal};
use crate::rule::Rule;

impl Deciding<'_> {
    pub(super) fn note(&mut self, comment: &CommentId, text: &str) -> Result<(), Refusal> {
        self.gated(Action::Note)?;
        self.record(Change::Noted { comment: comment.clone(), text: text.to_owned() }, Vec::new());
        Ok(())
    }

    /// R8: begins the review. On an unassigned claim under review it assigns the claim and changes nothing else (D17).
    pub(super) fn start_review(&mut self) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.gated(Action::StartReview)?;
        if claim.status == Status::UnderReview {
            self.record(Change::Assigned, Vec::new());
            return Ok(());
        }
        let mut changes = clock::end(&claim.clocks, ClockName::ReviewStart);
        changes.extend(clock::end(&claim.clocks, ClockName::Escalation));
        changes.extend(clock::arm(ClockName::ReviewDecision, at, program));
        self.record(Change::ReviewStarted, changes);
        Ok(())
    }

    pub(super) fn release(&mut self) -> Result<(), Refusal> {
        self.gated(Action::Release)?;
        self.record(Change::Released, Vec::new());
        Ok(())
    }

    pub(super) fn take_over(&mut self) -> Result<(), Refusal> {
        self.gated(Action::TakeOver)?;
        self.record(Change::TakenOver, Vec::new());
        Ok(())
    }

    /// R9: the partner's clock starts; the overall promise, or the dispute's, stands still (D4, D6).
    pub(super) fn request_action(
        &mut self,
        reasons: &[ActionReason],
        remove_products: &[Product],
    ) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.gated(Action::RequestAction)?;
        own_products("/removeProducts", remove_products, &claim.details)?;
        if claim.details.named().all(|product| remove_products.contains(product)) {
            return Err(Refusal::new(
                Kind::EveryProductRemoved,
                Rule::D10,
                "At least one product must remain in a claim.",
                "Ask for fewer products to be removed, or reject the claim.",
            ));
        }
        let due_at = program.periods.of(ClockName::PartnerAnswer).due(at, &program.calendar);
        let mut changes = clock::end(&claim.clocks, ClockName::ReviewDecision);
        changes.extend(clock::end(&claim.clocks, ClockName::Escalation));
        for clock in ClockName::ALL.into_iter().filter(|clock| clock.pauses()) {
            changes.extend(clock::pause(&claim.clocks, clock, at, program));
        }
        changes.extend(clock::arm(ClockName::PartnerAnswer, at, program));
        let change = Change::ActionRequested {
            reasons: reasons.to_vec(),
            remove_products: remove_products.to_vec(),
            due_at,
        };
        self.record(change, changes);
        Ok(())
    }

    /// R10: takes proof of execution (R6). D15: refused while another claim holds one of the products.
    /// D16: a contact whose address does not tell that it is the customer's is confirmed. D27: the partner is reminded before
    /// a subscription's known end.
    pub(super) fn approve(&mut self, confirm_contact: bool) -> Result<(), Refusal> {
        let claim = self.gated(Action::Approve)?;
        if !claim.has_proof() {
            return Err(Refusal::new(
                Kind::EvidenceMissing,
                Rule::R6,
                "None of the claim's documents counts as proof of execution any more: a threat was found in each.",
                "Ask the partner for action, with the reason missingAllPoe, or reject the claim.",
            ));
        }
        if !self.holders.is_empty() {
            return Err(Refusal::association_held(self.holders));
        }
        let contact_confirmed = claim.details.contact_outside_domain;
        if contact_confirmed && !confirm_contact {
            return Err(Refusal::new(
                Kind::ContactNotConfirmed,
                Rule::D16,
                format!(
                    "The customer's contact has an email address outside the customer's domains: {}.",
                    claim.details.customer.domains().join(", ")
                ),
                "Make sure that the contact speaks for the customer and approve with confirmContact true, or ask the \
                 partner for a contact, or for mail domains, of the customer.",
            ));
        }
        let reminder = clock::arm_renewal(&claim.details, false, self.at(), self.program());
        let mut changes = clock::end_all(&claim.clocks);
        changes.extend(reminder);
        self.record(Change::Approved { contact_confirmed }, changes);
        Ok(())
    }

    pub(super) fn reject(&mut self, reason: RejectCode, note: Option<&str>) -> Result<(), Refusal> {
        let claim = self.gated(Action::Reject)?;
        let (change, clocks) = self.rejection(claim, Rejection::of(claim, reason, note));
        self.record(change, clocks);
        Ok(())
    }

    /// D15: the products leave the claim. If they are all that it has, they stay and the claim is rejected.
    pub(super) fn end_association(&mut self, products: &[Product], reason: &str) -> Result<(), Refusal> {
        let claim = self.gated(Action::EndAssociation)?;
        own_products("/products", products, &claim.details)?;
        if claim.details.named().any(|product| !products.contains(product)) {
            let change = Change::ProductsRemoved { products: products.to_vec(), reason: reason.to_owned() };
            self.record(change, Vec::new());
            return Ok(());
        }
        let rejection = Rejection::of(claim, RejectCode::Other, Some(reason));
        let (dispute_until, clocks) = self.opened.closing(claim, &rejection);
        self.record(Change::AssociationEnded { rejection, dispute_until }, clocks);
        Ok(())
    }
}

fn own_products(place: &str, named: &[Product], claim: &Details) -> Result<(), Refusal> {
    let errors: Vec<_> = named
        .iter()
        .enumerate()
        .filter(|(_, product)| !claim.claims(product))
        .map(|(index, _)| {
            let detail = "must be a product of the claim, with its subscription id if it has one";
            FieldError::at(format!("{place}/{index}"), "notInClaim", detail)
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(errors)) }
}
