// What caches are told about the answers to GET.

import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { ForwardedHeaders } from "./headers.js";
import type { Request } from "./http_port.js";

/** These change nothing about an answer: they only say which call it was. */
const ofOneCall = ["x-request-id", "traceparent", "tracestate"];

/** Of the headers that a client may send, those that its answer depends on. */
export function varyOf(forwarded: ForwardedHeaders): string {
  const metadata = forwarded.names.filter((name) => !ofOneCall.includes(name));
  return ["origin", "accept-encoding", ...metadata].join(", ");
}

/**
 * The answer to a GET as caches are to have it: for its caller only, and asked about each time. Also
 * one about the past: a database that is restored has another past from then on, and whether a time is
 * past for the server, whose clock may be moved by hand, only the server knows.
 */
export function cached(
  answer: UniversalServerResponse,
  request: Request,
  vary: string,
): UniversalServerResponse {
  const header = new Headers(answer.header);
  header.set("x-content-type-options", "nosniff");
  // Pages of other sites cannot read it; nor are they to have it in their processes.
  header.set("cross-origin-resource-policy", "same-origin");
  header.set("vary", vary);
  header.set("cache-control", answer.status === 200 ? "private, no-cache" : "no-store");
  if (answer.status !== 200 || !isCurrent(request, header.get("etag"))) {
    return { ...answer, header };
  }
  for (const name of ["content-type", "content-length", "content-encoding"]) header.delete(name);
  return { status: 304, header };
}

/** Whether the caller has the answer already, by the rules of If-None-Match. */
function isCurrent(request: Request, etag: string | null): boolean {
  const known = request.headers["if-none-match"];
  if (known === undefined || etag === null) return false;
  const tags: string[] = known.match(/"[^"]*"/g) ?? [];
  return known.trim() === "*" || tags.includes(etag.replace(/^W\//, ""));
}
