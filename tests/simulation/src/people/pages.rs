//! How a person acts by pages: reads one, fills in its form and sends it, confirms what is asked once more, and signs in
//! again whenever the session is over.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use claim_domain::claim::Claim;
use claim_session::{Secret, Session};
use serde_json::{Value, json};

use super::form::Form;
use super::request::{Browser, Person, ReceivedResponse, Said, SentRequest};
use super::{Client, HOUR, MINUTE};
use crate::engine::{Millis, Simulation};
use crate::machines;
use crate::properties::Property;
use crate::state::instant;

/// A person who has signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    cookie: Secret,
    session: Session,
}

/// The pages by which a person makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    /// The page with the form.
    page: String,
    /// Where the form is sent.
    action: String,
    /// Whether what the form wants is asked once more before it counts.
    is_confirmed: bool,
    /// Whether it counts only on the revision that it was drawn from.
    is_bound: bool,
}

/// The pages for a request, if there are any.
pub(super) fn visit(request: &SentRequest) -> Option<Visit> {
    let claim = request.claim.as_ref()?;
    let is_partner = matches!(request.person, Person::Partner(..));
    let base = format!("/{}/{claim}", if is_partner { "claims" } else { "review" });
    let step = match (is_partner, request.name) {
        (true, "comment" | "submit" | "withdraw" | "discard" | "dispute" | "resend") => request.name,
        (false, "comment" | "note" | "start" | "release" | "approve" | "reject" | "resend") => request.name,
        (false, "take over") => "take-over",
        (false, "request action") => "request-action",
        (false, "end association") => "end-association",
        _ => return None,
    };
    let action = format!("{base}/{step}");
    let page = match step {
        "comment" | "note" | "start" | "release" => base,
        "submit" => format!("{base}/check"),
        _ => action.clone(),
    };
    let is_bound = !matches!(step, "comment" | "note" | "start" | "release");
    Some(Visit { page, action, is_confirmed: !is_partner && is_bound, is_bound })
}

/// Makes a request by its pages.
pub(super) async fn act(simulation: &Simulation, wanted: SentRequest, visit: Visit, client: &mut Client) {
    let moment = || {
        let state = simulation.state();
        let known = wanted.claim.as_ref().and_then(|claim| state.model.claims.get(claim));
        (state.agenda.now(), known.and_then(|known| known.clocks.running().min()))
    };
    let mut tab = Tab { simulation, wanted: &wanted, visit: &visit, client, signed_in: None };
    let (at, first_due) = moment();
    let Some(page) = tab.get(&visit.page).await else { return };
    let read = Form::read(page.page(), &visit.action);
    let said =
        matches!(page.status, 200 | 409).then_some(Said { at, first_due, is_possible: read.is_some() });
    let Some(mut form) = tab.or_kept_open(read) else { return };
    for (name, value) in typed(simulation, &wanted) {
        form.fill(name, &value);
    }
    let pause = tab.client.looks_at_page();
    simulation.sleep(pause).await;
    if !visit.is_confirmed {
        tab.send(form, said).await;
        return;
    }
    let (at, first_due) = moment();
    let Some(asked) = tab.send(form.clone(), None).await else { return };
    let read = Form::read(asked.page(), &visit.action).filter(|_| asked.status == 200);
    let said = matches!(asked.status, 200 | 403 | 409 | 422).then_some(Said {
        at,
        first_due,
        is_possible: read.is_some(),
    });
    let Some(mut confirmed) = tab.or_kept_open(read.clone()) else { return };
    if read.is_none() {
        confirmed.fields = form.fields;
        confirmed.fill("confirmed", "yes");
    }
    let pause = tab.client.looks_at_page();
    simulation.sleep(pause).await;
    tab.send(confirmed, said).await;
}

/// What a person types and chooses for a request: the names of fields, or how they begin, and values.
fn typed(simulation: &Simulation, request: &SentRequest) -> Vec<(&'static str, String)> {
    let body = request.body.clone().unwrap_or_default();
    let state = simulation.state();
    let known = request.claim.as_ref().and_then(|claim| state.model.claims.get(claim));
    let mut typed = Vec::new();
    for (name, field) in [
        ("text", "text"),
        ("cause", "cause"),
        ("justification", "justification"),
        ("email", "email"),
        ("reason", "reason"),
    ] {
        typed.extend(body[name].as_str().map(|text| (field, text.to_owned())));
    }
    if body["confirmContact"] == true {
        typed.push(("confirmContact", "yes".to_owned()));
    }
    let reasons = body["reasons"].as_array().into_iter().flatten();
    typed.extend(reasons.filter_map(|reason| Some(("reasons.", reason["code"].as_str()?.to_owned()))));
    for list in ["removeProducts", "products"] {
        let chosen = body[list].as_array().into_iter().flatten();
        let offered = chosen.filter(|product| known.is_some_and(|known| has(&known.claim, product)));
        typed.extend(offered.map(|product| ("chosen[]", product.to_string())));
    }
    typed
}

/// Whether a product is among those of a claim, so that its forms offer it.
fn has(claim: &Claim, product: &Value) -> bool {
    claim.details.named().any(|known| json!(known) == *product)
}

/// A tab of a browser, in which a person makes a request.
struct Tab<'a> {
    simulation: &'a Simulation,
    wanted: &'a SentRequest,
    visit: &'a Visit,
    client: &'a mut Client,
    /// The session that the tab's page belongs to.
    signed_in: Option<SignedIn>,
}

