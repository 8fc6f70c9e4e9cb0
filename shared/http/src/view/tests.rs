//! Snapshots of every projection, for every viewer, of one claim to which much has happened: submitted, noted, asked
//! for action, edited, contested, breached, rejected, disputed, approved, handed off.

use claim_domain::calendar::{Calendar, Instant};
use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::{AssessmentState, Claim, Customer, Details, Product, Verdict};
use claim_domain::command::{Command, Feedback, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::decide::{Facts, as_of, decide};
use claim_domain::draft::Contact;
use claim_domain::event::Event;
use claim_domain::ids::{ClaimId, ContactRef, EffectId};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::policy::Policy;
use claim_domain::program::{Periods, Program};
use claim_domain::reason::{ActionCode, ActionReason, RejectCode, WithdrawCause};
use claim_domain::refusal::{Holder, NewestEvidence};
use serde_json::{Value, json};

use super::*;

mod challenged;
mod erased;
mod sealed;

const CLAIM: &str = "01J0000000000000000000000A";

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: &str) -> T {
    format!("{:0<26}", "01J").split_at(26 - last.len()).0.to_owned().add(last).parse().unwrap()
}

trait Add {
    fn add(self, text: &str) -> String;
}

impl Add for String {
    fn add(mut self, text: &str) -> String {
        self.push_str(text);
        self
    }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn program() -> Program {
    Program {
        calendar: Calendar::parse("default", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "").unwrap(),
        periods: Periods::default(),
        dispute_needs_another_reviewer: true,
        retention: claim_domain::program::Retention::default(),
        daily: claim_domain::bound::DailyLimits::default(),
        language: claim_domain::language::Language::En,
        guide_url: "https://guide.example".to_owned(),
        changes_feed: false,
    }
}

fn person(role: Role, name: &str, partner: Option<&str>) -> Caller {
    Caller {
        actor: Actor { role, id: name.to_lowercase(), name: name.to_owned(), client: false },
        partner: partner.map(|partner| partner.parse().unwrap()),
        partner_name: partner.map(|_| "Contoso Consulting".to_owned()),
        verified_email: None,
        mpn_ids: partner.map(|_| "1234567".parse().unwrap()).into_iter().collect(),
    }
}

fn ana() -> Caller {
    person(Role::IncentivesAdmin, "Ana", Some("contoso"))
}

fn rita() -> Caller {
    person(Role::Reviewer, "Rita", None)
}

fn ruben() -> Caller {
    person(Role::Reviewer, "Ruben", None)
}

fn workload(name: &str) -> Product {
    Product { product: name.to_owned(), subscription_id: None }
}

fn details() -> Details {
    Details {
        name: "Contoso Teams rollout".to_owned(),
        mpn_id: "1234567".parse().unwrap(),
        solution_area: SolutionArea::Microsoft365,
        activities: vec![Activity::Usage],
        customer: Customer {
            tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            domain: "adatum.example".to_owned(),
            mail_domains: Vec::new(),
            name: "Adatum".to_owned(),
            contact: id("C1"),
        },
        contact_outside_domain: false,
        technical_contact: None,
        partner_contact: id("C2"),
        products: vec![workload("Teams").into(), workload("Exchange").into()],
        revenue_association: None,
    }
}

fn contacts() -> Contacts {
    let contact = |name: &str, title: Option<&str>| Contact {
        name: name.to_owned(),
        title: title.map(str::to_owned),
        email: format!("{}@adatum.example", name.to_lowercase()),
        language: None,
        proven: false,
    };
    // C3, which replaced the first partner contact, is kept; C2 was erased.
    [(id::<ContactRef>("C1"), contact("Carl", Some("CIO"))), (id::<ContactRef>("C3"), contact("Cleo", None))]
        .into_iter()
        .collect()
}

fn holder() -> Holder {
    Holder {
        product: workload("Exchange"),
        key: None,
        claim_id: id("B"),
        partner_id: "fabrikam".parse().unwrap(),
        partner_name: Some("Fabrikam Partners".to_owned()),
        since: at("2026-01-05T10:00:00Z"),
        newest_evidence: Some(NewestEvidence {
            id: id("E9"),
            file_name: "letter.pdf".to_owned(),
            uploaded_at: at("2026-01-02T10:00:00Z"),
        }),
    }
}

/// What happens to a claim in a test.
#[derive(Default)]
struct Scenario {
    claim: Option<Claim>,
    events: Vec<Event>,
}

impl Scenario {
    #[track_caller]
    fn act(mut self, when: &str, who: &Caller, holders: &[Holder], command: Command) -> Self {
        let command_id = id("D");
        let program = program();
        let facts =
            Facts { policy: Policy { program: &program, caller: who }, command: &command_id, holders };
        let decision = decide(self.claim.as_ref(), &command, &facts, at(when));
        decision.outcome.unwrap();
        self.claim = decision.claim;
        self.events.extend(decision.events.into_iter().map(|(event, _)| event));
        self
    }

