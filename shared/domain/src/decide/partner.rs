//! What the partner, and the customer, ask of a claim.

use chrono::{Months, NaiveDate};

use super::Deciding;
use crate::action::Action;
use crate::calendar::Period;
use crate::claim::{Claim, ConsentState, Details, DropReason, Evidence, Status};
use crate::clock::{self, ClockChange, ClockName};
use crate::command::{Correction, Upload, UploadedFile};
use crate::draft::MAX_EVIDENCE;
use crate::event::{Change, Changed, FieldChange, HeldBy};
use crate::ids::{ClaimId, CommentId, EvidenceId, MpnId, PartnerId};
use crate::mailbox::Whose;
use crate::people::Caller;
use crate::reason::{RejectCode, Rejection, WithdrawCause};
use crate::refusal::{FieldError, Kind, Refusal};
use crate::rule::Rule;

/// How long a discarded claim stays readable (D8).
const READABLE_AFTER_DISCARD: Period = Period::Days(30);
/// How far ahead the end of a subscription can lie: ten years (D27).
const MOST_MONTHS_AHEAD: Months = Months::new(120);

impl Deciding<'_> {
    pub(super) fn create(
        &mut self,
        id: &ClaimId,
        partner: &PartnerId,
        details: &Details,
        from: Option<&ClaimId>,
    ) -> Result<(), Refusal> {
        match self.opened.claim() {
            Some(claim) => self.policy.gate(claim, Action::Create)?,
            None => self.policy.by_role(Action::Create)?,
        }
        self.own_mpn(&details.mpn_id)?;
        self.ends_ahead(details, None)?;
        let (partner, details) = (partner.clone(), details.clone());
        let change = Change::Created { partner, details, from: from.cloned() };
        self.opened.append(id.clone(), self.policy.caller, change, Vec::new());
        Ok(())
    }

    /// D10: an MPN id belongs to the same partner organisation.
    fn own_mpn(&self, mpn: &MpnId) -> Result<(), Refusal> {
        if self.policy.caller.mpn_ids.contains(mpn) {
            return Ok(());
        }
        let own: Vec<_> = self.policy.caller.mpn_ids.iter().map(MpnId::as_str).collect();
        let detail = match own.is_empty() {
            true => "must be an MPN id of your organisation, and your sign-in names none: ask its administrator to add \
                     them to your account"
                .to_owned(),
            false => format!("must be an MPN id of your organisation: {}", own.join(", ")),
        };
        Err(Refusal::invalid(vec![FieldError::at("/mpnId", "foreignMpn", detail)]).by(Rule::D10))
    }

    /// D27: the end of a subscription, where it is new, lies ahead. One that the claim has already may pass.
    fn ends_ahead(&self, details: &Details, before: Option<&Details>) -> Result<(), Refusal> {
        let today = self.program().calendar.day_of(self.at());
        let last = today.checked_add_months(MOST_MONTHS_AHEAD).unwrap_or(NaiveDate::MAX);
        let is_known = |product| before.is_some_and(|before| before.products.contains(product));
        let new = details.products.iter().enumerate().filter(|(_, product)| !is_known(product));
        let errors: Vec<_> = new
            .filter_map(|(index, product)| {
                let (code, detail) = match product.ends_on? {
                    end if end <= today => (
                        "past",
                        format!("must be a day after today, {today}; leave it out if you do not know it"),
                    ),
                    end if end > last => {
                        ("far", format!("must be {last} at the latest; leave it out if you do not know it"))
                    }
                    _ => return None,
                };
                Some(FieldError::at(format!("/products/{index}/endsOn"), code, detail))
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(errors).by(Rule::D27)) }
    }

    pub(super) fn edit(&mut self, details: &Details) -> Result<(), Refusal> {
        let claim = self.gated(Action::Edit)?;
        let fields = FieldChange::between(&claim.details, details);
        if fields.is_empty() {
            return Ok(());
        }
        let submitted = claim.status != Status::Editing;
        let locked: Vec<_> =
            fields.iter().filter(|field| submitted && !field.is_editable_after_submission()).collect();
        if !locked.is_empty() {
            let mut refusal = Refusal::new(
                Kind::NotEditable,
                Rule::R24,
                "After submission only the MPN id, the products and the contacts of customer and partner can be edited.",
                "Leave the listed fields as they are; for another claim, withdraw this one and create a new one.",
            );
            refusal.errors = locked
                .into_iter()
                .map(|field| {
                    FieldError::at(field.pointer(), "notEditable", "cannot be edited after submission")
                })
                .collect();
            return Err(refusal);
        }
        if claim.details.mpn_id != details.mpn_id {
            self.own_mpn(&details.mpn_id)?;
        }
        self.ends_ahead(details, Some(&claim.details))?;
        let products_changed = fields.iter().any(|field| matches!(field, FieldChange::Products(_)));
        let contested = (submitted && products_changed).then_some(!self.holders.is_empty());
        let holders = contested.map(|_| self.held_by_others(claim)).unwrap_or_default();
        self.record(Change::Edited { fields, contested, holders }, Vec::new());
        Ok(())
    }

    /// The claims of other organisations that hold what this claim wants, in the order of its products.
    fn held_by_others(&self, claim: &Claim) -> Vec<HeldBy> {
        let mut held: Vec<HeldBy> = Vec::new();
        for holder in self.holders.iter().filter(|holder| holder.partner_id != claim.partner) {
            match held.iter_mut().find(|held| held.claim == holder.claim_id) {
                Some(held) => held.products.push(holder.product.clone()),
                None => held
                    .push(HeldBy { claim: holder.claim_id.clone(), products: vec![holder.product.clone()] }),
            }
        }
        held
    }

    pub(super) fn discard(&mut self) -> Result<(), Refusal> {
        self.gated(Action::Discard)?;
        let readable_until = READABLE_AFTER_DISCARD.due(self.at(), &self.program().calendar);
        self.record(Change::Discarded { readable_until }, Vec::new());
        Ok(())
    }

    pub(super) fn request_upload(&mut self, id: &EvidenceId, upload: &Upload) -> Result<(), Refusal> {
        let claim = self.gated(Action::AddEvidence)?;
        if claim.evidence.len() >= MAX_EVIDENCE {
            return Err(Refusal::new(
                Kind::EvidenceLimit,
                Rule::D19,
                format!("A claim has at most {MAX_EVIDENCE} documents."),
                "Join documents into one, or create a new claim.",
            ));
        }
        let evidence = Evidence {
            id: id.clone(),
            file_name: upload.file_name.clone(),
            media_type: upload.media_type.clone(),
            size: upload.size,
            sha256: upload.sha256.clone(),
            requested_at: self.at(),
            uploaded_by: self.policy.caller.actor.clone(),
            uploaded_at: None,
            staged: claim.status == Status::Rejected,
            scanned: false,
            verdict: None,
        };
        self.record(Change::UploadRequested { evidence }, Vec::new());
        Ok(())
    }

    pub(super) fn complete_upload(
        &mut self,
        id: &EvidenceId,
        found: Option<&UploadedFile>,
    ) -> Result<(), Refusal> {
        let claim = self.claim()?;
        let Some(document) = claim.evidence.iter().find(|document| document.id == *id) else {
            return Err(self.dropped(claim, id));
        };
        if document.uploaded_at.is_some() {
            return Ok(());
        }
        self.policy.gate_completion(claim, document)?;
        let Some(found) = found else {
            let mut refusal = Refusal::new(
                Kind::EvidenceMismatch,
                Rule::D10,
                "Nothing has been uploaded yet.",
                "Upload the document to the address that announcing it returned, and complete it again.",
            );
            refusal.errors = vec![FieldError::at("", "notUploaded", "nothing has been uploaded yet")];
            return Err(refusal);
        };
        if let Some(refusal) = mismatch(document, found) {
            // The address accepts nothing else any more, so the announcement makes room for another one.
            let change = Change::UploadsDropped { evidence: vec![id.clone()], why: DropReason::Mismatched };
            self.opened.record(&Caller::system(), change, Vec::new());
            return Err(refusal);
        }
        let scanned = found.scanned;
        self.record(Change::EvidenceAdded { evidence: id.clone(), scanned }, Vec::new());
        Ok(())
    }

    /// Why a document that the claim does not have cannot be completed: it left the claim (D20), the time to dispute is
    /// over (R20), or nobody has heard of it.
    fn dropped(&self, claim: &Claim, id: &EvidenceId) -> Refusal {
        let dropped = claim.dropped_uploads.iter().find(|dropped| dropped.id == *id);
        let is_over = claim.rejection.as_ref().is_some_and(|rejected| rejected.window_closed);
        if dropped.is_none() && !is_over {
            return Refusal::not_found();
        }
        if let Err(refusal) = self.policy.gate(claim, Action::AddEvidence) {
            return refusal;
        }
        match dropped.map(|dropped| dropped.why) {
            None => Refusal::not_found(),
            Some(DropReason::Mismatched) => Refusal::new(
                Kind::EvidenceMismatch,
                Rule::D10,
                "What was uploaded was not the announced document, so the announcement was dropped.",
                "Announce the document again, and upload it to the new address.",
            ),
            Some(DropReason::Expired | DropReason::Closed) => Refusal::new(
                Kind::UploadExpired,
                Rule::D19,
                "The upload was not completed within 24 hours, so it has expired.",
                "Announce the document again, and upload it to the new address.",
            ),
        }
    }

    /// R6, R9: the first submission arms the promises for the queue and for the whole claim. A resubmission gives the
    /// claim a fresh queue period and resumes the overall promise (D4) or, in a dispute, the dispute's (D6).
    pub(super) fn submit(&mut self) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.gated(Action::Submit)?;
        let again = claim.status == Status::PartnerActionRequired;
        if !claim.has_proof() {
            let is_infected = claim.evidence.iter().any(|document| document.uploaded_at.is_some());
            let (detail, next) = match is_infected {
                false => (
                    "A claim is submitted with at least one document of proof of execution.",
                    "Upload a document, complete its upload, and submit again.",
                ),
                true => (
                    "A threat was found in each of the claim's documents, so that none of them counts as proof of \
                     execution.",
                    "Upload another document, complete its upload, and submit again.",
                ),
            };
            return Err(Refusal::new(Kind::EvidenceMissing, Rule::R6, detail, next));
        }
        let clocks = &claim.clocks;
        let mut changes = clock::end(clocks, ClockName::PartnerAnswer);
        if claim.in_dispute() {
            changes.extend(clock::resume(clocks, ClockName::DisputeAnswer, at, program));
        } else {
            changes.extend(clock::arm(ClockName::ReviewStart, at, program));
            changes.extend(match again {
                true => Vec::from_iter(clock::resume(clocks, ClockName::Overall, at, program)),
                false => clock::arm(ClockName::Overall, at, program),
            });
        }
        if claim.late().next().is_some() {
            // D5: what comes back late is told to the lead again, until reviewers act.
            changes.extend(clock::escalate(clocks, at, program));
        }
        let (contested, holders) = (!self.holders.is_empty(), self.held_by_others(claim));
        self.record(Change::Submitted { again, contested, holders }, changes);
        Ok(())
    }

    pub(super) fn withdraw(&mut self, cause: WithdrawCause, note: Option<&str>) -> Result<(), Refusal> {
        let claim = self.gated(Action::Withdraw)?;
        let (change, clocks) = self.rejection(claim, Rejection::at_partners_request(claim, cause, note));
        self.record(change, clocks);
        Ok(())
    }

    pub(super) fn dispute(&mut self, justification: Option<&str>) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.gated(Action::Dispute)?;
        let joins =
            claim.evidence.iter().filter(|document| document.staged && document.uploaded_at.is_some());
        let joins: Vec<_> = joins.collect();
        let evidence: Vec<_> = joins.iter().map(|document| document.id.clone()).collect();
        if justification.is_none() && !joins.iter().any(|document| document.counts()) {
            return Err(Refusal::new(
                Kind::DisputeEmpty,
                Rule::R21,
                "A dispute needs a business justification, updated proof of execution, or both.",
                "Give a justification, or upload a document and dispute again.",
            ));
        }
        let due_at = program.periods.of(ClockName::DisputeAnswer).due(at, &program.calendar);
        let mut changes = clock::end_all(&claim.clocks);
        changes.extend(clock::arm(ClockName::DisputeAnswer, at, program));
        self.record(
            Change::Disputed { justification: justification.map(str::to_owned), evidence, due_at },
            changes,
        );
        Ok(())
    }

    /// D16: the address can be corrected only after a bounce; a resend without one changes no due instant, and is
    /// possible once in 24 hours. A partner corrects the address within what the reviewer approved; a reviewer gives any.
    pub(super) fn resend_notice(&mut self, correction: Option<&Correction>) -> Result<(), Refusal> {
        let now = self.opened.now();
        let claim = self.gated(Action::ResendNotice)?;
        let consent = claim.consents.last().ok_or_else(Refusal::not_found)?;
        if correction.is_some() && consent.state != ConsentState::Suspended {
            return Err(Refusal::new(
                Kind::IllegalState,
                Rule::D16,
                "The customer's email address can be corrected only after the notice bounced.",
                "Send the notice again without an email address.",
            ));
        }
        let is_partner = self.policy.caller.actor.role.is_partner();
        if is_partner && correction.is_some_and(|correction| correction.whose == Whose::Anybodys) {
            return Err(Refusal::new(
                Kind::ContactOutsideApproval,
                Rule::D16,
                format!(
                    "The corrected address lies outside what the reviewer approved: {}, what is below them, and the \
                     approved contact's own domain unless anybody can have a mailbox there.",
                    claim.details.customer.domains().join(", ")
                ),
                "Give an address of the customer in one of these domains, or ask in a comment that a reviewer corrects \
                 it.",
            ));
        }
        let too_soon = consent.resend_possible_from().filter(|from| now < *from);
        if let Some(from) = too_soon.filter(|_| consent.state == ConsentState::Open) {
            return Err(Refusal {
                retry_at: Some(from),
                ..Refusal::new(
                    Kind::NoticeLimit,
                    Rule::D16,
                    "A notice that did not fail is sent again at most once in 24 hours.",
                    format!("Send it again from {} on.", from.format("%Y-%m-%dT%H:%M:%SZ")),
                )
            });
        }
        let approval = consent.approval;
        let outside_domain = correction.is_some_and(|correction| correction.whose != Whose::Customers);
        let contact = correction.map(|correction| Changed {
            old: claim.details.customer.contact.clone(),
            new: correction.contact.clone(),
        });
        self.record(Change::NoticeResent { approval, contact, outside_domain }, Vec::new());
        Ok(())
    }

    pub(super) fn comment(&mut self, comment: &CommentId, text: &str) -> Result<(), Refusal> {
        self.gated(Action::Comment)?;
        self.record(Change::Commented { comment: comment.clone(), text: text.to_owned() }, Vec::new());
        Ok(())
    }

    /// R15, D9: the customer denies the approval that the link is bound to, once, with a reason or without; a second denial
    /// changes nothing.
    pub(super) fn deny(&mut self, approval: u64, note: Option<&str>) -> Result<(), Refusal> {
        let (claim, at) = (self.claim()?, self.at());
        let known = claim.consent_to(approval).filter(|consent| consent.is_link_known(at));
        let consent = known.ok_or_else(Refusal::not_found)?;
        if consent.state == ConsentState::Denied {
            return Ok(());
        }
        if !consent.state.is_open() {
            return Err(Refusal::consent_ended());
        }
        let claim = self.gated(Action::Deny)?;
        let rejection = Rejection::of(claim, RejectCode::CustomerDecline, note);
        let (change, clocks) = self.rejection(claim, rejection);
        self.record(change, clocks);
        Ok(())
    }

    /// The event of a rejection by a person, and what it does to the clocks.
    pub(super) fn rejection(&self, claim: &Claim, rejection: Rejection) -> (Change, Vec<ClockChange>) {
        let (dispute_until, clocks) = self.opened.closing(claim, &rejection);
        (Change::Rejected { rejection, dispute_until, expired: None, due_at: None }, clocks)
    }
}

/// Why what was found is not the announced document; `None` if it is.
fn mismatch(document: &Evidence, found: &UploadedFile) -> Option<Refusal> {
    const AGAIN: &str = "Announce the document again as it is, and upload it to the new address.";
    let refusal = |code: &str, detail: String, next: &str| {
        let errors = vec![FieldError::at("", code, detail.clone())];
        Some(Refusal { errors, ..Refusal::new(Kind::EvidenceMismatch, Rule::D10, detail, next) })
    };
    if found.size != document.size {
        let detail =
            format!("The uploaded document has {} bytes, and {} were announced.", found.size, document.size);
        return refusal("size", detail, AGAIN);
    }
    if found.sha256.as_ref().is_some_and(|sha256| *sha256 != document.sha256) {
        return refusal(
            "sha256",
            "The uploaded document has another SHA-256 than announced.".to_owned(),
            AGAIN,
        );
    }
    let next = found.content.next(&document.media_type)?;
    refusal("mediaType", found.content.detail(&document.file_name), &next)
}
