//! The registry: every function of the system, every route of the API and every page. Everything that needs functions or
//! routes takes them from here: how a request finds its handler, and every check of the repository.

mod deprecation;
mod functions;

pub use deprecation::Deprecation;
pub use functions::{FUNCTIONS, Function, InvokedBy};

/// The deprecation of a row, if it has one.
macro_rules! deprecation {
    () => {
        None
    };
    ($deprecation:expr) => {
        Some($deprecation)
    };
}

/// Declares the routes, one row each: operation, function, method and path, who may call, what its body is, what it
/// answers, and with `deprecated` that it has to go.
macro_rules! routes {
    ($($(#[doc = $doc:literal])+ $operation:ident = $function:literal, $method:literal $path:literal, $caller:ident, $body:expr, $($answer:literal)|+ $(, deprecated $deprecation:expr)?;)*) => {
        /// What can be asked of the API or on a page: one for each route.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $($(#[doc = $doc])+ $operation,)*
        }

        /// Every route of the API and of the pages.
        pub const ROUTES: &[Route] = &[$(Route {
            operation: Operation::$operation,
            about: concat!($($doc),+),
            function: $function,
            method: $method,
            path: $path,
            caller: Callers::$caller,
            body: $body,
            answers: &[$($answer),+],
            deprecation: deprecation!($($deprecation)?),
        },)*];
    };
}

/// A route of the API or of the pages.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// What is asked.
    pub operation: Operation,
    /// What it does, in a sentence; a blank stands before it.
    pub about: &'static str,
    /// The function that answers.
    pub function: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path, its parameters in braces.
    pub path: &'static str,
    /// Who may call.
    pub caller: Callers,
    /// What its body is.
    pub body: BodyKind,
    /// The statuses of its answers, without those of problems.
    pub answers: &'static [u16],
    /// That it has to go, if it has to.
    pub deprecation: Option<Deprecation>,
}

/// Who may call a route. Everybody else is refused; for a claim of another organisation everybody gets 404 (I7). On a page
/// somebody who has not signed in is asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// Partner users (R1).
    Partners,
    /// Reviewers and the review lead (R2).
    Reviewers,
    /// The review lead (D17).
    Lead,
    /// Partner users, reviewers and the review lead.
    SignedIn,
    /// Everybody who has the customer's link (D9).
    LinkHolders,
    /// Everybody.
    Anybody,
}

impl Callers {
    /// Whether everybody may call, signed in or not.
    pub fn is_public(self) -> bool {
        matches!(self, Self::LinkHolders | Self::Anybody)
    }
}

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// It is ignored.
    None,
    /// A JSON object; may be left out where no field is required.
    OptionalJson,
    /// A JSON object.
    Json,
    /// A JSON merge patch (RFC 7396) of a claim as the caller saw it: `If-Match` is required (D11).
    MergePatch,
    /// A JSON object with a decision on what the caller read: `If-Match` is required (D11).
    Decision,
    /// A JSON object with a list, or a CSV file: a row for each claim.
    Rows,
    /// The fields of a form.
    Form,
}

impl BodyKind {
    /// Whether the request has to say which revision of the claim it is meant for (D11).
    pub fn requires_revision(self) -> bool {
        matches!(self, Self::MergePatch | Self::Decision)
    }

    /// The media types that it may have.
    pub fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::OptionalJson | Self::Json | Self::Decision => &["application/json"],
            Self::Rows => &["application/json", "text/csv"],
            Self::MergePatch => &["application/merge-patch+json", "application/json"],
            Self::Form => &["application/x-www-form-urlencoded"],
        }
    }

    /// Whether a request without a body counts as one with an empty object.
    pub fn may_be_left_out(self) -> bool {
        matches!(self, Self::OptionalJson | Self::Decision)
    }
}

