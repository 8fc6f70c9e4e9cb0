// The function `submit` as somebody would write it in Node.js: the same reads, the same checks, the same transaction and
// the same answer as the product's.

import { randomBytes } from "node:crypto";
import {
  BatchGetItemCommand,
  DynamoDBClient,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { allowedActions, businessDaysBetween, due } from "./rules.mjs";
import { run } from "./runtime.mjs";

const client = new DynamoDBClient({ maxAttempts: 3 });
const table = process.env.TABLE_NAME;
const zone = process.env.PROGRAM_TIME_ZONE;
const holidays = new Set(process.env.PROGRAM_HOLIDAYS.split(","));
const PARTNERS = ["global-admin", "incentives-admin", "billing-admin"];
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

class Problem extends Error {
  constructor(status, slug, detail) {
    super(detail);
    Object.assign(this, { status, slug });
  }
}

function ulid(at) {
  let time = "";
  for (let left = at, digit = 0; digit < 10; digit += 1, left = Math.floor(left / 32)) {
    time = ALPHABET[left % 32] + time;
  }
  return time + [...randomBytes(16)].map((byte) => ALPHABET[byte & 31]).join("");
}

function list(text) {
  if (text.startsWith('["')) return JSON.parse(text);
  return text.replace(/^\[|\]$/g, "").split(/[\s,]+/).filter(Boolean);
}

function callerOf(event) {
  const token = event.requestContext?.authorizer?.jwt?.claims;
  if (!token?.sub) throw new Problem(401, "unauthenticated", "The request carries no access token.");
  if (token.token_use !== "access") throw new Problem(403, "forbidden", "The token is not an access token.");
  const roles = list(token["cognito:groups"] ?? "");
  const role = PARTNERS.find((known) => roles.includes(known));
  if (!role) throw new Problem(403, "forbidden", "Your role may not do this.");
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(token.partner_id ?? "")) {
    throw new Problem(403, "forbidden", "The token names no partner organisation.");
  }
  const name = token.name ?? token.username ?? token.sub;
  return { actor: { role, id: token.sub, name }, partner: token.partner_id, mpnIds: list(token.mpn_ids ?? "") };
}

function revisionSeen(headers) {
  const tag = headers["if-match"];
  if (tag === undefined || tag === "*") return undefined;
  const match = /^"(\d+)"$/.exec(tag);
  if (!match) throw new Problem(400, "malformed-request", "If-Match must be one entity tag.");
  return Number(match[1]);
}

async function readClaim(id) {
  const found = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: marshall({ ":pk": `CLAIM#${id}`, ":first": "CLAIM", ":last": "CONTACT#~" }),
      ConsistentRead: true,
    }),
  );
  const items = (found.Items ?? []).map((item) => unmarshall(item));
  const contacts = new Map(items.filter((item) => item.contact).map((item) => [item.sk.slice(8), item.contact]));
  return { claim: items.find((item) => item.sk === "CLAIM")?.claim, contacts };
}

async function holdersOf(claim) {
  const of = ({ product, subscriptionId }) =>
    subscriptionId ? `ASSOC#${subscriptionId}` : `ASSOC#${claim.details.customer.tenantId}#${product}`;
  const keys = claim.details.products.map((product) => marshall({ pk: of(product), sk: "ASSOC" }));
  const found = await client.send(
    new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
  );
  const records = (found.Responses?.[table] ?? []).map((item) => unmarshall(item).record);
  return records.filter((record) => record.claim !== claim.id);
}

function clock(name, period, at, version) {
  const dueAt = due(at, period, zone, holidays);
  const shared = { dueAt, period: `${period}bd`, calendar: "default", timeZone: zone };
  return {
    name,
    clock: { ...shared, startedAt: at, runningSince: at, generation: version },
    change: { do: "armed", clock: name, ...shared },
    effect: { effect: "armTimer", clock: name, generation: version, dueAt },
  };
}

function submitted(claim, caller, holders, now) {
  const again = claim.status === "partnerActionRequired";
  if (claim.status !== "editing" && !again) {
    throw new Problem(409, "illegal-state", `The claim is ${claim.status}.`);
  }
  if (!again && !claim.evidence.some((document) => document.uploadedAt)) {
    throw new Problem(409, "evidence-missing", "A claim is submitted with at least one document.");
  }
  const at = new Date(Math.max(now, Date.parse(claim.lastEventAt))).toISOString();
  const version = claim.version + 1;
  const clocks = [clock("reviewStart", 5, at, version), clock("overall", 10, at, version)];
  const contested = holders.length > 0;
  const event = {
    schema: 1,
    claim: claim.id,
    version,
    at,
    command: ulid(now),
    actor: caller.actor,
    change: { type: "submitted", again, contested },
    clocks: clocks.map((one) => one.change),
  };
  const { details } = claim;
  const about = {
    claimId: claim.id,
    name: details.name,
    partnerId: claim.partner,
    mpnId: details.mpnId,
    customer: details.customer.name,
    products: details.products.map((one) => one.product),
    timeZone: zone,
  };
  const letter = { letter: "received", again, dueAt: clocks[0].clock.dueAt };
  const effects = [
    { effect: "sendMail", to: { to: "partner", contact: details.partnerContact }, letter, about },
    ...clocks.map((one) => one.effect),
  ];
  const after = {
    ...claim,
    version,
    revision: claim.revision + 1,
    status: "submitted",
    contested,
    clocks: Object.fromEntries(clocks.map((one) => [one.name, one.clock])),
    submittedAt: claim.submittedAt ?? at,
    updatedAt: at,
    lastEventAt: at,
  };
  return { after, event, effects };
}

