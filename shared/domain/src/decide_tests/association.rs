//! One partner of record (D15), and what incentive assessment is told (R4, R5, R14, I6).

use super::stages::Stage::*;
use super::*;
use crate::claim::AssessmentState;
use crate::effect::AssessmentMessage;

#[test]
fn a_claim_for_what_is_held_is_accepted_and_marked_contested() {
    crate::proves!(D15);
    let mut scenario = Editing.scenario();
    scenario.holders = vec![holder(&workload("Exchange"))];
    scenario.does(&ana(), Command::Submit);
    assert_eq!((scenario.status(), scenario.claim().contested), (Status::Submitted, true));
    assert!(matches!(scenario.last().change, Change::Submitted { contested: true, .. }));
    assert!(!Submitted.scenario().claim().contested);
}

#[test]
fn the_mark_follows_resubmission_and_edits_of_products() {
    crate::proves!(D15);
    let mut scenario = ActionRequired.scenario();
    scenario.holders = vec![holder(&workload("Exchange"))];
    let with_yammer =
        edit(|details| details.products.push(workload("Yammer").into()), &scenario.claim().details);
    scenario.does(&ana(), with_yammer);
    assert!(scenario.claim().contested);
    scenario.holders.clear();
    let other_mpn = edit(|details| details.mpn_id = "1002".parse().unwrap(), &scenario.claim().details);
    scenario.does(&ana(), other_mpn);
    assert!(scenario.claim().contested, "another field leaves the mark alone");
    scenario.does(&ana(), Command::Submit);
    assert!(!scenario.claim().contested);
}

#[test]
fn approving_what_another_holds_is_refused_with_the_holders() {
    crate::proves!(D15);
    let mut scenario = Mine.scenario();
    scenario.holders = vec![holder(&workload("Exchange"))];
    let refusal = scenario.refuses(&rita(), APPROVE, Kind::AssociationHeld, Rule::D15);
    assert_eq!(refusal.holders, scenario.holders);
    scenario.holders.clear();
    scenario.does(&rita(), APPROVE);
}

#[test]
fn won_on_dispute_the_approval_needs_free_products_like_any_other() {
    crate::proves!(D15);
    let mut scenario = DisputeMine.scenario();
    scenario.holders = vec![holder(&workload("Exchange"))];
    scenario.refuses(&rita(), APPROVE, Kind::AssociationHeld, Rule::D15);
}

#[test]
fn an_approved_claim_holds_each_workload_and_each_subscription() {
    crate::proves!(D15);
    let keys =
        |scenario: &Scenario| scenario.claim().held().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(keys(&Mine.scenario()).is_empty(), "not before the approval");
    let tenant = "00000000-0000-0000-0000-000000000001";
    let mut scenario = AwaitingNotice.scenario();
    assert_eq!(keys(&scenario), ["Exchange", "Intune", "Teams"].map(|name| format!("{tenant}#{name}")));
    scenario.does(&rita(), end_association(&[workload("Exchange")]));
    assert_eq!(keys(&scenario), ["Intune", "Teams"].map(|name| format!("{tenant}#{name}")));
    scenario.does(&ana(), withdraw());
    assert!(keys(&scenario).is_empty(), "whatever ends the approval frees them");
    let mut scenario = Scenario::new().in_review(business_details());
    scenario.does(&rita(), APPROVE);
    assert_eq!(keys(&scenario), [71, 72].map(guid::<SubscriptionId>).map(String::from));
}

#[test]
fn ending_some_products_removes_them_and_tells_that_partner() {
    crate::proves!(D15);
    let mut scenario = ConsentOpen.scenario();
    let before = scenario.told.len();
    scenario.does(&remi(), end_association(&[workload("Exchange")]));
    assert!(scenario.claim().details.named().eq(&["Teams", "Intune"].map(workload)));
    assert_eq!(
        scenario.follows(),
        ["mail partner associationEnded"],
        "nothing to correct before the hand-off"
    );
    assert_eq!(scenario.due(ClockName::Consent), "2026-03-10 00:00", "the consent period goes on");
    assert_eq!(scenario.names_from(before), ["productsRemoved"]);
    let (_, effects) = scenario.told.last().unwrap();
    let Effect::SendEmail {
        content: EmailContent::AssociationEnded { products, reason, rejected, .. }, ..
    } = &effects[0]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((products.as_slice(), *rejected), ([workload("Exchange")].as_slice(), false));
    assert_eq!(reason, "Another partner does the work.");
    scenario.wait_until("2026-03-10 00:00");
    assert_eq!(
        messages(&scenario)[0].products,
        ["Teams", "Intune"].map(workload),
        "only what is left is requested"
    );
}