routes! {
    /// Create a claim (R6).
    CreateClaim = "claims", "POST" "/v1/claims", Partners, BodyKind::Json, 200 | 201;
    /// Create up to 100 claims, each by itself (R6).
    CreateClaims = "claims", "POST" "/v1/claims/batch", Partners, BodyKind::Rows, 200;
    /// Get a CSV file to fill in for a batch.
    ReadTemplate = "claims", "GET" "/v1/claims/template.csv", Partners, BodyKind::None, 200;
    /// List the organisation's claims (I7).
    ListClaims = "claims", "GET" "/v1/claims", Partners, BodyKind::None, 200;
    /// Read a claim (R16).
    ReadClaim = "claims", "GET" "/v1/claims/{id}", SignedIn, BodyKind::None, 200 | 304;
    /// Edit a claim (R24).
    EditClaim = "claims", "PATCH" "/v1/claims/{id}", Partners, BodyKind::MergePatch, 200;
    /// Discard a claim that was never submitted (D8).
    DiscardClaim = "claims", "DELETE" "/v1/claims/{id}", Partners, BodyKind::None, 200 | 204;
    /// Begin a new claim from this one: its fields, without its proof (R6).
    CloneClaim = "claims", "POST" "/v1/claims/{id}/clone", Partners, BodyKind::OptionalJson, 200 | 201;
    /// Read a claim's history (R16, R26).
    ReadHistory = "claims", "GET" "/v1/claims/{id}/history", SignedIn, BodyKind::None, 200;
    /// Read on in the changes of the organisation's claims (D23).
    ReadChanges = "claims", "GET" "/v1/changes", Partners, BodyKind::None, 200;
    /// List the claims that reviewers have to deal with (R2).
    ReadQueue = "claims", "GET" "/v1/review/queue", Reviewers, BodyKind::None, 200;
    /// Ask whether associations are free before claiming them (D15).
    CheckAssociations = "claims", "GET" "/v1/associations/check", Partners, BodyKind::None, 200;
    /// List the kinds of problem.
    ListProblems = "reference", "GET" "/v1/problems", Anybody, BodyKind::None, 200;
    /// Read what a kind of problem means.
    ReadProblem = "reference", "GET" "/v1/problems/{type}", Anybody, BodyKind::None, 200;
    /// List the rules.
    ListRules = "reference", "GET" "/v1/rules", Anybody, BodyKind::None, 200;
    /// Read a rule.
    ReadRule = "reference", "GET" "/v1/rules/{id}", Anybody, BodyKind::None, 200;
    /// Read the contract of the API: an OpenAPI document, or a page.
    ReadContract = "reference", "GET" "/v1/openapi.json", Anybody, BodyKind::None, 200;
    /// Read what the system sends by itself: an AsyncAPI document.
    ReadMessages = "reference", "GET" "/v1/asyncapi.json", Anybody, BodyKind::None, 200;
    /// Announce a document, to be uploaded or copied from another claim (R24, D20).
    AnnounceEvidence = "evidence", "POST" "/v1/claims/{id}/evidence", Partners, BodyKind::Json, 200 | 201;
    /// Complete the upload of a document (D10).
    CompleteEvidence = "evidence", "POST" "/v1/claims/{id}/evidence/{evidenceId}/complete", Partners,
        BodyKind::OptionalJson, 200;
    /// Download a document.
    DownloadEvidence = "evidence", "GET" "/v1/claims/{id}/evidence/{evidenceId}", SignedIn, BodyKind::None, 200 | 303;
    /// Submit a claim, or submit it again (R7, R9).
    SubmitClaim = "submit", "POST" "/v1/claims/{id}/submit", Partners, BodyKind::OptionalJson, 200;
    /// Submit up to 100 claims, each by itself (R7, R9).
    SubmitClaims = "submit", "POST" "/v1/claims/submit", Partners, BodyKind::Json, 200;
    /// Withdraw a claim (D8).
    WithdrawClaim = "withdraw", "POST" "/v1/claims/{id}/withdraw", Partners, BodyKind::Json, 200;
    /// Dispute a rejection (R20).
    DisputeRejection = "dispute", "POST" "/v1/claims/{id}/dispute", Partners, BodyKind::OptionalJson, 200;
    /// Read a claim's comments (R25).
    ListComments = "comment", "GET" "/v1/claims/{id}/comments", SignedIn, BodyKind::None, 200;
    /// Comment, or leave an internal note (R25, D13).
    WriteComment = "comment", "POST" "/v1/claims/{id}/comments", SignedIn, BodyKind::Json, 200 | 201;
    /// Start a review, or take an unassigned claim (R8, D17).
    StartReview = "review", "POST" "/v1/claims/{id}/review/start", Reviewers, BodyKind::OptionalJson, 200;
    /// Give a claim back (D17).
    ReleaseClaim = "review", "POST" "/v1/claims/{id}/review/release", Reviewers, BodyKind::OptionalJson, 200;
    /// Take a claim over (D17).
    TakeOverClaim = "review", "POST" "/v1/claims/{id}/review/take-over", Lead, BodyKind::OptionalJson, 200;
    /// Ask the partner for more (R9).
    RequestAction = "review", "POST" "/v1/claims/{id}/review/request-action", Reviewers, BodyKind::Decision, 200;
    /// Approve a claim (R10).
    ApproveClaim = "review", "POST" "/v1/claims/{id}/review/approve", Reviewers, BodyKind::Decision, 200;
    /// Reject a claim (R11).
    RejectClaim = "review", "POST" "/v1/claims/{id}/review/reject", Reviewers, BodyKind::Decision, 200;
    /// End the association for products of an approved claim (D15).
    EndAssociation = "review", "POST" "/v1/claims/{id}/review/end-association", Reviewers, BodyKind::Decision,
        200;
    /// Send the customer's notice again (D16).
    ResendNotice = "consent", "POST" "/v1/claims/{id}/consent/resend", SignedIn, BodyKind::OptionalJson, 200;
    /// Register a webhook; its secret is in this answer alone (D24).
    CreateWebhook = "webhooks", "POST" "/v1/webhooks", Partners, BodyKind::Json, 201;
    /// List the organisation's webhooks (D24).
    ListWebhooks = "webhooks", "GET" "/v1/webhooks", Partners, BodyKind::None, 200;
    /// Read how a webhook stands (D24).
    ReadWebhook = "webhooks", "GET" "/v1/webhooks/{webhookId}", Partners, BodyKind::None, 200;
    /// Remove a webhook (D24).
    RemoveWebhook = "webhooks", "DELETE" "/v1/webhooks/{webhookId}", Partners, BodyKind::None, 204;
    /// Replace a webhook's secret; the new one is in this answer alone (D24).
    RotateSecret = "webhooks", "POST" "/v1/webhooks/{webhookId}/rotate", Partners, BodyKind::None, 200;
    /// Send a webhook the changes after a number again, up to 100 at once (D24).
    ReplayChanges = "webhooks", "POST" "/v1/webhooks/{webhookId}/replay", Partners, BodyKind::Json, 200;
    /// List the last hundred attempts to deliver to a webhook, the newest first (D24).
    ListAttempts = "webhooks", "GET" "/v1/webhooks/{webhookId}/attempts", Partners, BodyKind::None, 200;
    /// Open the page behind the customer's link (D9).
    OpenConsent = "consent", "GET" "/v1/consent/{token}", LinkHolders, BodyKind::None, 200;
    /// Deny the association (R15).
    DenyConsent = "consent", "POST" "/v1/consent/{token}/deny", LinkHolders, BodyKind::OptionalJson, 200 | 303;

    /// Go to one's own first page.
    Home = "sign-in", "GET" "/", Anybody, BodyKind::None, 303;
    /// Go to the issuer to sign in.
    StartSignIn = "sign-in", "GET" "/sign-in", Anybody, BodyKind::None, 303;
    /// Come back from the issuer.
    FinishSignIn = "sign-in", "GET" "/sign-in/callback", Anybody, BodyKind::None, 303;
    /// Renew a session on the way to a page.
    RenewSession = "sign-in", "GET" "/sign-in/renew", Anybody, BodyKind::None, 303;
    /// Renew a session on the way of a form.
    RenewSessionForm = "sign-in", "POST" "/sign-in/renew", Anybody, BodyKind::Form, 303 | 307;
    /// Sign out, here or everywhere.
    SignOut = "sign-in", "POST" "/sign-out", Anybody, BodyKind::Form, 303;
    /// Be told that one is signed out.
    SignedOut = "sign-in", "GET" "/sign-out", Anybody, BodyKind::None, 200;
    /// Load a style sheet, a script or a picture of the pages.
    ShowAsset = "sign-in", "GET" "/assets/{name}", Anybody, BodyKind::None, 200;

    /// See the organisation's claims (I7).
    ShowClaims = "dashboard", "GET" "/claims", Partners, BodyKind::None, 200 | 303;
    /// Begin a claim, which is not yet complete enough to be one.
    BeginDraft = "dashboard", "POST" "/drafts", Partners, BodyKind::Form, 303;
    /// See what a begun claim still needs.
    ShowDraft = "dashboard", "GET" "/drafts/{draft}", Partners, BodyKind::None, 200;
    /// See one part of a begun claim.
    ShowDraftStep = "dashboard", "GET" "/drafts/{draft}/{step}", Partners, BodyKind::None, 200;
    /// Save one part of a begun claim.
    SaveDraftStep = "dashboard", "POST" "/drafts/{draft}/{step}", Partners, BodyKind::Form, 200 | 303;
    /// See whether one has a private address of the calendar of what the organisation has to do.
    ShowCalendar = "dashboard", "GET" "/claims/calendar", Partners, BodyKind::None, 200 | 303;
    /// Make such an address, or switch it off.
    ChangeCalendar = "dashboard", "POST" "/claims/calendar", Partners, BodyKind::Form, 200 | 303;
    /// Read that calendar, by its private address.
    ReadCalendar = "dashboard", "GET" "/claims/calendar/{token}", Anybody, BodyKind::None, 200 | 304;
    /// See a claim (R16).
    ShowClaim = "dashboard", "GET" "/claims/{id}", Partners, BodyKind::None, 200 | 303;
    /// See one page of a claim: its history, a part of it to edit, its proof, what to check, an action to confirm.
    ShowClaimStep = "dashboard", "GET" "/claims/{id}/{step}", Partners, BodyKind::None, 200 | 303;
    /// Send the form of such a page.
    SendClaimStep = "dashboard", "POST" "/claims/{id}/{step}", Partners, BodyKind::Form, 200 | 303;
    /// Open a document of one's own claim.
    OpenOwnProof = "dashboard", "GET" "/claims/{id}/proof/{evidenceId}", Partners, BodyKind::None, 303;
    /// Complete the upload of a document (D10).
    CompleteOwnProof = "dashboard", "POST" "/claims/{id}/proof/{evidenceId}", Partners, BodyKind::Form, 200 | 303;
    /// See the organisation's webhooks (D24).
    ShowWebhooks = "dashboard", "GET" "/webhooks", Partners, BodyKind::None, 200;
    /// Register a webhook; its secret is on the page that answers, and on no other (D24).
    AddWebhook = "dashboard", "POST" "/webhooks", Partners, BodyKind::Form, 200;
    /// See how a webhook stands, and what became of the last attempts (D24).
    ShowWebhook = "dashboard", "GET" "/webhooks/{webhookId}", Partners, BodyKind::None, 200;
    /// See one page of a webhook: an action to confirm.
    ShowWebhookStep = "dashboard", "GET" "/webhooks/{webhookId}/{step}", Partners, BodyKind::None, 200;
    /// Send the form of such a page (D24).
    SendWebhookStep = "dashboard", "POST" "/webhooks/{webhookId}/{step}", Partners, BodyKind::Form, 200 | 303;

    /// See the claims that reviewers have to deal with (R2).
    ShowQueue = "casework", "GET" "/review", Reviewers, BodyKind::None, 200;
    /// See whether one has a private address of the calendar of what reviewers have to do.
    ShowReviewCalendar = "casework", "GET" "/review/calendar", Reviewers, BodyKind::None, 200 | 303;
    /// Make such an address, or switch it off.
    ChangeReviewCalendar = "casework", "POST" "/review/calendar", Reviewers, BodyKind::Form, 200 | 303;
    /// Read that calendar, by its private address.
    ReadReviewCalendar = "casework", "GET" "/review/calendar/{token}", Anybody, BodyKind::None, 200 | 304;
    /// See a claim as a reviewer.
    ShowCase = "casework", "GET" "/review/{id}", Reviewers, BodyKind::None, 200;
    /// See one page of a claim: its history, a decision to confirm.
    ShowCaseStep = "casework", "GET" "/review/{id}/{step}", Reviewers, BodyKind::None, 200;
    /// Send the form of such a page.
    SendCaseStep = "casework", "POST" "/review/{id}/{step}", Reviewers, BodyKind::Form, 200 | 303;
    /// Open a document of a claim under review.
    OpenProof = "casework", "GET" "/review/{id}/proof/{evidenceId}", Reviewers, BodyKind::None, 303;
    /// See how much there is to do, and how late it is.
    ShowWorkload = "casework", "GET" "/workload", Lead, BodyKind::None, 200;
    /// Take over the claims of a reviewer who is away.
    CoverReviewer = "casework", "POST" "/workload", Lead, BodyKind::Form, 200 | 303;
}

