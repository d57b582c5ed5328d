// The client of Perennial: the generated services and messages, and beside them only what every
// caller would otherwise write anew. Runs in browsers and in Node: what does not is in ./node and ./testing.
//
//   const transport = connect("http://127.0.0.1:8080", { actor: "jane" }); // of ./web or ./node
//   const pipeline = createClient(PipelineService, transport);
//   for await (const each of list(pipeline.listOpportunities, { parent: "accounts/-" })) ...

export * from "./gen/index.js";
export { changedPaths } from "./changed_paths.js";
export {
  dateFromLocal,
  dateFromUtc,
  dateToLocal,
  dateToUtc,
  formatDate,
  parseDate,
} from "./date.js";
export { DeadlineError } from "./deadline_error.js";
export {
  detailsOf,
  isReason,
  type ErrorDetails,
  type FieldViolation,
  type UnmetCriterion,
  type Violation,
} from "./errors.js";
export { label } from "./label.js";
export { list, type Listing } from "./list.js";
export {
  mirror,
  type Mirror,
  type MirrorOptions,
  type MirrorSnapshot,
  type View,
} from "./mirror/mirror.js";
export type { MirrorStatus, MirrorUpdate } from "./mirror/state.js";
export { formatMoney, parseMoney } from "./money.js";
export { formatName, parseName, type NameIds, type ResourceTypeName } from "./names.js";
export { ParseError } from "./parse_error.js";
export type { RetryPolicy } from "./retry.js";
export { perennialTransport, type CallOptions } from "./transport.js";
export { update } from "./update.js";
export { watch, type WatchOptions } from "./watch.js";

// Of the libraries beneath, what callers of these need.
export {
  clone,
  create,
  equals,
  fromBinary,
  fromJson,
  fromJsonString,
  isMessage,
  toBinary,
  toJson,
  toJsonString,
  type JsonValue,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
export {
  durationFromMs,
  durationMs,
  timestampDate,
  timestampFromDate,
  timestampFromMs,
  timestampMs,
  timestampNow,
  type Duration,
  type FieldMask,
  type Timestamp,
} from "@bufbuild/protobuf/wkt";
export {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Client,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