#[test]
fn ending_some_products_after_the_hand_off_amends_it() {
    crate::proves!(D15);
    let mut scenario = HandedOff.scenario();
    scenario.does(&remi(), end_association(&[workload("Exchange")]));
    assert_eq!(scenario.follows(), ["assessment amended after 9", "mail partner associationEnded"]);
    assert!(scenario.claim().is_handed_off());
    let amended = messages(&scenario).pop().unwrap();
    assert_eq!(amended.products, ["Teams", "Intune"].map(workload));
    assert_eq!(amended.reason.as_deref(), Some("Another partner does the work."));
    let version = scenario.claim().version;
    scenario.does(&remi(), end_association(&[workload("Intune")]));
    assert_eq!(
        scenario.follows()[0],
        format!("assessment amended after {version}"),
        "each follows the one before it"
    );
}

#[test]
fn ending_all_products_rejects_the_claim_and_the_products_stay_on_it() {
    crate::proves!(D15);
    let mut scenario = ConsentOpen.scenario();
    let all: Vec<_> = scenario.claim().details.named().cloned().collect();
    let before = scenario.told.len();
    scenario.does(&remi(), end_association(&all));
    assert_eq!(scenario.status(), Status::Rejected);
    assert!(scenario.claim().details.named().eq(&all));
    let rejected = scenario.claim().rejection.clone().unwrap();
    assert_eq!((rejected.rejection.reason, rejected.rejection.disputable), (RejectCode::Other, true));
    assert_eq!(rejected.rejection.note.as_deref(), Some("Another partner does the work."));
    assert_eq!(scenario.letters_from(before), ["mail partner associationEnded"]);
    assert_eq!(
        (scenario.due(ClockName::Consent), scenario.due(ClockName::DisputeWindow)),
        ("none".to_owned(), "2026-04-02 00:00".to_owned())
    );
    scenario.wait_until("2026-03-20 10:00");
    assert!(messages(&scenario).is_empty(), "never handed off");
    scenario.does(&ana(), dispute());
}

#[test]
fn ending_all_products_after_the_hand_off_recalls_it() {
    crate::proves!(D15);
    let mut scenario = HandedOff.scenario();
    let all: Vec<_> = scenario.claim().details.named().cloned().collect();
    scenario.does(&remi(), end_association(&all));
    assert_eq!(scenario.follows()[0], "assessment recalled after 9");
    assert_eq!(scenario.claim().assessment.as_ref().unwrap().state, AssessmentState::Recalled);
    assert_eq!(scenario.status(), Status::Rejected);
}

#[test]
fn an_association_that_ends_after_a_dispute_rejects_finally() {
    crate::proves!(D6, D15);
    let mut scenario = DisputeMine.scenario();
    scenario.does(&rita(), APPROVE);
    let all: Vec<_> = scenario.claim().details.named().cloned().collect();
    scenario.does(&remi(), end_association(&all));
    assert!(scenario.claim().is_closed());
}

#[test]
fn only_products_of_the_claim_are_ended_and_each_bad_one_is_named() {
    crate::proves!(D15);
    let mut scenario = HandedOff.scenario();
    let command = end_association(&[workload("Yammer"), workload("Teams"), subscribed("Exchange", 71)]);
    let refusal = scenario.refuses(&remi(), command, Kind::InvalidInput, Rule::D19);
    let bad: Vec<_> = refusal.errors.iter().map(|error| error.place()).collect();
    assert_eq!(bad, ["/products/0", "/products/2"]);
}

