"""The function `submit` as somebody would write it in Python: the same reads, the same checks, the same transaction and
the same answer as the product's."""

import json
import os
import re
import secrets
import time
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

from runtime import run

CLIENT = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 3}))
TABLE = os.environ["TABLE_NAME"]
ZONE_NAME = os.environ["PROGRAM_TIME_ZONE"]
ZONE = ZoneInfo(ZONE_NAME)
HOLIDAYS = {date.fromisoformat(day) for day in os.environ["PROGRAM_HOLIDAYS"].split(",")}
PARTNERS = ["global-admin", "incentives-admin", "billing-admin"]
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATH = re.compile(r"/v1/claims/([0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25})/submit")
NOT_FOUND = "There is no such claim, document or page for you."
ALLOWED = {
    "editing": ["edit", "addEvidence", "discard", "submit", "comment"],
    "submitted": ["edit", "addEvidence", "withdraw", "comment"],
    "underReview": ["withdraw", "comment"],
    "partnerActionRequired": ["edit", "addEvidence", "submit", "withdraw", "comment"],
    "approved": ["withdraw", "resendNotice", "comment"],
    "rejected": ["addEvidence", "dispute", "comment"],
    "discarded": [],
}

serialize = TypeSerializer().serialize
deserialize = TypeDeserializer().deserialize


class Problem(Exception):
    def __init__(self, status, slug, detail):
        super().__init__(detail)
        self.status, self.slug, self.detail = status, slug, detail


def item_of(values):
    return {name: serialize(value) for name, value in values.items()}


def values_of(item):
    return {name: deserialize(value) for name, value in item.items()}


def ulid(milliseconds):
    digits = [ALPHABET[milliseconds >> shift & 31] for shift in range(45, -5, -5)]
    return "".join(digits + [ALPHABET[byte & 31] for byte in secrets.token_bytes(16)])


def parse(text):
    return datetime.fromisoformat(text)


def written(at, timespec="milliseconds"):
    text = at.astimezone(timezone.utc).isoformat(timespec=timespec).replace("+00:00", "Z")
    return text.replace(".000Z", "Z")


def micros(at):
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def is_business_day(day):
    return day.weekday() < 5 and day not in HOLIDAYS


def due(at, count):
    day = at.astimezone(ZONE).date()
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    end = day + timedelta(days=1)
    return datetime(end.year, end.month, end.day, tzinfo=ZONE)


def business_days_between(start, end):
    first, last = start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    return sum(is_business_day(first + timedelta(days=nth + 1)) for nth in range((last - first).days))


def listing(text):
    if text.startswith('["'):
        return json.loads(text)
    return [word for word in re.split(r"[\s,]+", text.strip("[]")) if word]


def caller_of(event):
    token = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims")
    if not token or not token.get("sub"):
        raise Problem(401, "unauthenticated", "The request carries no access token.")
    if token.get("token_use") != "access":
        raise Problem(403, "forbidden", "The token is not an access token.")
    roles = listing(token.get("cognito:groups", ""))
    role = next((known for known in PARTNERS if known in roles), None)
    if not role:
        raise Problem(403, "forbidden", "Your role may not do this.")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", token.get("partner_id", "")):
        raise Problem(403, "forbidden", "The token names no partner organisation.")
    name = token.get("name") or token.get("username") or token["sub"]
    return {"role": role, "id": token["sub"], "name": name}, token["partner_id"], listing(token.get("mpn_ids", ""))


def revision_seen(headers):
    tag = headers.get("if-match")
    if tag is None or tag == "*":
        return None
    match = re.fullmatch(r'"(\d+)"', tag)
    if not match:
        raise Problem(400, "malformed-request", "If-Match must be one entity tag.")
    return int(match[1])


def read_claim(claim_id):
    found = CLIENT.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues=item_of({":pk": f"CLAIM#{claim_id}", ":first": "CLAIM", ":last": "CONTACT#~"}),
        ConsistentRead=True,
    )
    items = [values_of(item) for item in found["Items"]]
    contacts = {item["sk"][8:]: item["contact"] for item in items if "contact" in item}
    return next((item["claim"] for item in items if item["sk"] == "CLAIM"), None), contacts