    fn claim(&self) -> &Claim {
        self.claim.as_ref().unwrap()
    }
}

fn submitted() -> Scenario {
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
    let create = Command::Create {
        id: CLAIM.parse().unwrap(),
        partner: "contoso".parse().unwrap(),
        details: details(),
        from: None,
    };
    let request = Command::RequestUpload { evidence: id("E1"), upload: upload.clone() };
    let abandoned = Command::RequestUpload { evidence: id("E2"), upload };
    let complete = Command::CompleteUpload { evidence: id("E1"), found: Some(found) };
    Scenario::default()
        .act("2026-03-02T08:00:00Z", &ana(), &[], create)
        .act("2026-03-02T08:10:00Z", &ana(), &[], request)
        .act("2026-03-02T08:11:00Z", &ana(), &[], abandoned)
        .act("2026-03-02T08:12:00Z", &ana(), &[], complete)
        .act("2026-03-02T09:00:00Z", &ana(), &[holder()], Command::Submit)
}

fn asked() -> Scenario {
    let note = Command::Note { comment: id("F1"), text: "Looks like Fabrikam's letter.".to_owned() };
    let comment = Command::Comment { comment: id("F2"), text: "Is this Adatum's own signature?".to_owned() };
    let ask = Command::RequestAction {
        reasons: vec![ActionReason { code: ActionCode::Other, note: Some("Sign page 3.".to_owned()) }],
        remove_products: vec![workload("Exchange")],
    };
    submitted()
        .act("2026-03-03T09:00:00Z", &rita(), &[], Command::StartReview)
        .act("2026-03-04T09:00:00Z", &rita(), &[], note)
        .act("2026-03-04T10:00:00Z", &rita(), &[], comment)
        .act("2026-03-05T09:00:00Z", &rita(), &[], ask)
}

fn resubmitted() -> Scenario {
    let mut edited = details();
    edited.products = vec![workload("Teams").into()];
    edited.partner_contact = id("C3");
    asked().act("2026-03-06T09:00:00Z", &ana(), &[], Command::Edit { details: edited }).act(
        "2026-03-09T09:00:00Z",
        &ana(),
        &[],
        Command::Submit,
    )
}

fn disputed() -> Scenario {
    let reject =
        Command::Reject { reason: RejectCode::InsufficientPoe, note: Some("Still unsigned.".to_owned()) };
    let dispute = Command::Dispute { justification: Some("It is signed on page 4.".to_owned()) };
    resubmitted()
        .act("2026-03-10T09:00:00Z", &rita(), &[], Command::StartReview)
        .act("2026-03-11T09:00:00Z", &rita(), &[], reject)
        .act("2026-03-12T09:00:00Z", &ana(), &[], dispute)
}

fn handed_off() -> Scenario {
    let approved = disputed().act("2026-03-13T09:00:00Z", &ruben(), &[], Command::StartReview).act(
        "2026-03-16T09:00:00Z",
        &ruben(),
        &[],
        Command::Approve { confirm_contact: false },
    );
    let approval = approved.claim().version;
    let notice = EffectId::new(&CLAIM.parse().unwrap(), approval, 0);
    let notified = Command::RecordNotified { approval, notice };
    let passed = approved.act("2026-03-16T09:00:05Z", &Caller::system(), &[], notified).act(
        "2026-03-24T09:00:00Z",
        &Caller::system(),
        &[],
        Command::ApplyDue,
    );
    let message_id = passed.claim().assessment.clone().unwrap().message_id;
    let sent = Command::RecordAssessmentSent { message_id, state: AssessmentState::Requested };
    passed.act("2026-03-24T09:00:05Z", &Caller::system(), &[], sent)
}

fn seen_by(caller: &Caller, play: &Scenario, now: &str, holders: &[Holder]) -> Value {
    let (program, contacts, now) = (program(), contacts(), at(now));
    let stored = play.claim();
    let current = as_of(stored, &program, now);
    let context = ViewContext {
        claim: &current,
        revision: stored.revision,
        version: stored.version,
        contacts: &contacts,
        holders,
        policy: Policy { program: &program, caller },
        now,
        rehearsed: None,
    };
    match Viewer::of(caller) {
        Viewer::Partner => json!(for_partner(&context)),
        Viewer::Reviewer => json!(for_reviewer(&context)),
    }
}

#[test]
fn a_submitted_claim_as_its_partner_sees_it() {
    insta::assert_json_snapshot!(seen_by(&ana(), &submitted(), "2026-03-04T09:00:00Z", &[holder()]));
}

#[test]
fn a_submitted_claim_as_a_reviewer_sees_it() {
    insta::assert_json_snapshot!(seen_by(&rita(), &submitted(), "2026-03-04T09:00:00Z", &[holder()]));
}

#[test]
fn a_claim_with_the_partner_as_the_partner_sees_it() {
    insta::assert_json_snapshot!(seen_by(&ana(), &asked(), "2026-03-06T09:00:00Z", &[]));
}

#[test]
fn a_disputed_claim_as_a_reviewer_sees_it() {
    insta::assert_json_snapshot!(seen_by(&ruben(), &disputed(), "2026-03-13T09:00:00Z", &[]));
}

#[test]
fn a_handed_off_claim_as_its_partner_sees_it() {
    insta::assert_json_snapshot!(seen_by(&ana(), &handed_off(), "2026-03-25T09:00:00Z", &[]));
}

#[test]
fn a_handed_off_claim_as_a_reviewer_sees_it() {
    insta::assert_json_snapshot!(seen_by(&rita(), &handed_off(), "2026-03-25T09:00:00Z", &[]));
}

#[test]
fn what_is_overdue_is_shown_under_the_stored_revision() {
    claim_domain::proves!(I3);
    let stored = asked();
    let seen = seen_by(&ana(), &stored, "2026-03-20T09:00:00Z", &[]);
    assert_eq!(seen["status"], "rejected");
    assert_eq!(seen["rejection"]["reason"], "noPartnerResponse");
    assert_eq!(seen["revision"], stored.claim().revision);
}

#[test]
fn the_history_as_the_partner_sees_it() {
    insta::assert_json_snapshot!(history(Viewer::Partner, &handed_off().events, 0));
}

#[test]
fn the_history_as_a_reviewer_sees_it() {
    insta::assert_json_snapshot!(history(Viewer::Reviewer, &handed_off().events, 0));
}

/// Approved on 16 March. The customer complained about the first notice; the second bounced, and then the first.
fn heard() -> Scenario {
    let approved = disputed().act("2026-03-13T09:00:00Z", &ruben(), &[], Command::StartReview).act(
        "2026-03-16T09:00:00Z",
        &ruben(),
        &[],
        Command::Approve { confirm_contact: false },
    );
    let notice = |play: &Scenario| {
        let consent = play.claim().consents.last().unwrap();
        (consent.approval, consent.notice.clone())
    };
    let (approval, first) = notice(&approved);
    let complained =
        Command::RecordFeedback { approval, notice: first.clone(), feedback: Feedback::Complained };
    let again = approved
        .act(
            "2026-03-16T09:00:05Z",
            &Caller::system(),
            &[],
            Command::RecordNotified { approval, notice: first.clone() },
        )
        .act("2026-03-16T10:00:00Z", &Caller::system(), &[], complained)
        .act("2026-03-17T09:00:00Z", &ana(), &[], Command::ResendNotice { correction: None });
    let (approval, second) = notice(&again);
    let failed = Feedback::Failed { why: "email bounced: General".to_owned() };
    let bounced = |notice| Command::RecordFeedback { approval, notice, feedback: failed.clone() };
    again.act("2026-03-17T09:10:00Z", &Caller::system(), &[], bounced(second)).act(
        "2026-03-17T09:20:00Z",
        &Caller::system(),
        &[],
        bounced(first),
    )
}

fn history(viewer: Viewer, events: &[Event], shown: u64) -> Vec<Value> {
    entries(viewer, events, shown, &contacts()).iter().map(|entry| json!(entry)).collect()
}

fn last_five(viewer: Viewer, play: &Scenario) -> Vec<Value> {
    let mut whole = history(viewer, &play.events, 0);
    whole.split_off(whole.len() - 5)
}

#[test]
fn what_became_of_the_notices_as_the_partner_sees_it() {
    claim_domain::proves!(D16);
    let play = heard();
    insta::assert_json_snapshot!(last_five(Viewer::Partner, &play));
    insta::assert_json_snapshot!(seen_by(&ana(), &play, "2026-03-18T09:00:00Z", &[])["consent"]);
}

#[test]
fn what_became_of_the_notices_as_a_reviewer_sees_it() {
    claim_domain::proves!(D16);
    insta::assert_json_snapshot!(last_five(Viewer::Reviewer, &heard()));
}

/// A claim with a document in every state that a document can have.
fn scanned() -> Scenario {
    let mut play = Scenario::default().act(
        "2026-03-02T08:00:00Z",
        &ana(),
        &[],
        Command::Create {
            id: CLAIM.parse().unwrap(),
            partner: "contoso".parse().unwrap(),
            details: details(),
            from: None,
        },
    );
    let verdicts = [None, Some(Verdict::Clean), Some(Verdict::Infected), Some(Verdict::Unscannable)];
    for (number, verdict) in verdicts.into_iter().enumerate() {
        let evidence: claim_domain::ids::EvidenceId = id(&format!("E{number}"));
        let upload = Upload {
            file_name: format!("proof-{number}.pdf"),
            media_type: "application/pdf".to_owned(),
            size: 1000,
            sha256: "ab".repeat(32).parse().unwrap(),
        };
        let found = UploadedFile {
            size: 1000,
            sha256: None,
            content: Content::Accepted("application/pdf"),
            scanned: true,
        };
        let request = Command::RequestUpload { evidence: evidence.clone(), upload };
        let complete = Command::CompleteUpload { evidence: evidence.clone(), found: Some(found) };
        play = play.act("2026-03-02T08:10:00Z", &ana(), &[], request).act(
            "2026-03-02T08:11:00Z",
            &ana(),
            &[],
            complete,
        );
        if let Some(verdict) = verdict {
            let told = Command::RecordVerdict { evidence, verdict };
            play = play.act("2026-03-02T08:12:00Z", &Caller::system(), &[], told);
        }
    }
    play.act("2026-03-02T09:00:00Z", &ana(), &[], Command::Submit)
}

#[test]
fn what_the_scanner_found_is_seen_by_partner_and_reviewer_alike() {
    let play = scanned();
    let seen = |caller: &Caller| seen_by(caller, &play, "2026-03-02T10:00:00Z", &[])["evidence"].clone();
    assert_eq!(seen(&ana()), seen(&rita()));
    let evidence = seen(&rita());
    let states: Vec<_> = evidence.as_array().unwrap().iter().map(|document| &document["state"]).collect();
    assert_eq!(states, ["scanning", "clean", "infected", "unscannable"]);
    insta::assert_json_snapshot!(evidence);
    let mut told = history(Viewer::Partner, &play.events, 0);
    told.retain(|entry| entry["type"] == "evidenceScanned");
    insta::assert_json_snapshot!(told);
}

#[test]
fn a_partners_history_has_no_gaps_on_any_page() {
    claim_domain::proves!(D13);
    let events = handed_off().events;
    let whole = history(Viewer::Partner, &events, 0);
    let numbers: Vec<_> = whole.iter().map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=whole.len() as u64).collect::<Vec<_>>());
    assert_eq!(whole.len(), events.len() - 1, "all but the internal note");
    let page = history(Viewer::Partner, &events[8..], 7);
    assert_eq!(page, whole[7..]);
}

