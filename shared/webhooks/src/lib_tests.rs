use claim_command::{CommandHandler, Host};
use claim_domain::people::{Actor, Role};
use claim_domain::refusal::Kind;
use claim_http::{PrincipalConfig, status_of};
use claim_store::{Store, sha256};
use serde_json::json;
use test_support::{MemoryTable, Sent, TABLE, TestHost};

use super::*;

struct World {
    app: App,
    host: Arc<TestHost>,
    webhooks: Webhooks,
}

impl World {
    /// Monday, 2 March 2026, at 09:00; with this variable.
    fn with(name: &str, value: &str) -> Self {
        let variables: Variables = [("WEBHOOK_QUEUE_URL", "queue"), (name, value)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let host = Arc::new(TestHost::at("2026-03-02T09:00:00Z".parse().unwrap()));
        let store = Store::new(Arc::new(MemoryTable::of_claims()), TABLE.to_owned(), 4);
        let program = claim_runtime::program(&variables).unwrap();
        let commands = CommandHandler { store, program, host: host.clone() };
        let app = App { commands, principal: PrincipalConfig::of(&variables).unwrap() };
        Self { app, host, webhooks: Webhooks::over(Arc::new(Sent::default()), &variables).unwrap() }
    }

    fn new() -> Self {
        Self::with("PROGRAM_CHANGES_FEED", "true")
    }

    async fn register(&self, url: &str) -> Result<Webhook, Problem> {
        self.webhooks.register(&self.app, &nadia(), &json!({ "url": url }), None).await
    }
}

fn nadia() -> Caller {
    let actor = Actor {
        role: Role::IncentivesAdmin,
        id: "nadia".to_owned(),
        name: "Nadia".to_owned(),
        client: false,
    };
    Caller {
        partner: Some("contoso".parse().unwrap()),
        verified_email: Some("nadia@contoso.example".to_owned()),
        ..Caller::without_organisation(actor)
    }
}

#[tokio::test]
async fn there_are_five_webhooks_at_most_each_at_an_address_of_its_own() {
    claim_domain::proves!(D24);
    let world = World::new();
    for nth in 1..=5 {
        world.register(&format!("https://a.example/{nth}")).await.unwrap();
        let again = world.register(&format!("https://a.example/{nth}")).await.unwrap_err();
        assert_eq!((again.rule, again.errors[0].code.as_str()), (Rule::D24, "duplicate"));
    }
    let refused = world.register("https://a.example/6").await.unwrap_err();
    assert_eq!((refused.rule, refused.errors[0].code.as_str()), (Rule::D24, "limit"));
    let all = world.webhooks.list(&world.app, &nadia()).await.unwrap();
    world.webhooks.remove(&world.app, &nadia(), &all[1].id).await.unwrap();
    let made = world.register("https://a.example/6").await.unwrap();
    let left: Vec<_> = world.webhooks.list(&world.app, &nadia()).await.unwrap();
    assert_eq!(
        left.iter().map(|one| &one.id).collect::<Vec<_>>(),
        [&all[0].id, &all[2].id, &all[3].id, &all[4].id, &made.id]
    );
}

#[tokio::test]
async fn a_webhook_keeps_its_place_and_its_old_secret_when_it_gets_a_new_one() {
    claim_domain::proves!(D24);
    let world = World::new();
    let (first, _) =
        (world.register("https://a.example").await.unwrap(), world.register("https://b.example").await);
    let rotated = world.webhooks.rotate(&world.app, &nadia(), &first.id, None).await.unwrap();
    assert_ne!(rotated.secret, first.secret);
    let now = world.host.now();
    assert_eq!(rotated.secrets(now).collect::<Vec<_>>(), [&rotated.secret, &first.secret]);
    assert_eq!(world.webhooks.list(&world.app, &nadia()).await.unwrap()[0], rotated);
    let unknown = "01J0000000000000000000000Z".parse().unwrap();
    let refused = world.webhooks.rotate(&world.app, &nadia(), &unknown, None).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
}

#[tokio::test]
async fn the_201st_replay_of_a_day_is_refused_until_the_next_day() {
    claim_domain::proves!(D24);
    let world = World::new();
    let (nadia, made) = (nadia(), world.register("https://a.example").await.unwrap());
    let body = json!({ "after": 0 });
    let replay = || world.webhooks.replay(&world.app, &nadia, &made.id, &body);
    for nth in 1..=200 {
        assert!(replay().await.is_ok(), "the {nth}th");
    }
    let refused = replay().await.unwrap_err();
    assert_eq!((refused.kind, refused.rule, status_of(refused.kind)), (Kind::DailyLimit, Rule::D24, 429));
    assert_eq!(refused.response("").headers()["retry-after"], "Tue, 03 Mar 2026 00:00:00 GMT");
    world.host.set_time("2026-03-03T00:00:00Z".parse().unwrap());
    assert!(replay().await.is_ok());
}

#[tokio::test]
async fn where_nothing_is_numbered_there_are_no_webhooks() {
    claim_domain::proves!(D24);
    let world = World::with("PROGRAM_CHANGES_FEED", "false");
    let (webhooks, app, nadia) = (&world.webhooks, &world.app, nadia());
    let id: WebhookId = "01J0000000000000000000000Z".parse().unwrap();
    let (url, after) = (json!({ "url": "https://a.example" }), json!({ "after": 0 }));
    let refused = [
        webhooks.register(app, &nadia, &url, None).await.err(),
        webhooks.list(app, &nadia).await.err(),
        webhooks.find(app, &nadia, &id).await.err(),
        webhooks.remove(app, &nadia, &id).await.err(),
        webhooks.rotate(app, &nadia, &id, None).await.err(),
        webhooks.replay(app, &nadia, &id, &after).await.err(),
        webhooks.attempts(app, &nadia, &id).await.err(),
    ];
    for refused in refused.map(Option::unwrap) {
        assert_eq!(status_of(refused.kind), 404);
        assert_eq!(refused.detail, ChangesRequest::unnumbered().detail, "it says why");
    }
}

#[tokio::test]
async fn whoever_acts_for_no_organisation_has_no_webhooks() {
    claim_domain::proves!(R1);
    let world = World::new();
    let actor = Actor { role: Role::Reviewer, id: "rita".to_owned(), name: "Rita".to_owned(), client: false };
    let refused = world.webhooks.list(&world.app, &Caller::without_organisation(actor)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_counts_once_and_shows_the_same_secret() {
    claim_domain::proves!(D24);
    let world = World::new();
    let (webhooks, app, nadia) = (&world.webhooks, &world.app, nadia());
    let form = |letter: &str| IdempotencyKey { record: sha256(letter.as_bytes()), body: sha256(b"") };
    let (first, second) = (form("first"), form("second"));
    let url = json!({ "url": "https://a.example" });
    let made = webhooks.register(app, &nadia, &url, Some(&first)).await.unwrap();
    assert_eq!(webhooks.register(app, &nadia, &url, Some(&first)).await.unwrap(), made);
    assert!(
        webhooks.register(app, &nadia, &url, Some(&second)).await.is_err(),
        "another form is another request"
    );
    let rotated = webhooks.rotate(app, &nadia, &made.id, Some(&second)).await.unwrap();
    let again = webhooks.rotate(app, &nadia, &made.id, Some(&second)).await.unwrap();
    assert_eq!(again, rotated);
    let signing: Vec<_> = again.secrets(world.host.now()).cloned().collect();
    assert_eq!(signing, [rotated.secret, made.secret], "the first one keeps its day");
}

#[tokio::test]
async fn who_made_the_present_secret_is_told_when_changes_are_parked() {
    claim_domain::proves!(D24);
    let world = World::new();
    let made = world.register("https://a.example").await.unwrap();
    assert_eq!(made.contact.as_deref(), Some("nadia@contoso.example"));
    let other = Caller { verified_email: None, ..nadia() };
    let rotated = world.webhooks.rotate(&world.app, &other, &made.id, None).await.unwrap();
    assert_eq!(rotated.contact, None, "an address that nobody has verified is written to by nobody");
}