def holders_of(claim):
    def key(product):
        subscription = product.get("subscriptionId")
        return subscription or f"{claim['details']['customer']['tenantId']}#{product['product']}"

    keys = [item_of({"pk": f"ASSOC#{key(one)}", "sk": "ASSOC"}) for one in claim["details"]["products"]]
    found = CLIENT.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    records = [values_of(item)["record"] for item in found["Responses"].get(TABLE, [])]
    return [record for record in records if record["claim"] != claim["id"]]


def armed(name, period, at, version):
    due_at = written(due(at, period))
    shared = {"dueAt": due_at, "period": f"{period}bd", "calendar": "default", "timeZone": ZONE_NAME}
    started = {"startedAt": written(at), "runningSince": written(at), "generation": version}
    return {
        "name": name,
        "clock": {**shared, **started},
        "change": {"do": "armed", "clock": name, **shared},
        "effect": {"effect": "armTimer", "clock": name, "generation": version, "dueAt": due_at},
    }


def submitted(claim, actor, holders, now):
    again = claim["status"] == "partnerActionRequired"
    if claim["status"] != "editing" and not again:
        raise Problem(409, "illegal-state", f"The claim is {claim['status']}.")
    if not again and not any("uploadedAt" in document for document in claim["evidence"]):
        raise Problem(409, "evidence-missing", "A claim is submitted with at least one document.")
    at = max(now, parse(claim["lastEventAt"]))
    version = int(claim["version"]) + 1
    clocks = [armed("reviewStart", 5, at, version), armed("overall", 10, at, version)]
    details, contested = claim["details"], bool(holders)
    event = {
        "schema": 1,
        "claim": claim["id"],
        "version": version,
        "at": written(at),
        "command": ulid(time.time_ns() // 1_000_000),
        "actor": actor,
        "change": {"type": "submitted", "again": again, "contested": contested},
        "clocks": [one["change"] for one in clocks],
    }
    about = {
        "claimId": claim["id"],
        "name": details["name"],
        "partnerId": claim["partner"],
        "mpnId": details["mpnId"],
        "customer": details["customer"]["name"],
        "products": [one["product"] for one in details["products"]],
        "timeZone": ZONE_NAME,
    }
    letter = {"letter": "received", "again": again, "dueAt": clocks[0]["clock"]["dueAt"]}
    recipient = {"to": "partner", "contact": details["partnerContact"]}
    effects = [{"effect": "sendMail", "to": recipient, "letter": letter, "about": about}]
    effects += [one["effect"] for one in clocks]
    after = {
        **claim,
        "version": version,
        "revision": int(claim["revision"]) + 1,
        "status": "submitted",
        "contested": contested,
        "clocks": {one["name"]: one["clock"] for one in clocks},
        "submittedAt": claim.get("submittedAt", written(at)),
        "updatedAt": written(at),
        "lastEventAt": written(at),
    }
    return after, event, effects


def listed(claim, next_due_at):
    details = claim["details"]
    return {
        "id": claim["id"],
        "revision": claim["revision"],
        "status": claim["status"],
        "name": details["name"],
        "partnerId": claim["partner"],
        "mpnId": details["mpnId"],
        "solutionArea": details["solutionArea"],
        "customer": {"tenantId": details["customer"]["tenantId"], "name": details["customer"]["name"]},
        "products": [one["product"] for one in details["products"]],
        "contested": claim["contested"],
        "nextDueAt": next_due_at,
        "createdAt": claim["createdAt"],
        "updatedAt": claim["updatedAt"],
    }


def commit(before, after, event, effects, now):
    next_due = min(clock["dueAt"] for clock in after["clocks"].values())
    by_updated = f"{micros(parse(after['updatedAt']))}#{after['id']}"
    by_due = f"{micros(parse(next_due))}#{after['id']}"
    shard = 0
    for letter in after["id"]:
        shard = (shard * 31 + ord(letter)) % 2**32
    pk = f"CLAIM#{after['id']}"
    claim_item = {
        "pk": pk,
        "sk": "CLAIM",
        "schema": 1,
        "version": after["version"],
        "claim": after,
        "listed": listed(after, next_due),
        "partnerPk": f"ORG#{after['partner']}",
        "partnerUpdated": by_updated,
        "partnerDue": by_due,
        "reviewPk": "REVIEW",
        "reviewUpdated": by_updated,
        "reviewDue": by_due,
        "workPk": f"CLAIM#{shard % 4}",
        "workAt": micros(parse(next_due)),
    }
    event_item = {
        "pk": pk,
        "sk": f"EVENT#{event['version']:010}",
        "schema": 1,
        "event": event,
        "effects": effects,
        "outbox": "new",
        "outcomes": {},
        "turn": 0,
        "workPk": f"EVENT#{shard % 4}",
        "workAt": micros(now + timedelta(minutes=2)),
    }
    put_claim = {
        "TableName": TABLE,
        "Item": item_of(claim_item),
        "ConditionExpression": "version = :before",
        "ExpressionAttributeValues": item_of({":before": before["version"]}),
    }
    put_event = {
        "TableName": TABLE,
        "Item": item_of(event_item),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    CLIENT.transact_write_items(TransactItems=[{"Put": put_claim}, {"Put": put_event}])


def view(claim, contacts, holders, now):
    details = claim["details"]
    customer = {**details["customer"], "contact": contacts.get(details["customer"]["contact"])}
    documents = [
        {
            "id": document["id"],
            "fileName": document["fileName"],
            "mediaType": document["mediaType"],
            "size": int(document["size"]),
            "sha256": document["sha256"],
            "state": "notScanned" if "uploadedAt" in document else "announced",
            "uploadedAt": document.get("uploadedAt"),
            "uploadedBy": document["uploadedBy"],
        }
        for document in claim["evidence"]
    ]
    clocks = [
        {
            "name": name,
            "startedAt": clock["startedAt"],
            "dueAt": clock["dueAt"],
            "breached": False,
            "remainingBusinessDays": business_days_between(now, parse(clock["dueAt"]) - timedelta(microseconds=1)),
            "calendar": clock["calendar"],
            "timeZone": clock["timeZone"],
        }
        for name, clock in claim["clocks"].items()
    ]
    return {
        "id": claim["id"],
        "revision": claim["revision"],
        "status": claim["status"],
        "partnerId": claim["partner"],
        **details,
        "customer": customer,
        "partnerContact": contacts.get(details["partnerContact"]),
        "program": sorted({{"usage": "OSU", "preSales": "OSA"}[one] for one in details["activities"]}),
        "evidence": documents,
        "contested": bool(holders),
        "clocks": clocks,
        "allowedActions": ALLOWED[claim["status"]],
        "createdAt": claim["createdAt"],
        "updatedAt": claim["updatedAt"],
    }


def submit(event):
    match = PATH.fullmatch(event["rawPath"])
    if event["requestContext"]["http"]["method"] != "POST" or not match:
        raise Problem(404, "not-found", NOT_FOUND)
    actor, partner, _ = caller_of(event)
    seen = revision_seen(event["headers"])
    if event.get("body") and json.loads(event["body"]):
        raise Problem(422, "invalid-input", "The command has no fields.")
    now = datetime.now(timezone.utc)
    claim, contacts = read_claim(match[1].upper())
    if not claim or claim["partner"] != partner or parse(claim.get("readableUntil", "9999-12-31T00:00:00Z")) <= now:
        raise Problem(404, "not-found", NOT_FOUND)
    if seen is not None and seen != claim["revision"]:
        raise Problem(412, "revision-stale", f"The claim is at revision {claim['revision']}.")
    if any(parse(clock["dueAt"]) <= now for clock in claim["clocks"].values()):
        raise Problem(503, "busy", "A clock is due.")
    holders = holders_of(claim)
    after, committed, effects = submitted(claim, actor, holders, now)
    commit(claim, after, committed, effects, now)
    return after, view(after, contacts, holders, now)


def handle(event):
    shared = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    try:
        claim, body = submit(event)
        print(json.dumps({"level": "INFO", "message": "answered", "claim.id": claim["id"], "status": 200}))
        headers = {**shared, "content-type": "application/json", "etag": f'"{claim["revision"]}"'}
        return {"statusCode": 200, "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}
    except CLIENT.exceptions.TransactionCanceledException:
        problem = Problem(409, "lost", "The claim has moved on.")
    except Problem as error:
        problem = error
    body = {"type": f"/v1/problems/{problem.slug}", "status": problem.status, "detail": problem.detail}
    headers = {**shared, "content-type": "application/problem+json"}
    return {"statusCode": problem.status, "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}


run(handle)