#[test]
fn nothing_that_a_partner_sees_tells_a_version() {
    claim_domain::proves!(D13);
    for play in [handed_off(), heard()] {
        let claim = seen_by(&ana(), &play, "2026-03-25T09:00:00Z", &[]);
        let history = json!(entries(Viewer::Partner, &play.events, 0, &contacts()));
        for text in [claim.to_string(), history.to_string()] {
            assert!(!text.contains("ersion\""), "{text}");
            assert!(!text.contains(&format!("{CLAIM}/")), "the id of an effect holds a version: {text}");
            assert!(!text.contains("Fabrikam"), "an internal note: {text}");
        }
    }
}

#[test]
fn every_contact_that_a_history_mentions_is_looked_up() {
    assert_eq!(references_in(&handed_off().events), [id("C1"), id::<ContactRef>("C2"), id("C3")]);
}

#[test]
fn comments_are_for_both_and_notes_for_reviewers() {
    claim_domain::proves!(R25);
    let events = asked().events;
    let of = |viewer| json!(comments(viewer, &events).collect::<Vec<_>>());
    insta::assert_json_snapshot!(of(Viewer::Reviewer));
    let partner = of(Viewer::Partner);
    assert_eq!(partner.as_array().unwrap().len(), 1);
    assert_eq!(partner[0]["internal"], Value::Null);
}

#[test]
fn a_list_shows_the_assignee_to_reviewers_only() {
    let listed = [claim_store::Listed::of(resubmitted().claim()), claim_store::Listed::of(asked().claim())];
    insta::assert_json_snapshot!(json!(rows(Viewer::Reviewer, &listed, Some("next".to_owned()))));
    let partner = json!(rows(Viewer::Partner, &listed, None));
    assert!(!partner.to_string().contains("assignedTo"));
    assert!(partner.get("next").is_none());
}

#[test]
fn a_paused_clock_shows_the_days_that_are_left() {
    // D4: submitted on Monday, asked on Thursday: three of ten are used.
    let seen = seen_by(&ana(), &asked(), "2026-03-06T09:00:00Z", &[]);
    let clocks = seen["clocks"].as_array().unwrap();
    let overall = clocks.iter().find(|clock| clock["name"] == "overall").unwrap();
    assert_eq!((&overall["remainingBusinessDays"], &overall["breached"]), (&json!(7), &json!(false)));
    assert_eq!(overall["pausedAt"], "2026-03-05T09:00:00Z");
}
