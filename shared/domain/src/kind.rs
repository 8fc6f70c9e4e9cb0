//! The kinds of refusal: one closed table of slug, title, rule and description.
//!
//! What is refused before a claim is looked at (a body that is not JSON, a bad token) stands in the same table as what
//! the rules refuse, so that a slug has one meaning everywhere. HTTP adds only the status.

use crate::rule::Rule;

/// Declares the kinds, and everything that `GET /v1/problems/{type}` says about each.
macro_rules! kinds {
    ($($kind:ident = $slug:literal, $title:literal, $rule:ident, $about:literal;)*) => {
        /// A kind of refusal; its slug ends the `type` of a problem document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $about] $kind,)*
        }

        impl Kind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The last segment of the problem's `type`.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }

            /// The refusal in a few words, the same at every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            /// The rule that it follows from, unless an occurrence names another.
            pub fn rule(self) -> Rule {
                match self { $(Self::$kind => Rule::$rule,)* }
            }

            /// When it occurs and what to do, in a sentence or two.
            pub fn about(self) -> &'static str {
                match self { $(Self::$kind => $about,)* }
            }
        }
    };
}

kinds! {
    Unauthenticated = "unauthenticated", "Not signed in", R1,
        "The request carries no access token that the API has checked. Sign in and send the access token as a bearer token.";
    Forbidden = "forbidden", "Not allowed for your role", R1,
        "The caller's role may not do this, whatever the claim's status. The problem's next says who may.";
    NotAssigned = "not-assigned", "Not your claim to decide", D17,
        "Only the assigned reviewer asks for action, approves or rejects. Start the review, or have the lead take it over.";
    AnotherReviewer = "another-reviewer", "Another reviewer has to decide", D17,
        "A dispute is decided by another person than the one who rejected the claim. Release it to another reviewer.";
    NotFound = "not-found", "Not found", I7,
        "There is no such thing, or it is not yours to see; the answer is the same in both cases.";
    NoSuchRoute = "no-such-route", "No such route", I7,
        "The API has no such path. The documentation lists them all.";
    MethodNotAllowed = "method-not-allowed", "Method not allowed", I7,
        "The path exists and has no such method. The header Allow lists the methods that it has.";
    IllegalState = "illegal-state", "Not possible in this status", R16,
        "The claim's status does not allow it. The problem lists what is allowed now.";
    NotEditable = "not-editable", "Fields cannot be edited any more", R24,
        "After submission only the MPN id, the products and the contacts of customer and partner, with the customer's mail domains, can be edited.";
    DisputeOver = "dispute-over", "The time to dispute is over", R20,
        "A rejection can be disputed for 30 days. Create a new claim with updated proof of execution.";
    NotDisputable = "not-disputable", "The rejection is final", D6,
        "A second rejection, and one at the partner's own request, cannot be disputed. Create a new claim.";
    AssociationHeld = "association-held", "Another claim holds the association", D15,
        "Another claim is the approved partner of record for one of the products. End that association first.";
    EvidenceMissing = "evidence-missing", "No proof of execution", R6,
        "A claim is submitted, resubmitted and approved with at least one completely uploaded document in which no threat was found. Upload one and submit again.";
    EvidenceMismatch = "evidence-mismatch", "Not the announced document", D10,
        "What was uploaded is missing, or is not the announced document. The detail says what was found, and next how to go on.";
    EvidenceLimit = "evidence-limit", "Too many documents", D19,
        "A claim has at most 30 documents. Join several into one.";
    EvidenceUnreadable = "evidence-unreadable", "The document cannot be opened", D10,
        "Only a document that was scanned and found clean is opened. The detail says whether to wait or to upload another.";
    EvidenceErased = "evidence-erased", "The document was erased", D22,
        "A closed claim keeps its documents for the program's time and no longer. The claim's history stays.";
    UploadExpired = "upload-expired", "The upload has expired", D19,
        "An upload that is not completed in 24 hours does not count. Announce the document again.";
    ConsentEnded = "consent-ended", "The time to deny is over", R13,
        "The customer can deny an association for 7 days from its notice on, and not once it has ended otherwise.";
    ContactNotConfirmed = "contact-not-confirmed", "The customer's contact is not confirmed", D16,
        "The contact's email address lies outside the customer's domains. An approval then confirms the contact.";
    ContactOutsideApproval = "contact-outside-approval", "The address lies outside what was approved", D16,
        "A partner corrects the customer's address within the domains that the reviewer approved; a reviewer gives any.";
    NoticeLimit = "notice-limit", "The notice was sent again just now", D16,
        "A notice that did not fail is sent again once in 24 hours, five times per approval. The header Retry-After says when.";
    CheckLimit = "check-limit", "Asked just now", D15,
        "An organisation asks once a minute who holds what of one tenant, or one subscription. The header Retry-After says when.";
    InvalidInput = "invalid-input", "Fields that are not valid", D19,
        "The body has fields that are missing, unknown or not valid. Every one is listed under errors.";
    EveryProductRemoved = "every-product-removed", "One product must remain", D10,
        "A reviewer cannot ask for all products to be removed. Ask for fewer, or reject the claim.";
    DisputeEmpty = "dispute-empty", "A dispute needs a reason", R21,
        "A dispute needs a business justification, updated proof of execution, or both.";
    KeyReused = "key-reused", "Idempotency-Key used for another request", D11,
        "The same Idempotency-Key came with another body in the last 48 hours. Use a new key for a new request.";
    RevisionRequired = "revision-required", "If-Match is required", D11,
        "An edit and a reviewer's decision carry the revision they saw. Send the claim's ETag as If-Match.";
    RevisionStale = "revision-stale", "The claim has changed", D11,
        "The revision in If-Match is not the claim's any more. Read the claim again and decide anew.";
    MalformedRequest = "malformed-request", "Malformed request", D19,
        "The body is not JSON, or a header does not have the form it should. The detail says which.";
    InvalidQuery = "invalid-query", "Query parameters that are not valid", D19,
        "The query has parameters that are unknown or not valid. Every one is listed under errors.";
    UnsupportedMediaType = "unsupported-media-type", "Unsupported media type", D19,
        "A body is application/json; a PATCH may also be application/merge-patch+json.";
    BodyTooLarge = "body-too-large", "Body too large", D19,
        "A request's body has at most 256 kB. Documents are uploaded to the address that announcing them returns.";
    DailyLimit = "daily-limit", "Too many today", D19,
        "An organisation creates and uploads only so much in a day (UTC). The header Retry-After says when to come back.";
    Busy = "busy", "Try again in a moment", D11,
        "Others are writing the same claim, or the table asks to come back later. Nothing was changed; repeat the request.";
    Internal = "internal", "Something failed on our side", R16,
        "The failure is in the log under the incident's id. Repeat the request with the same Idempotency-Key.";
}

impl Kind {
    /// The kind with a slug.
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// Whether it follows from who asks and how the claim stands, whatever the request says besides. Such a refusal comes
    /// before any condition that the request makes (RFC 9110, 13.2.1).
    pub fn is_by_role_or_status(self) -> bool {
        use Kind::{
            AnotherReviewer, ConsentEnded, DisputeOver, Forbidden, IllegalState, NotAssigned, NotDisputable,
            NotFound,
        };
        matches!(
            self,
            Forbidden
                | NotAssigned
                | AnotherReviewer
                | NotFound
                | IllegalState
                | DisputeOver
                | NotDisputable
                | ConsentEnded
        )
    }

    /// The reference that stands for the kind in a problem document.
    pub fn reference(self) -> String {
        format!("/v1/problems/{}", self.slug())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_slug_of_its_own_that_leads_back_to_it() {
        let slugs: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.slug()), Some(*kind));
        }
        assert_eq!(Kind::of("no-such-kind"), None);
    }
}