impl Tab<'_> {
    /// Reads a page; signs in when it asks for that.
    async fn get(&mut self, address: &str) -> Option<ReceivedResponse> {
        self.signed_in = self.simulation.state().browsers.get(&self.wanted.person).cloned();
        for _ in 0..4 {
            let request = SentRequest {
                name: "page",
                method: "GET",
                path: address.to_owned(),
                ..self.request(Vec::new(), None)
            };
            let response = self.client.send_with_retries(self.simulation, request).await?;
            let Some(to) = response.location.as_ref().filter(|_| response.asks_to_sign_in()) else {
                return Some(response);
            };
            self.sign_in(to.starts_with("/sign-in/renew")).await?;
        }
        None
    }

    /// The form, or one that was kept open since earlier: sometimes people have that, when a page offers none.
    fn or_kept_open(&mut self, read: Option<Form>) -> Option<Form> {
        if read.is_some() || self.client.pages.u32(0..3) > 0 {
            return read;
        }
        let csrf = &self.signed_in.as_ref()?.session.csrf;
        let state = self.simulation.state();
        let known = state.model.claims.get(self.wanted.claim.as_ref()?)?;
        Some(Form::kept_open(csrf, known.claim.revision))
    }

    /// Sends a form. If the session is over, its person signs in, and sends what was kept.
    async fn send(&mut self, mut form: Form, said: Option<Said>) -> Option<ReceivedResponse> {
        if self.client.pages.u32(0..40) == 0 {
            // Somebody signs out in another window.
            self.signed_in = None;
        }
        for _ in 0..4 {
            let request = self.request(form.fields.clone(), said);
            let response = self.client.send_with_retries(self.simulation, request).await?;
            let Some(to) = response.location.clone().filter(|_| response.asks_to_sign_in()) else {
                return Some(response);
            };
            let renews = to.starts_with("/sign-in/renew");
            self.sign_in(renews).await?;
            if !renews {
                form = self.kept(&form, &to).await?;
            }
        }
        None
    }

    /// The form that was kept while its person signed in again.
    async fn kept(&mut self, sent: &Form, to: &str) -> Option<Form> {
        let query = to.split_once('?').map_or("", |(_, query)| query).as_bytes();
        let back = form_urlencoded::parse(query).find(|(name, _)| name == "return")?.1.into_owned();
        let page = self.get(&back).await?;
        if page.status >= 500 {
            return None;
        }
        let form = Form::read(page.page(), &self.visit.action)?;
        let about_the_form = ["csrf", "once", "revision", "confirmed"];
        let mut typed = sent.fields.iter().filter(|field| !about_the_form.contains(&field.0.as_str()));
        let lost = typed.find(|field| form.has_lost(field));
        if let Some((name, value)) = lost {
            let what = format!("{}: the page {back} has no {name} {value:?} any more", self.wanted.name);
            self.simulation.state().violated(Property::NothingTypedIsLost, what);
        }
        Some(form)
    }

    /// The request with this form. What is to be confirmed and is not, as after signing in again, only asks.
    fn request(&self, fields: Vec<(String, String)>, said: Option<Said>) -> SentRequest {
        let only_asks = self.visit.is_confirmed && !fields.iter().any(|(name, _)| name == "confirmed");
        let value = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let revision = value("revision").and_then(|revision| revision.parse().ok());
        let cookie = self.signed_in.as_ref().map(|signed_in| signed_in.cookie.reveal().to_owned());
        // A form of a partner's act counts once; what is sent is its key.
        let is_keyed = self.visit.action.starts_with("/claims/") && self.wanted.name != "submit";
        SentRequest {
            name: self.wanted.name,
            person: self.wanted.person,
            method: "POST",
            path: self.visit.action.clone(),
            body: None,
            key: (is_keyed && !fields.is_empty()).then(|| super::form::encoded(&fields)),
            if_match: revision.filter(|_| self.visit.is_bound),
            claim: self.wanted.claim.clone(),
            browser: Some(Browser { cookie, fields, only_asks, said }),
        }
    }

    /// Signs in, or has the session renewed: what sign-in would put into the table of sessions is put there.
    async fn sign_in(&mut self, renews: bool) -> Option<()> {
        let now = instant(self.simulation.state().agenda.now());
        let fresh_until = now + TimeDelta::hours(1);
        let signed_in = match self.signed_in.take().filter(|_| renews) {
            Some(SignedIn { cookie, session }) => {
                SignedIn { cookie, session: Session { fresh_until, ..session } }
            }
            None => {
                let mut secret = || {
                    let mut bytes = [0; 32];
                    self.client.pages.fill(&mut bytes);
                    URL_SAFE_NO_PAD.encode(bytes)
                };
                let (cookie, csrf) = (secret().parse().ok()?, secret());
                let claims = self.wanted.person.token_claims()?;
                let session =
                    Session { claims, csrf, refresh_token: None, id_token: None, began_at: now, fresh_until };
                SignedIn { cookie, session }
            }
        };
        let sessions = machines::sessions(self.simulation);
        for _ in 0..5 {
            if sessions.begin(&signed_in.cookie, &signed_in.session).await.is_ok() {
                self.simulation.state().browsers.insert(self.wanted.person, signed_in.clone());
                self.signed_in = Some(signed_in);
                return Some(());
            }
        }
        None
    }
}

impl Client {
    /// Whether the person acts by pages now, rather than through the API.
    pub(super) fn acts_on_pages(&mut self) -> bool {
        self.pages.u32(0..4) == 0
    }

    /// How long somebody looks at a page: seldom longer than a session is believed, or lasts.
    fn looks_at_page(&mut self) -> Millis {
        match self.pages.u32(0..40) {
            0 => self.pages.i64(HOUR..2 * HOUR),
            1 => self.pages.i64(12 * HOUR..14 * HOUR),
            2..6 => self.pages.i64(MINUTE..30 * MINUTE),
            _ => self.pages.i64(10..5_000),
        }
    }
}
