// How a method is called over HTTP.

import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";

/** Reads of one answer may be called by GET: so says Connect's protocol. */
export function isRead(method: DescMethod): boolean {
  const { NO_SIDE_EFFECTS } = MethodOptions_IdempotencyLevel;
  return method.methodKind === "unary" && method.idempotency === NO_SIDE_EFFECTS;
}

export const pathOf = (method: DescMethod) => `/${method.parent.typeName}/${method.name}`;

export const postExample = (url: string) =>
  `curl -H 'content-type: application/json' -d '{}' '${url}'`;
export const getExample = (url: string) =>
  `curl '${url}?connect=v1&encoding=json&message=${encodeURIComponent("{}")}'`;

/** The HTTP methods that a method of the API takes. */
export const allowedBy = (method: DescMethod) => (isRead(method) ? "GET, HEAD, POST" : "POST");
