//! What stands in the path, the query and the headers of a request.

use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::Status;
use claim_http::ChangesRequest;
use claim_http::registry::{Operation, Route};
use serde_json::{Value, json};

/// Whether a route changes a claim that its path names.
pub(crate) fn is_command(route: &Route) -> bool {
    use Operation::{CloneClaim, DenyConsent};
    let names_it = route.path.contains("{id}") && route.operation != CloneClaim;
    route.method != "GET" && (names_it || route.operation == DenyConsent)
}

/// Whether a request may come with an Idempotency-Key. Those about webhooks take none: a webhook is at an address of its
/// own, and its secret is not kept for a second answer.
pub(crate) fn takes_key(route: &Route) -> bool {
    route.method == "POST" && !route.is_of_webhooks()
}

/// Whether the answer is a claim, or says which revision a claim has.
pub(crate) fn answers_a_claim(route: &Route) -> bool {
    use Operation::{
        AnnounceEvidence, CloneClaim, CreateClaim, DenyConsent, DiscardClaim, ReadClaim, WriteComment,
    };
    let other = matches!(route.operation, AnnounceEvidence | DenyConsent | DiscardClaim | WriteComment);
    matches!(route.operation, CloneClaim | CreateClaim | ReadClaim) || is_command(route) && !other
}

/// The parameters of a route.
pub(crate) fn of(route: &Route) -> Vec<Value> {
    let names = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(|name| in_path(route, name)).collect();
    let shared = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    match route.operation {
        Operation::ListClaims | Operation::ReadQueue => {
            let names =
                ["limit", "cursor", "sort", "status", "product", "customer", "dueBefore", "contested"];
            parameters.extend(names.map(shared));
        }
        Operation::ReadHistory | Operation::ListComments => {
            parameters.extend(["limit", "cursor"].map(shared));
        }
        Operation::ReadChanges => parameters.extend(["after", "limit"].map(shared)),
        Operation::CheckAssociations => {
            parameters.extend(["tenant", "workload", "subscription"].map(shared));
        }
        Operation::OpenConsent => parameters.push(shared("lang")),
        _ => {}
    }
    if route.is_command() {
        parameters.push(shared("dryRun"));
    }
    if route.body.requires_revision() {
        parameters.push(shared("IfMatchRequired"));
    } else if is_command(route) {
        parameters.push(shared("IfMatch"));
    }
    if route.operation == Operation::ReadClaim {
        parameters.push(shared("IfNoneMatch"));
    }
    if takes_key(route) {
        parameters.push(shared("IdempotencyKey"));
    }
    parameters
}

fn in_path(route: &Route, name: &str) -> Value {
    // In lower case it is the same id.
    const ULID: &str = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$";
    // As links have it today, and as they had it once.
    const TOKEN: &str = "^([0-9A-Fa-f]{64}|[0-9A-Za-z_-]{43})$";
    let (description, pattern) = match (name, route.operation) {
        ("id", Operation::ReadRule) => ("The rule's number.", "^[RDI][0-9]{1,2}$"),
        ("id", _) => ("The claim's id.", ULID),
        ("evidenceId", _) => ("The document's id.", ULID),
        ("webhookId", _) => ("The webhook's id.", ULID),
        ("token", _) => ("What the customer's link ends with: a secret.", TOKEN),
        (_, _) => ("The last segment of a problem's `type`.", "^[a-z-]+$"),
    };
    json!({
        "name": name, "in": "path", "required": true, "description": description,
        "schema": { "type": "string", "pattern": pattern },
    })
}

/// The parameters that several routes share.
pub(crate) fn components() -> Value {
    let products: Vec<_> = SolutionArea::ALL.into_iter().flat_map(SolutionArea::products).collect();
    let query = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "query", "description": description, "schema": schema });
    let header = |name: &str, required: bool, description: &str, example: &str| {
        json!({
            "name": name, "in": "header", "required": required, "description": description,
            "schema": { "type": "string", "format": "entity-tags" }, "example": example,
        })
    };
    let etag = "\"7-c0ffee5eed5ca1ab\"";
    json!({
        "limit": query(
            "limit",
            "At most how many items.",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
        ),
        "after": query(
            "after",
            "The `next` of the answer before. Without it, or with 0, changes are read from the first one on.",
            json!({ "type": "integer", "minimum": 0, "maximum": ChangesRequest::HIGHEST, "default": 0 }),
        ),
        "cursor": query(
            "cursor",
            "The `next` of the page before.",
            json!({ "type": "string", "minLength": 1, "pattern": "^[0-9A-Za-z_-]+$" }),
        ),
        "sort": query(
            "sort",
            "By the latest change, or by what is due first. Claims are listed by the one, the queue by the other, unless \
             this says otherwise.",
            json!({ "type": "string", "enum": ["updated", "due"] }),
        ),
        "status": {
            "name": "status", "in": "query", "style": "form", "explode": false,
            "description": "Only claims in one of these statuses.",
            "schema": {
                "type": "array", "minItems": 1,
                "items": { "type": "string", "enum": Status::ALL.map(Status::as_str) },
            },
        },
        "product": query(
            "product",
            "Only claims with this product.",
            json!({ "type": "string", "enum": products }),
        ),
        "customer": query(
            "customer",
            "Only claims about this tenant.",
            json!({ "type": "string", "format": "uuid" }),
        ),
        "dueBefore": query(
            "dueBefore",
            "Only claims of which something is due before this instant, or late.",
            json!({ "type": "string", "format": "date-time" }),
        ),
        "contested": query(
            "contested",
            "Only claims that are, or are not, contested.",
            json!({ "type": "boolean" }),
        ),
        "tenant": query(
            "tenant",
            "The customer's tenant, for products of Microsoft 365.",
            json!({ "type": "string", "format": "uuid" }),
        ),
        "workload": {
            "name": "product", "in": "query", "style": "form", "explode": true,
            "description": "A product of Microsoft 365; once for each.",
            "schema": { "type": "array", "items": { "type": "string", "enum": SolutionArea::Microsoft365.products() } },
        },
        "subscription": query(
            "subscription",
            "A subscription, instead of tenant and products.",
            json!({ "type": "string", "format": "uuid" }),
        ),
        "dryRun": query(
            "dryRun",
            "Only try it: the answer is the claim as it would be, with `dryRun` saying what would follow, or the refusal that \
             the command would get. Nothing is written, sent or counted.",
            json!({ "type": "boolean", "default": false }),
        ),
        "lang": query(
            "lang",
            "The language of the page: `en`, `pl`, `de`, `fr` or `es`. A page is shown whatever a mail program has made of its \
             link, so anything else is passed over: the page is in the language of the notice.",
            json!({ "type": "string" }),
        ),
        "IfMatchRequired": header(
            "If-Match",
            true,
            "The ETag of the claim that the caller decided on. Its revision is compared; `*` is not enough.",
            etag,
        ),
        "IfMatch": header("If-Match", false, "Only if the claim still has this revision.", etag),
        "IfNoneMatch": header("If-None-Match", false, "Only if the answer is another one than this.", etag),
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "The same request with the same key, within 48 hours, gets the first answer again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            "example": "3b1f6a52-6c6f-4b52-9d3a-0a2f6a3f9d11",
        },
    })
}
