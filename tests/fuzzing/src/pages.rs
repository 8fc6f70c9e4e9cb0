//! The pages of partners: what strangers wrote is text on them, what they say is said in words, and their forms bring along
//! what they must.

mod acts;
mod calendars;
mod drafts;
mod law;
mod seen;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use claim_domain::claim::Status;
use claim_session::{Secret, Session};
use regex_lite::Regex;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture, TestRequest, ana, rita};

const CSRF: &str = "the session's secret";

/// A fixture with two people signed in: Ana, a partner, and Rita, a reviewer.
struct Pages {
    fixture: Fixture,
}

/// The cookie of a person.
fn cookie(number: u8) -> Secret {
    URL_SAFE_NO_PAD.encode([number; 32]).parse().unwrap()
}

const ANA: u8 = 1;
const RITA: u8 = 2;
const FABIO: u8 = 3;

impl Pages {
    fn new() -> Self {
        let pages = Self { fixture: Fixture::new() };
        let fabio = json!({
            "sub": "fabio", "token_use": "access", "cognito:groups": "[incentives-admin]", "name": "Fabio",
            "partner_id": "fabrikam", "mpn_ids": "2001",
        });
        for (number, claims) in [(ANA, ana()), (RITA, rita()), (FABIO, fabio)] {
            pages.sign_in(number, &claims);
        }
        pages
    }

    fn sign_in(&self, number: u8, claims: &Value) {
        let now = self.fixture.commands().host.now();
        let claims = claims.as_object().unwrap().iter();
        let session = Session {
            claims: claims.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
            csrf: CSRF.to_owned(),
            refresh_token: None,
            id_token: None,
            began_at: now,
            fresh_until: now + TimeDelta::hours(1),
        };
        self.fixture.wait(self.fixture.sessions().begin(&cookie(number), &session)).unwrap();
    }

    fn get_as(&self, number: u8, address: &str) -> Answer {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let header = format!("__Host-session={}", cookie(number).reveal());
        let mut request = TestRequest::new("GET", path, Value::Null).header("cookie", &header);
        request.token = None;
        request.query = query.to_owned();
        self.fixture.send(&request)
    }

    fn get(&self, address: &str) -> Answer {
        self.get_as(ANA, address)
    }

    fn page(&self, address: &str) -> String {
        let answer = self.get(address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        answer.body
    }

    fn post_as(&self, number: u8, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.fixture.send(&form_of(number, path, fields))
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as(ANA, path, fields)
    }

    /// Sends a form as a page's script does, which asks for JSON.
    fn asks(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.fixture.send(&form(path, fields).header("accept", "application/json"))
    }

    fn claim(&self, status: Status) -> String {
        format!("/claims/{}", self.fixture.claim(status))
    }

    /// Every page of partners about what there is, whatever they can do on it.
    fn addresses(&self) -> Vec<String> {
        let mut all = vec!["/claims".to_owned(), "/claims?search=contoso&status=in-review".to_owned()];
        for status in self.fixture.statuses() {
            let claim = self.claim(status);
            all.extend([claim.clone(), format!("{claim}/history")]);
        }
        let acts = [
            (Status::Submitted, "withdraw"),
            (Status::Editing, "discard"),
            (Status::Rejected, "dispute"),
            (Status::Submitted, "comment"),
        ];
        for step in ["about", "customer", "products", "contacts", "proof", "check"] {
            all.extend(
                [Status::Editing, Status::PartnerActionRequired]
                    .map(|status| format!("{}/{step}", self.claim(status))),
            );
        }
        all.extend(acts.map(|(status, act)| format!("{}/{act}", self.claim(status))));
        all
    }
}

/// A form as Ana's browser sends it.
fn form(path: &str, fields: &[(&str, &str)]) -> TestRequest {
    form_of(ANA, path, fields)
}

fn form_of(number: u8, path: &str, fields: &[(&str, &str)]) -> TestRequest {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("csrf", CSRF).extend_pairs(fields);
    let header = format!("__Host-session={}", cookie(number).reveal());
    let mut request = TestRequest::new("POST", path, Value::Null)
        .header("cookie", &header)
        .header("content-type", "application/x-www-form-urlencoded")
        .bytes(body.finish());
    request.token = None;
    request
}

/// What a page says, without its tags.
fn text(page: &str) -> String {
    let body = page.split_once("<body").map_or(page, |(_, body)| body);
    Regex::new("<[^>]*>").unwrap().replace_all(body, " ").into_owned()
}

/// The values of an attribute.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let pattern = Regex::new(&format!(" {attribute}=\"([^\"]*)\"")).unwrap();
    pattern.captures_iter(page).map(|found| found.get(1).unwrap().as_str()).collect()
}

fn revision_in(page: &str) -> String {
    let pattern = Regex::new("name=\"revision\" value=\"([0-9]+)\"").unwrap();
    pattern.captures(page).unwrap()[1].to_owned()
}