/// Every message to assessment so far.
fn messages(scenario: &Scenario) -> Vec<AssessmentMessage> {
    let effects = scenario.told.iter().flat_map(|(_, effects)| effects);
    let messages = effects.filter_map(|effect| match effect {
        Effect::SendToAssessment { message } => Some(message.as_ref().clone()),
        _ => None,
    });
    messages.collect()
}

#[test]
fn the_hand_off_carries_the_tenant_id_and_every_subscription_id() {
    crate::proves!(R5);
    let mut scenario = Scenario::new().in_review(business_details());
    scenario.does(&rita(), APPROVE).at("2026-03-02 11:00").notified().wait_until("2026-03-10 00:00");
    let [message] = messages(&scenario).try_into().unwrap();
    assert_eq!(message.tenant_id, guid(1));
    assert_eq!(message.products, [subscribed("Sales", 71), subscribed("Customer Service", 72)]);
    let json = serde_json::to_value(&message).unwrap();
    assert_eq!(json["tenantId"], "00000000-0000-0000-0000-000000000001");
    let subscriptions = [71, 72].map(|number| format!("00000000-0000-0000-0000-{number:012}"));
    assert_eq!(
        [&json["products"][0]["subscriptionId"], &json["products"][1]["subscriptionId"]],
        subscriptions.each_ref()
    );
}

#[test]
fn the_hand_off_carries_all_that_assessment_needs() {
    crate::proves!(R3, R4, R14);
    let mut scenario = Scenario::new().in_review(business_details());
    scenario.does(&rita(), APPROVE).at("2026-03-02 11:00").notified().wait_until("2026-03-10 00:05");
    let approval = scenario.consent().approval;
    let [message] = messages(&scenario).try_into().unwrap();
    let expected = AssessmentMessage {
        kind: AssessmentState::Requested,
        follows: None,
        claim_id: id(1),
        claim_version: scenario.claim().version,
        approval,
        name: "Contoso Teams rollout".to_owned(),
        partner_id: "contoso-partners".parse().unwrap(),
        mpn_id: "1001".parse().unwrap(),
        solution_area: SolutionArea::BusinessApplications,
        activities: vec![Activity::PreSales, Activity::Usage],
        programs: vec!["OSA".to_owned(), "OSU".to_owned()],
        tenant_id: guid(1),
        customer_domain: "contoso.example".to_owned(),
        customer_name: "Contoso".to_owned(),
        products: business_details().named().cloned().collect(),
        revenue_association: None,
        approved_at: t("2026-03-02 10:00"),
        customer_notified_at: Some(t("2026-03-02 11:00")),
        consent_passed_at: Some(t("2026-03-10 00:05")),
        reason: None,
        occurred_at: t("2026-03-10 00:05"),
    };
    assert_eq!(message, expected);
}

#[test]
fn an_approval_sends_an_email_and_decides_nothing_about_earnings() {
    crate::proves!(R4);
    let scenario = AwaitingNotice.scenario();
    assert_eq!(scenario.letters_from(scenario.told.len() - 1), ["mail partner approved"]);
    assert!(scenario.claim().assessment.is_none(), "approved does not mean approved for earnings");
}

#[test]
fn a_claim_already_handed_off_is_followed_by_a_recall() {
    crate::proves!(D8);
    let mut scenario = HandedOff.scenario();
    let messages_before = messages(&scenario);
    scenario.does(&ana(), withdraw());
    let recall = messages(&scenario).pop().unwrap();
    assert_eq!(
        (recall.kind, recall.follows.as_ref().map(EffectId::place)),
        (AssessmentState::Recalled, Some(EffectPlace { version: 9, index: 0 }))
    );
    assert_eq!(recall.reason.as_deref(), Some("incorrectActivity"));
    assert_eq!(recall.approval, messages_before[0].approval);
    let mut scenario = ConsentOpen.scenario();
    scenario.does(&ana(), withdraw());
    assert!(messages(&scenario).is_empty(), "what was never sent is not recalled");
}

