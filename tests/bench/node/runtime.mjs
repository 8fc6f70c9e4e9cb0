// As little of the Lambda runtime as a handler needs: less than Lambda's own, so that Node.js is not at a disadvantage.

import { Agent, request } from "node:http";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const call = request({ agent, host, port, method, path: `/2018-06-01/runtime/${path}`, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

export async function run(handle) {
  for (;;) {
    const next = await send("GET", "invocation/next");
    const id = next.headers["lambda-runtime-aws-request-id"];
    try {
      const answer = await handle(JSON.parse(next.body));
      await send("POST", `invocation/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      await send("POST", `invocation/${id}/error`, JSON.stringify({ errorMessage: String(error?.stack ?? error) }));
    }
  }
}
