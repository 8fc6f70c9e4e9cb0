//! Editing a claim, part by part: on the pages of a begun claim, by the API's edit (R24, D11).

use claim_command::{CommandRequest, Expected, Outcome};
use claim_domain::action::Action;
use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::Status;
use claim_domain::people::Caller;
use claim_http::registry::Operation;
use claim_http::{Problem, Request, status_of, view};
use claim_pages::{Form, Frame, Place, to};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::Dashboard;
use crate::claim::Opened;
use crate::drafts::PartPage;
use crate::part::{self, Choices, MAIL_DOMAINS, Part};

/// The page of a part of a claim.
pub(crate) async fn show(
    dashboard: &Dashboard,
    request: &Request,
    part: Part,
) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    if !opened.allows(Action::Edit) {
        return Ok(to(&format!("/claims/{}", opened.claim.id)));
    }
    let form = match dashboard.pages.kept(&dashboard.app, request).await? {
        Some(kept) => kept,
        None => {
            let fields = view::fields(&opened.claim.details, &opened.contacts);
            let fields = serde_json::to_value(fields).map_err(Problem::internal)?;
            part::shown(&fields).at(opened.revision)
        }
    };
    drawn(dashboard, request, &caller, &opened, (part, form), StatusCode::OK)
}

/// Saves a part of a claim, or says why not, with what was typed still there.
pub(crate) async fn send(
    dashboard: &Dashboard,
    request: &Request,
    part: Part,
) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let opened = Opened::read(dashboard, &caller, &request.claim()?).await?;
    let form = Form::sent(request);
    let expected = match form.revision() {
        Some(seen) => Expected::Revision(vec![seen]),
        None => Expected::Unsaid,
    };
    let is_submitted = opened.claim.status != Status::Editing;
    let area = opened.claim.details.solution_area;
    let patch = part::patch(part, &form, |field| is_open(field, is_submitted, area));
    let claim = opened.claim.id.clone();
    let command = CommandRequest { caller: caller.clone(), claim: claim.clone(), expected, key: None };
    let problem: Problem = match dashboard.app.carry_out(Operation::EditClaim, &command, &patch).await? {
        Outcome::Written(_) | Outcome::Unchanged(_) => {
            return Ok(to(&match opened.allows(Action::Submit) {
                true => format!("/claims/{claim}/check?done=saved"),
                false => format!("/claims/{claim}?done=saved"),
            }));
        }
        Outcome::Stale(stale) => stale.into(),
        Outcome::Refused(refusal) => (*refusal).into(),
    };
    let opened = Opened::read(dashboard, &caller, &claim).await?;
    let form = part::gathered(form.refused(&problem, part.labels())).at(opened.revision);
    let status = StatusCode::from_u16(status_of(problem.kind)).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    drawn(dashboard, request, &caller, &opened, (part, form), status)
}

/// Whether a field is on the page of a claim. The product family stays: another one is another claim.
fn is_open(field: &str, is_submitted: bool, area: SolutionArea) -> bool {
    match field.split('.').next().unwrap_or_default() {
        "solutionArea" => false,
        "technicalContact" => !is_submitted && area == SolutionArea::BusinessApplications,
        "mpnId" | "products" | "partnerContact" => true,
        "customer" => !is_submitted || field == MAIL_DOMAINS || field.starts_with("customer.contact."),
        _ => !is_submitted,
    }
}

fn drawn(
    dashboard: &Dashboard,
    request: &Request,
    caller: &Caller,
    opened: &Opened,
    (part, form): (Part, Form),
    status: StatusCode,
) -> Result<Response<Body>, Problem> {
    let area = Some(opened.claim.details.solution_area);
    let form = if part == Part::Products { part::in_catalogue_order(&form, area) } else { form };
    let zone = dashboard.app.commands.program.calendar.zone.name();
    let claim = &opened.claim.id;
    let page = PartPage {
        frame: Frame::of(part.title(), Place::Claims, request, caller, zone),
        address: format!("/claims/{claim}/{}", part.step()),
        back: (format!("/claims/{claim}/check"), "Go back without saving"),
        choices: Choices::of(&form, area),
        part,
        area,
        is_claim: true,
        is_submitted: opened.claim.status != Status::Editing,
        mpn_ids: caller.mpn_ids.iter().map(ToString::to_string).collect(),
        form,
    };
    claim_pages::page(status, &page)
}
