// A claim from its draft to incentive assessment, through a client that a published generator made from the contract.
// `cargo xtask conform` runs it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/contract.js";

type Claim = components["schemas"]["Claim"];

const [address = "", xtask = "", port = ""] = process.argv.slice(2);

/** What a person would do at the command line. */
async function stack(...words: string[]): Promise<string> {
  return (await promisify(execFile)(xtask, [...words, "--port", port])).stdout.trim();
}

async function client(user: string) {
  const authorization = `Bearer ${await stack("token", user)}`;
  return createClient<paths>({ baseUrl: address, headers: { authorization } });
}

/** The answer, or the problem in its own words. */
function answered<T>(result: { data?: T; error?: unknown; response: Response }): T {
  if (result.data === undefined) {
    throw new Error(`${result.response.status}: ${JSON.stringify(result.error)}`);
  }
  return result.data;
}

function etag(response: Response): string {
  const etag = response.headers.get("etag");
  assert(etag, "a claim comes with its ETag");
  return etag;
}

const partner = await client("nadia");
const reviewer = await client("rita");

const draft: components["schemas"]["CreateClaimBody"] = {
  name: "Wide World TypeScript rollout",
  mpnId: "4711001",
  solutionArea: "Microsoft 365",
  activities: ["usage"],
  customer: {
    tenantId: randomUUID(),
    domain: "wideworld.example",
    name: "Wide World",
    contact: { name: "Wanda Ives", title: "Head of IT", email: "wanda@wideworld.example", language: "de" },
  },
  partnerContact: { name: "Nadia Rahman", email: "nadia@northwind.example" },
  products: [{ product: "Teams" }, { product: "Intune" }],
};
const key = { header: { "Idempotency-Key": randomUUID() } };
const created = await partner.POST("/v1/claims", { body: draft, params: key });
const { id } = answered(created);
const again = answered(await partner.POST("/v1/claims", { body: draft, params: key }));
assert.equal(again.id, id, "the same key gets the first answer again");
console.log(`created ${id}`);

const claim = { path: { id } };
const named = await partner.PATCH("/v1/claims/{id}", {
  params: { ...claim, header: { "If-Match": etag(created.response) } },
  body: { name: "Wide World rollout" },
});
assert.equal(answered(named).name, "Wide World rollout");
const stale = await partner.PATCH("/v1/claims/{id}", {
  params: { ...claim, header: { "If-Match": etag(created.response) } },
  body: { name: "Too late" },
});
assert.equal(stale.response.status, 412);
assert(stale.error && "type" in stale.error && stale.error.type === "/v1/problems/revision-stale");

const proof = Buffer.from("%PDF-1.4\n%%EOF\n");
const announced = answered(
  await partner.POST("/v1/claims/{id}/evidence", {
    params: claim,
    body: { fileName: "proof.pdf", size: proof.length, sha256: createHash("sha256").update(proof).digest("hex") },
  }),
);
assert("upload" in announced, "a dry run would have answered the claim instead");
const { evidence, upload } = announced;
assert(upload, "a document that was just announced can be uploaded");
const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: proof });
assert.equal(put.status, 200, "the upload address takes what was announced");
answered(
  await partner.POST("/v1/claims/{id}/evidence/{evidenceId}/complete", {
    params: { path: { id, evidenceId: evidence.id } },
  }),
);
assert.equal(answered(await partner.POST("/v1/claims/{id}/submit", { params: claim })).status, "submitted");
console.log("submitted, with proof");

const started = await reviewer.POST("/v1/claims/{id}/review/start", { params: claim });
answered(started);
const approved = await reviewer.POST("/v1/claims/{id}/review/approve", {
  params: { ...claim, header: { "If-Match": etag(started.response) } },
});
assert.equal(answered(approved).status, "approved");
console.log("approved");

await stack("clock", "+8d");
const message = (await stack("assessment"))
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line))
  .find((message) => message.claimId === id);
assert.equal(message?.kind, "requested");
assert.deepEqual(message.products, draft.products);
// The tokens of eight days ago have expired.
const ended: Claim = answered(await (await client("nadia")).GET("/v1/claims/{id}", { params: claim }));
assert.equal(ended.assessment?.state, "requested");
console.log("handed off to assessment");