function listed(claim, nextDueAt) {
  const { details } = claim;
  return {
    id: claim.id,
    revision: claim.revision,
    status: claim.status,
    name: details.name,
    partnerId: claim.partner,
    mpnId: details.mpnId,
    solutionArea: details.solutionArea,
    customer: { tenantId: details.customer.tenantId, name: details.customer.name },
    products: details.products.map((one) => one.product),
    contested: claim.contested,
    nextDueAt,
    createdAt: claim.createdAt,
    updatedAt: claim.updatedAt,
  };
}

const micros = (at) => new Date(at).toISOString().replace("Z", "000Z");

async function commit(before, { after, event, effects }, now) {
  const due = Object.values(after.clocks).map((one) => one.dueAt).sort()[0];
  const [byUpdated, byDue] = [`${micros(after.updatedAt)}#${after.id}`, `${micros(due)}#${after.id}`];
  const pk = `CLAIM#${after.id}`;
  const shard = [...after.id].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 0) % 4;
  const claimItem = {
    pk,
    sk: "CLAIM",
    schema: 1,
    version: after.version,
    claim: after,
    listed: listed(after, due),
    partnerPk: `ORG#${after.partner}`,
    partnerUpdated: byUpdated,
    partnerDue: byDue,
    reviewPk: "REVIEW",
    reviewUpdated: byUpdated,
    reviewDue: byDue,
    workPk: `CLAIM#${shard}`,
    workAt: micros(due),
  };
  const eventItem = {
    pk,
    sk: `EVENT#${String(event.version).padStart(10, "0")}`,
    schema: 1,
    event,
    effects,
    outbox: "new",
    outcomes: {},
    turn: 0,
    workPk: `EVENT#${shard}`,
    workAt: micros(now + 120_000),
  };
  const options = { removeUndefinedValues: true };
  await client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        {
          Put: {
            TableName: table,
            Item: marshall(claimItem, options),
            ConditionExpression: "version = :before",
            ExpressionAttributeValues: marshall({ ":before": before.version }),
          },
        },
        {
          Put: {
            TableName: table,
            Item: marshall(eventItem, options),
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
      ],
    }),
  );
}

function view(claim, contacts, holders, now) {
  const { details } = claim;
  const { contact, ...customer } = details.customer;
  return {
    id: claim.id,
    revision: claim.revision,
    status: claim.status,
    partnerId: claim.partner,
    ...details,
    customer: { ...customer, contact: contacts.get(contact) },
    partnerContact: contacts.get(details.partnerContact),
    program: [...new Set(details.activities.map((one) => ({ usage: "OSU", preSales: "OSA" })[one]))],
    evidence: claim.evidence.map((document) => ({
      id: document.id,
      fileName: document.fileName,
      mediaType: document.mediaType,
      size: document.size,
      sha256: document.sha256,
      state: document.uploadedAt ? "notScanned" : "announced",
      uploadedAt: document.uploadedAt,
      uploadedBy: document.uploadedBy,
    })),
    contested: holders.length > 0,
    clocks: Object.entries(claim.clocks).map(([name, one]) => ({
      name,
      startedAt: one.startedAt,
      dueAt: one.dueAt,
      breached: false,
      remainingBusinessDays: businessDaysBetween(now, Date.parse(one.dueAt) - 1, zone, holidays),
      calendar: one.calendar,
      timeZone: one.timeZone,
    })),
    allowedActions: allowedActions(claim),
    createdAt: claim.createdAt,
    updatedAt: claim.updatedAt,
  };
}

async function submit(event) {
  const match = /^\/v1\/claims\/([0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25})\/submit$/.exec(event.rawPath);
  if (event.requestContext.http.method !== "POST" || !match) {
    throw new Problem(404, "not-found", "There is no such claim, document or page for you.");
  }
  const caller = callerOf(event);
  const seen = revisionSeen(event.headers);
  if (event.body && Object.keys(JSON.parse(event.body)).length > 0) {
    throw new Problem(422, "invalid-input", "The command has no fields.");
  }
  const now = Date.now();
  const { claim, contacts } = await readClaim(match[1].toUpperCase());
  const gone = claim?.readableUntil && now >= Date.parse(claim.readableUntil);
  if (!claim || gone || claim.partner !== caller.partner) {
    throw new Problem(404, "not-found", "There is no such claim, document or page for you.");
  }
  if (seen !== undefined && seen !== claim.revision) {
    throw new Problem(412, "revision-stale", `The claim is at revision ${claim.revision}.`);
  }
  if (Object.values(claim.clocks).some((one) => Date.parse(one.dueAt) <= now)) {
    throw new Problem(503, "busy", "A clock is due.");
  }
  const holders = await holdersOf(claim);
  const decision = submitted(claim, caller, holders, now);
  await commit(claim, decision, now);
  return { claim: decision.after, body: view(decision.after, contacts, holders, now) };
}

const shared = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

run(async (event) => {
  try {
    const { claim, body } = await submit(event);
    console.log(JSON.stringify({ level: "INFO", message: "answered", "claim.id": claim.id, status: 200 }));
    const headers = { ...shared, "content-type": "application/json", etag: `"${claim.revision}"` };
    return { statusCode: 200, headers, body: JSON.stringify(body), isBase64Encoded: false };
  } catch (error) {
    if (error.name === "TransactionCanceledException") error = new Problem(409, "lost", "The claim has moved on.");
    if (!(error instanceof Problem)) throw error;
    const body = { type: `/v1/problems/${error.slug}`, status: error.status, detail: error.message };
    const headers = { ...shared, "content-type": "application/problem+json" };
    return { statusCode: error.status, headers, body: JSON.stringify(body), isBase64Encoded: false };
  }
});
