//! The messages of real histories, received by the reference consumer, which checks the schema and the order.

use std::str::FromStr;

use assessment_consumer::{Consumer, Kind, Outcome};
use claim_domain::calendar::{Calendar, Instant};
use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::{Claim, Customer, Details, Product, RevenueAssociation};
use claim_domain::command::{Command, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::decide::{Facts, decide};
use claim_domain::effect::Effect;
use claim_domain::ids::EffectId;
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::policy::Policy;
use claim_domain::program::{Periods, Program};
use claim_domain::reason::WithdrawCause;
use serde_json::Value;

use super::body;

/// The ULID of a number.
fn id<T: FromStr<Err: std::fmt::Debug>>(number: u32) -> T {
    format!("01J{number:023}").parse().unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn person(role: Role, name: &str) -> Caller {
    Caller {
        actor: Actor { role, id: name.to_lowercase(), name: name.to_owned(), client: false },
        partner: role.is_partner().then(|| "blue-yonder-partners".parse().unwrap()),
        partner_name: None,
        verified_email: None,
        mpn_ids: vec!["4711000".parse().unwrap()],
    }
}

fn workload(name: &str) -> Product {
    Product { product: name.to_owned(), subscription_id: None }
}

fn subscribed(name: &str, subscription: u32) -> Product {
    let id = format!("00000000-0000-0000-0000-{subscription:012}");
    Product { product: name.to_owned(), subscription_id: Some(id.parse().unwrap()) }
}

/// What happens to a claim, command by command, and the messages that follow from it.
struct Life {
    program: Program,
    claim: Option<Claim>,
    bodies: Vec<Value>,
}

impl Life {
    /// Approved on Monday, 9 March 2026, and the customer notified.
    fn approved(solution_area: SolutionArea, activities: &[Activity], products: &[Product]) -> Self {
        let details = Details {
            name: "Contoso rollout".to_owned(),
            mpn_id: "4711000".parse().unwrap(),
            solution_area,
            activities: activities.to_vec(),
            customer: Customer {
                tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
                domain: "contoso.example".to_owned(),
                mail_domains: Vec::new(),
                name: "Contoso".to_owned(),
                contact: id(901),
            },
            contact_outside_domain: false,
            technical_contact: None,
            partner_contact: id(902),
            products: products.iter().cloned().map(Into::into).collect(),
            revenue_association: activities.contains(&Activity::RevenueAssociation).then(|| {
                RevenueAssociation {
                    solution_seller: "Litware Sales".to_owned(),
                    customer_name: "Contoso Ltd".to_owned(),
                    isv_product: "Litware Ledger".to_owned(),
                }
            }),
        };
        let mut life = Self {
            program: Program {
                calendar: Calendar::parse("default", "Etc/UTC", "MON,TUE,WED,THU,FRI", "").unwrap(),
                periods: Periods::default(),
                dispute_needs_another_reviewer: true,
                retention: claim_domain::program::Retention::default(),
                daily: claim_domain::bound::DailyLimits::default(),
                language: claim_domain::language::Language::En,
                guide_url: "https://guide.example".to_owned(),
                changes_feed: false,
            },
            claim: None,
            bodies: Vec::new(),
        };
        let (ana, rita) = (person(Role::IncentivesAdmin, "Ana"), person(Role::Reviewer, "Rita"));
        let partner = "blue-yonder-partners".parse().unwrap();
        let upload = Upload {
            file_name: "proof.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: 1000,
            sha256: "ab".repeat(32).parse().unwrap(),
        };
        let found = UploadedFile {
            size: 1000,
            sha256: None,
            content: Content::Accepted("application/pdf"),
            scanned: false,
        };
        life.then("2026-03-02T10:00:00Z", &ana, Command::Create { id: id(1), partner, details, from: None })
            .then("2026-03-02T10:01:00Z", &ana, Command::RequestUpload { evidence: id(2), upload })
            .then(
                "2026-03-02T10:02:00Z",
                &ana,
                Command::CompleteUpload { evidence: id(2), found: Some(found) },
            )
            .then("2026-03-02T10:03:00Z", &ana, Command::Submit)
            .then("2026-03-04T09:00:00Z", &rita, Command::StartReview)
            .then("2026-03-09T09:00:00Z", &rita, Command::Approve { confirm_contact: false })
            .notified("2026-03-09T09:00:07.250Z");
        life
    }

    fn then(&mut self, now: &str, caller: &Caller, command: Command) -> &mut Self {
        let facts =
            Facts { policy: Policy { program: &self.program, caller }, command: &id(3), holders: &[] };
        let decision = decide(self.claim.as_ref(), &command, &facts, at(now));
        assert_eq!(decision.outcome, Ok(()), "{}", command.name());
        self.claim = decision.claim;
        for (event, effects) in decision.events {
            for (index, effect) in effects.into_iter().enumerate() {
                if let Effect::SendToAssessment { message } = effect {
                    let id = EffectId::new(&event.claim, event.version, index);
                    self.bodies.push(body(&message, &id));
                }
            }
        }
        self
    }

    fn notified(&mut self, now: &str) -> &mut Self {
        let consent = self.claim.as_ref().unwrap().consents.last().unwrap();
        let command = Command::RecordNotified { approval: consent.approval, notice: consent.notice.clone() };
        self.then(now, &Caller::system(), command)
    }

    /// The messages so far, received in order and then once more.
    fn received(&self) -> Consumer {
        let mut consumer = Consumer::new();
        let group = self.claim.as_ref().unwrap().id.as_str();
        for body in &self.bodies {
            assert_eq!(consumer.receive(&body.to_string(), group), Ok(Outcome::Accepted));
            assert_eq!(consumer.receive(&body.to_string(), group), Ok(Outcome::Duplicate));
        }
        consumer
    }

    fn kinds(&self) -> Vec<Kind> {
        self.received().ledger().iter().map(|entry| entry.message.kind).collect()
    }
}

fn ended(products: &[Product]) -> Command {
    Command::EndAssociation { products: products.to_vec(), reason: "Another partner took over.".to_owned() }
}

#[test]
fn a_microsoft_365_claim_is_requested_amended_and_recalled() {
    claim_domain::proves!(R5, R14, I6);
    let products = ["Teams", "Teams Meetings", "Exchange"].map(workload);
    let mut life = Life::approved(SolutionArea::Microsoft365, &[Activity::Usage], &products);
    assert_eq!(life.kinds(), [], "R14: nothing before the consent period has passed");
    life.then("2026-03-17T00:00:00Z", &Caller::system(), Command::ApplyDue)
        .then("2026-04-01T10:00:00Z", &person(Role::Reviewer, "Remi"), ended(&products[2..]))
        .then(
            "2026-05-01T10:00:00Z",
            &person(Role::GlobalAdmin, "Ana"),
            Command::Withdraw { cause: WithdrawCause::NoLongerWorkingWithCustomer, note: None },
        );
    assert_eq!(life.kinds(), [Kind::Requested, Kind::Amended, Kind::Recalled]);
    assert_eq!(life.bodies[0]["tenantId"], "11111111-2222-3333-4444-555555555555");
    assert_eq!(life.bodies[1]["follows"], life.bodies[0]["messageId"]);
    assert_eq!(life.bodies[2]["follows"], life.bodies[1]["messageId"]);
}

#[test]
fn every_subscription_id_of_a_business_applications_claim_is_handed_off() {
    claim_domain::proves!(R5);
    let products = [subscribed("Sales", 71), subscribed("Customer Service", 72)];
    let activities = [Activity::PreSales, Activity::Usage];
    let mut life = Life::approved(SolutionArea::BusinessApplications, &activities, &products);
    life.then("2026-03-17T00:00:00Z", &Caller::system(), Command::ApplyDue);
    let consumer = life.received();
    let message = &consumer.ledger()[0].message;
    let subscriptions: Vec<_> =
        message.products.iter().filter_map(|product| product.subscription_id.as_deref()).collect();
    assert_eq!(
        subscriptions,
        ["00000000-0000-0000-0000-000000000071", "00000000-0000-0000-0000-000000000072"]
    );
    assert_eq!(message.programs, ["OSA", "OSU"]);
}

#[test]
fn only_a_claim_for_revenue_association_is_handed_off_with_its_details() {
    claim_domain::proves!(R5, D14);
    let products = [subscribed("Finance", 73)];
    let activities = [Activity::RevenueAssociation];
    let mut life = Life::approved(SolutionArea::BusinessApplications, &activities, &products);
    life.then("2026-03-17T00:00:00Z", &Caller::system(), Command::ApplyDue);
    let consumer = life.received();
    let association = consumer.ledger()[0].message.revenue_association.as_ref().unwrap();
    assert_eq!(association.solution_seller, "Litware Sales");
    assert_eq!(
        (association.customer_name.as_str(), association.isv_product.as_str()),
        ("Contoso Ltd", "Litware Ledger")
    );
    let mut other = Life::approved(SolutionArea::Microsoft365, &[Activity::Usage], &[workload("Teams")]);
    other.then("2026-03-17T00:00:00Z", &Caller::system(), Command::ApplyDue);
    assert!(other.bodies[0].get("revenueAssociation").is_none());
}

#[test]
fn after_a_recall_a_dispute_that_is_won_is_requested_anew_behind_it() {
    claim_domain::proves!(I6);
    let products = [workload("Exchange")];
    let mut life = Life::approved(SolutionArea::Microsoft365, &[Activity::Usage], &products);
    let (ana, remi, lena) = (
        person(Role::IncentivesAdmin, "Ana"),
        person(Role::Reviewer, "Remi"),
        person(Role::ReviewLead, "Lena"),
    );
    life.then("2026-03-17T00:00:00Z", &Caller::system(), Command::ApplyDue)
        .then("2026-04-01T10:00:00Z", &remi, ended(&products))
        .then(
            "2026-04-02T10:00:00Z",
            &ana,
            Command::Dispute { justification: Some("We still do.".to_owned()) },
        )
        .then("2026-04-03T10:00:00Z", &lena, Command::StartReview)
        .then("2026-04-03T11:00:00Z", &lena, Command::Approve { confirm_contact: false })
        .notified("2026-04-03T11:00:05Z")
        .then("2026-04-11T00:00:00Z", &Caller::system(), Command::ApplyDue);
    assert_eq!(life.kinds(), [Kind::Requested, Kind::Recalled, Kind::Requested]);
}

#[test]
fn the_longest_reason_fits_the_schema() {
    let products = ["Teams", "Exchange"].map(workload);
    let mut life = Life::approved(SolutionArea::Microsoft365, &[Activity::Usage], &products);
    let command = Command::EndAssociation { products: products[1..].to_vec(), reason: "ü".repeat(8_000) };
    life.then("2026-03-17T00:00:00Z", &Caller::system(), Command::ApplyDue).then(
        "2026-04-01T10:00:00Z",
        &person(Role::Reviewer, "Remi"),
        command,
    );
    assert_eq!(life.kinds(), [Kind::Requested, Kind::Amended]);
}