impl Route {
    /// Method and path, as API Gateway writes them: `GET /v1/claims/{id}`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it is a page for people who sign in, and not a part of the API.
    pub fn is_page(&self) -> bool {
        !self.path.starts_with("/v1/")
    }

    /// Whether the gateway passes its requests on without having looked at a token: everybody may call, or a session says
    /// who does.
    pub fn needs_no_token(&self) -> bool {
        self.is_page() || self.caller.is_public()
    }

    /// The methods that it answers: what can be read of the API can be asked for its head alone (RFC 9110, 9.3.2).
    pub fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        let head = (self.method == "GET" && !self.is_page()).then_some("HEAD");
        [self.method].into_iter().chain(head)
    }

    /// The gateway's routes for it: it passes on what it knows by method and path. Of pages it knows what their first
    /// segment says, which is enough to find their function.
    pub fn keys(&self) -> impl Iterator<Item = String> + use<> {
        let whole = self.path;
        let path = match self.path.split_once('/').and_then(|(_, rest)| rest.split_once('/')) {
            Some((first, _)) if self.is_page() => format!("/{first}/{{page+}}"),
            _ => whole.to_owned(),
        };
        self.methods().map(move |method| format!("{method} {path}"))
    }

    /// Whether the answer depends on what the caller accepts: pages for people, JSON for programs, files for whoever
    /// exports.
    pub fn negotiates(&self) -> bool {
        !self.is_page() && self.caller.is_public()
            || self.operation == Operation::DownloadEvidence
            || self.exports()
    }

    /// Whether it is a list that can be had in files too, page by page: as CSV or as JSON lines.
    pub fn exports(&self) -> bool {
        matches!(self.operation, Operation::ListClaims | Operation::ReadHistory | Operation::ReadQueue)
    }

    /// Whether it asks for something to be done to a claim, which can be tried in a dry run. What the customer's link shows
    /// is what denying would do, so a denial is not tried.
    pub fn is_command(&self) -> bool {
        !self.is_page() && self.method != "GET" && !self.caller.is_public() && !self.is_of_webhooks()
    }

    /// Whether it is about webhooks and no claim.
    pub fn is_of_webhooks(&self) -> bool {
        self.path.starts_with("/v1/webhooks")
    }

    /// Whether parameters in the query that mean nothing are refused by the route itself or ignored. All other routes
    /// take none.
    pub fn reads_query(&self) -> bool {
        use Operation::{CheckAssociations, ListClaims, ListComments, ReadChanges, ReadHistory, ReadQueue};
        // Mail programs and trackers add parameters to a link (D9), and so do people to the address of a page.
        self.is_page()
            || self.caller == Callers::LinkHolders
            || matches!(
                self.operation,
                CheckAssociations | ListClaims | ListComments | ReadChanges | ReadHistory | ReadQueue
            )
    }

    /// The values of this route's parameters in a path, by name; `None` if the path is not this route's. A slash at the
    /// end of the path means nothing.
    pub fn parameters<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        let (mut pattern, mut given) = (self.path.split('/'), path.split('/'));
        let mut parameters = Vec::new();
        loop {
            match (pattern.next(), given.next()) {
                (None, None) => return Some(parameters),
                (Some(pattern), Some(given)) => {
                    match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                        Some(_) if given.is_empty() => return None,
                        Some(name) => parameters.push((name, given)),
                        None if pattern == given => {}
                        None => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

impl Operation {
    /// Its route.
    pub fn route(self) -> &'static Route {
        // One row each, in the order of the operations.
        &ROUTES[self as usize]
    }
}

/// The route of the gateway for what is no other route's: it is answered by [`CATCH_ALL_FUNCTION`], with a redirection
/// where a slash too many stands at the end of a path, and as a problem everywhere else. No token was looked at there, so
/// its answers say nothing that needs one: that a path has other methods stands in the documentation, too.
pub const CATCH_ALL: &str = "$default";
/// The function that answers what is no other route's.
pub const CATCH_ALL_FUNCTION: &str = "claims";

/// The route of a request, and so the function that answers it.
pub fn route(method: &str, path: &str) -> Option<&'static Route> {
    of_path(path).find(|route| route.methods().any(|known| known == method))
}

/// The routes of a path; none if the API has no such path. In a path that is written out nothing is a parameter: no claim is
/// called `submit`.
pub fn of_path(path: &str) -> impl Iterator<Item = &'static Route> {
    let is_written_out = ROUTES.iter().any(|route| route.path == path);
    ROUTES.iter().filter(move |route| match is_written_out {
        true => route.path == path,
        false => route.parameters(path).is_some(),
    })
}

#[cfg(test)]
mod tests;