#[test]
fn after_a_recall_a_new_approval_requests_again_once_and_in_order() {
    crate::proves!(I6);
    let mut scenario = HandedOff.scenario();
    let all: Vec<_> = scenario.claim().details.named().cloned().collect();
    scenario.does(&remi(), end_association(&all[..1])).does(&remi(), end_association(&all[1..]));
    scenario.does(&ana(), dispute()).does(&rita(), Command::StartReview).does(&rita(), APPROVE);
    scenario.notified().wait_until("2026-05-01 10:00");
    let sent = messages(&scenario);
    let kinds: Vec<_> = sent.iter().map(|message| message.kind).collect();
    use AssessmentState::{Amended, Recalled, Requested};
    assert_eq!(kinds, [Requested, Amended, Recalled, Requested]);
    for pair in sent.windows(2) {
        let follows = pair[1].follows.as_ref().map(EffectId::place);
        assert_eq!(
            follows,
            Some(EffectPlace { version: pair[0].claim_version, index: 0 }),
            "each names the one before it"
        );
    }
    assert_eq!(sent[0].approval, sent[2].approval);
    assert_ne!(sent[0].approval, sent[3].approval, "one request per approval");
}

#[test]
fn between_a_recall_and_the_next_request_a_removal_amends_nothing() {
    crate::proves!(I6, D15);
    let mut scenario = HandedOff.scenario();
    let all: Vec<_> = scenario.claim().details.named().cloned().collect();
    scenario.does(&remi(), end_association(&all)).does(&ana(), dispute());
    scenario.does(&rita(), Command::StartReview).does(&rita(), APPROVE);
    scenario.does(&remi(), end_association(&all[..1]));
    let kinds: Vec<_> = messages(&scenario).iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [AssessmentState::Requested, AssessmentState::Recalled], "nothing is there to amend");
}

#[test]
fn a_consent_is_about_the_products_that_are_left() {
    crate::proves!(D15, R15);
    let mut scenario = ConsentOpen.scenario();
    scenario.does(&remi(), end_association(&[workload("Exchange")]));
    assert_eq!(
        scenario.consent().products,
        ["Teams", "Intune"].map(workload),
        "the customer's page shows these"
    );
}

#[test]
fn the_record_of_a_sent_message_is_kept_for_the_newest_only() {
    crate::proves!(R14);
    let mut scenario = HandedOff.scenario();
    let requested = scenario.claim().assessment.clone().unwrap().message_id;
    scenario.does(&ana(), withdraw());
    let recorded = |message_id, state| Command::RecordAssessmentSent { message_id, state };
    scenario.does(&system(), recorded(requested, AssessmentState::Requested));
    assert_eq!(scenario.claim().assessment.as_ref().unwrap().sent_at, None, "the recall is not sent yet");
    let recalled = scenario.claim().assessment.clone().unwrap().message_id;
    scenario.at("2026-03-11 10:00").does(&system(), recorded(recalled.clone(), AssessmentState::Recalled));
    scenario.at("2026-03-12 10:00").does(&system(), recorded(recalled, AssessmentState::Recalled));
    assert_eq!(
        scenario.claim().assessment.as_ref().unwrap().sent_at,
        Some(t("2026-03-11 10:00")),
        "the first"
    );
}

#[test]
fn what_must_be_known_to_decide_is_what_the_claim_wants_or_will_want() {
    crate::proves!(D15);
    let claim = Submitted.scenario().claim().clone();
    assert_eq!(Command::Submit.wants(&claim), Some(&claim.details));
    assert_eq!(APPROVE.wants(&claim), Some(&claim.details));
    let edited = edit(|details| details.products = vec![workload("Yammer").into()], &claim.details);
    assert!(edited.wants(&claim).unwrap().named().eq([&workload("Yammer")]));
    let renamed = edit(|details| details.mpn_id = "1002".parse().unwrap(), &claim.details);
    assert_eq!((renamed.wants(&claim), reject().wants(&claim)), (None, None));
    let draft = Editing.scenario().claim().clone();
    assert_eq!(edited.wants(&draft), None, "the mark is set at submission");
}
