#!/usr/bin/env node
// tests/bench/gateway_overhead.mjs [--seconds=N] [--calls-at-once=N] [--json]
//
// What the gateway costs: GetOpportunity from Node, directly over gRPC and through the gateway, in
// turns within one run. Only the ratios mean something: the client is on the same machine and takes its
// share. Needs scripts/test to have built everything.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { PipelineService } from "@perennial/client";
import { TestServer } from "@perennial/client/testing";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    "calls-at-once": { type: "string", default: "16" },
    json: { type: "boolean", default: false },
  },
});
const atOnce = Number(values["calls-at-once"]);
const roundMs = (Number(values.seconds) * 1000) / 3;

const path = (name) => new URL(name, import.meta.url).pathname;
const server = await TestServer.start({
  date: "2025-08-04",
  seed: path("../../client/typescript/test/seed.textproto"),
  flags: ["--no-call-log"],
});
// In a process of its own, as it is served.
const flags = ["--listen=127.0.0.1:0", `--backend=${server.target}`, "--no-call-log"];
const gateway = spawn(process.execPath, [path("../../server/gateway/dist/main.js"), ...flags]);
const [line] = await once(createInterface(gateway.stderr), "line");
const { address: baseUrl } = JSON.parse(line);

const setup = createClient(PipelineService, server.transport);
await setup.openDueOpportunities({ parent: "accounts/acme" });
const { opportunities } = await setup.listOpportunities({ parent: "accounts/acme" });
const request = { name: opportunities[0].name };

const ways = [
  ["gRPC, directly", createGrpcTransport({ baseUrl: server.baseUrl })],
  ["gateway, Connect", createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ["gateway, Connect, HTTP/2", createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["gateway, gRPC-Web", createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
].map(([name, transport]) => ({
  name,
  client: createClient(PipelineService, transport),
  micros: [],
  ms: 0,
}));

async function measure({ client }, ms) {
  const micros = [];
  const start = performance.now();
  const caller = async () => {
    while (performance.now() - start < ms) {
      const before = performance.now();
      await client.getOpportunity(request);
      micros.push((performance.now() - before) * 1000);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return { micros, ms: performance.now() - start };
}

for (const way of ways) await measure(way, 500); // What is compiled and connected first is not counted.
for (let round = 0; round < 3; round++) {
  for (const way of ways) {
    const { micros, ms } = await measure(way, roundMs);
    way.micros.push(...micros);
    way.ms += ms;
  }
}
gateway.kill();
await server.stop();

const results = ways.map(({ name, micros, ms }) => {
  micros.sort((a, b) => a - b);
  const quantile = (q) => Math.round(micros[Math.floor(q * (micros.length - 1))]);
  const perSecond = Math.round((micros.length * 1000) / ms);
  return { name, per_second: perSecond, p50_micros: quantile(0.5), p99_micros: quantile(0.99) };
});
for (const result of results) {
  const direct = results[0];
  result.rate_of_direct = Number((result.per_second / direct.per_second).toFixed(2));
  result.p50_of_direct = Number((result.p50_micros / direct.p50_micros).toFixed(2));
}
if (values.json) console.log(JSON.stringify({ calls_at_once: atOnce, results }));
else console.table(Object.fromEntries(results.map(({ name, ...figures }) => [name, figures])));
