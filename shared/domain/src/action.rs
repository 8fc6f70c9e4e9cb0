//! What people can do with a claim. [`crate::policy`] says whether they may do it now.

use serde::Serialize;

use crate::people::Role;

crate::listed! {
    /// Something that a person can do with a claim.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
    #[serde(rename_all = "camelCase")]
    #[expect(missing_docs, reason = "each is the command of the same name")]
    pub enum Action {
        Create,
        Edit,
        AddEvidence,
        Discard,
        Submit,
        Withdraw,
        Dispute,
        ResendNotice,
        Comment,
        Note,
        StartReview,
        Release,
        TakeOver,
        RequestAction,
        Approve,
        Reject,
        EndAssociation,
        Deny,
    }
}

impl Action {
    /// Whether a role may ever do it (R1, R2, D17), whatever the claim's status.
    pub fn is_open_to(self, role: Role) -> bool {
        match self {
            Self::Create
            | Self::Edit
            | Self::AddEvidence
            | Self::Discard
            | Self::Submit
            | Self::Withdraw
            | Self::Dispute => role.is_partner(),
            Self::Comment | Self::ResendNotice => role.is_partner() || role.is_reviewer(),
            Self::Note
            | Self::StartReview
            | Self::Release
            | Self::RequestAction
            | Self::Approve
            | Self::Reject
            | Self::EndAssociation => role.is_reviewer(),
            Self::TakeOver => role == Role::ReviewLead,
            Self::Deny => role == Role::Customer,
        }
    }
}
