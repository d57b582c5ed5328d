// The client of Perennial: the generated services and messages, and beside them only what every
// caller would otherwise write anew.
//
//   const transport = perennialTransport(createConnectTransport({ baseUrl }), { actor: "jane" });
//   const pipeline = createClient(PipelineService, transport);
//   for await (const each of list(pipeline.listOpportunities, { parent: "accounts/-" })) ...

export { createClient } from "@connectrpc/connect";
export * from "./gen/index.js";
export { detailsOf, type ErrorDetails, type Violation } from "./errors.js";
export { list, type Listing } from "./list.js";
export type { RetryPolicy } from "./retry.js";
export { perennialTransport, type CallOptions } from "./transport.js";
export { watch, type WatchOptions } from "./watch.js";
