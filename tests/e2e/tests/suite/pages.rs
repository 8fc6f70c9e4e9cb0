//! Pages by session over HTTP: whoever works on them alone needs what the roles of their functions allow, and nothing else.

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed, pdf};
use local_stack::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::authorization::{Session, send, signed_in};
use crate::fixtures::{Case, approved, case, draft, holds, same, status, under_review};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_claim_is_begun_proven_and_withdrawn_on_pages_alone", begun).proves(&[Rule::R6]),
        case("a_reviewer_reads_proof_and_ends_an_association_on_pages", reviewed).proves(&[Rule::D15]),
        case("somebody_signs_out_of_pages_everywhere_at_once", everywhere),
    ]
}

/// Somebody at a page of ours.
pub(crate) struct Visitor<'a> {
    claim: &'a ClaimDriver<'a>,
    session: Session,
}

impl<'a> Visitor<'a> {
    pub(crate) fn signed_in(claim: &'a ClaimDriver<'a>, name: &str) -> Result<Self, Failed> {
        Ok(Self { claim, session: signed_in(claim.environment, name)? })
    }

    fn opens(&self, page: &str) -> Result<Response, Failed> {
        send(self.claim.environment, "GET", page, Some(&self.session), &[], None)
    }

    /// Sends a form, drawn from a revision; `accept` says who asks, a person or the page's script.
    fn sends(
        &self,
        page: &str,
        revision: u64,
        accept: &str,
        fields: &[(&str, &str)],
    ) -> Result<Response, Failed> {
        let revision = revision.to_string();
        let mut all = vec![("csrf", self.session.csrf.as_str()), ("revision", revision.as_str())];
        all.extend(fields);
        let headers = [("sec-fetch-site", "same-origin"), ("accept", accept)];
        send(self.claim.environment, "POST", page, Some(&self.session), &headers, Some(&all))
    }

    /// Sends a form that is taken; where it leads.
    pub(crate) fn is_led(
        &self,
        page: &str,
        revision: u64,
        fields: &[(&str, &str)],
    ) -> Result<String, Failed> {
        let answer = self.sends(page, revision, "text/html", fields)?;
        status(&answer, 303, page)?;
        Ok(answer.header("location").unwrap_or_default().to_owned())
    }

    /// Has the page's script ask something.
    fn asks(&self, page: &str, fields: &[(&str, &str)]) -> Result<Value, Failed> {
        let answer = self.sends(page, 0, "application/json", fields)?;
        status(&answer, 200, page)?;
        Ok(answer.json())
    }

    /// Follows the address of a document to its bytes.
    fn reads(&self, page: &str) -> Result<Vec<u8>, Failed> {
        let led = self.opens(page)?;
        status(&led, 303, page)?;
        let address = led.header("location").unwrap_or_default().to_owned();
        let read = self.claim.environment.send("GET", &address, &[], None)?;
        status(&read, 200, "the document")?;
        Ok(read.body)
    }
}

/// The parts of a claim as the API takes it, each with the fields of its form.
fn parts(body: &Value) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let fields = |names: &[&'static str]| {
        let value = |name: &&'static str| {
            let pointer = format!("/{}", name.trim_end_matches("[]").replace('.', "/"));
            let value = body.pointer(&pointer).map(|value| value.get(0).unwrap_or(value).clone());
            (*name, value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        names.iter().map(value).collect::<Vec<_>>()
    };
    vec![
        ("about", fields(&["name", "mpnId", "solutionArea", "activities[]"])),
        ("customer", fields(&["customer.name", "customer.tenantId", "customer.domain"])),
        ("products", fields(&["products.0.product"])),
        (
            "contacts",
            fields(&[
                "customer.contact.name",
                "customer.contact.title",
                "customer.contact.email",
                "partnerContact.name",
                "partnerContact.email",
            ]),
        ),
    ]
}

fn begun(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let bytes = pdf("Proof from a page");
    let id = {
        let nadia = Visitor::signed_in(claim, "nadia")?;
        let draft_address = nadia.is_led("/drafts", 0, &[])?;
        let mut led = String::new();
        for ((part, fields), revision) in parts(&draft("Begun on pages", &["Teams"])).iter().zip(1..) {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            led = nadia.is_led(&format!("{draft_address}/{part}"), revision, &fields)?;
        }
        let proof = led.split('?').next().unwrap_or_default().to_owned();
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let size = bytes.len().to_string();
        let document =
            [("once", "1"), ("fileName", "proof.pdf"), ("size", size.as_str()), ("sha256", sha256.as_str())];
        let asked = nadia.asks(&proof, &document)?;
        let again = nadia.asks(&proof, &document)?;
        same(&again["evidence"], &asked["evidence"], "the same announcement, tried again")?;
        let document = format!("{proof}/{}", asked["evidence"].as_str().unwrap_or_default());
        let early = nadia.sends(&document, 0, "application/json", &[])?;
        status(&early, 409, "nothing is there yet")?;
        claim.put(&again, &bytes)?;
        nadia.asks(&document, &[])?;
        claim.eventually("the document can be read", || {
            Ok((nadia.opens(&document)?.status == 303).then_some(()))
        })?;
        same(nadia.reads(&document)?, bytes, "the document")?;
        proof.trim_start_matches("/claims/").trim_end_matches("/proof").to_owned()
    };
    claim.was_created(&id)?;
    let submit = |claim: &ClaimDriver<'_>, step: &str, fields: &[(&str, &str)]| {
        let revision = claim.look("nadia")?["revision"].as_u64().unwrap_or_default();
        let nadia = Visitor::signed_in(claim, "nadia")?;
        nadia.is_led(&format!("/claims/{}/{step}", claim.id), revision, fields)
    };
    submit(claim, "submit", &[])?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    // Withdrawn, it holds its products no more.
    submit(claim, "withdraw", &[("cause", "other"), ("note", "Of no use any more.")])?;
    claim.becomes("/status", &json!("rejected"))
}

fn reviewed(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Read on pages")?;
    let evidence = claim.claim["evidence"][0]["id"].as_str().unwrap_or_default().to_owned();
    {
        let rita = Visitor::signed_in(claim, "rita")?;
        let read = rita.reads(&format!("/review/{}/proof/{evidence}", claim.id))?;
        holds(read.starts_with(b"%PDF"), "the reviewer reads the document")?;
    }
    let mut held = claim.another("nadia");
    approved(&mut held, "Held for a while")?;
    let revision = held.look("rita")?["revision"].as_u64().unwrap_or_default();
    let rita = Visitor::signed_in(&held, "rita")?;
    let fields = [
        ("chosen[]", r#"{"product":"Teams"}"#),
        ("reason", "It has moved to another."),
        ("confirmed", "yes"),
    ];
    rita.is_led(&format!("/review/{}/end-association", held.id), revision, &fields)?;
    let left = held.look("rita")?["products"].as_array().map(Vec::len);
    same(left, Some(1), "the products whose association is left")
}

fn everywhere(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let (here, there) = (Visitor::signed_in(claim, "fiona")?, Visitor::signed_in(claim, "fiona")?);
    status(&there.opens("/claims")?, 200, "before")?;
    here.is_led("/sign-out", 0, &[("everywhere", "yes")])?;
    let after = there.opens("/claims")?;
    let led = after.header("location").unwrap_or_default();
    holds(after.status == 303 && led.starts_with("/sign-in"), "every session of theirs is over")
}
