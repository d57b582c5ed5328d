// What tells one answer from another, so that a cache can ask whether its own is still right.

import { createHash } from "node:crypto";
import {
  toJson,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type JsonWriteOptions,
  type Message,
} from "@bufbuild/protobuf";
import type { Interceptor, UnaryResponse } from "@connectrpc/connect";

/** Puts an ETag on the answers to GET. */
export function tagReads(options: Partial<JsonWriteOptions>): Interceptor {
  return (next) => async (request) => {
    const response = await next(request);
    if (request.requestMethod !== "GET" || response.stream) return response;
    try {
      response.header.set("etag", etagOf(response, options));
    } catch {
      // What has no JSON, such as an Any of a type that nobody knows here, is not tagged.
    }
    return response;
  };
}

/**
 * Of what is in the answer, in whatever encoding and compression: a weak tag. It is more than the
 * resource's own etag, which is in it: that says nothing of the form in which a gateway of another
 * version writes the same resource. The time line is of it, for the tokens that hold on one only.
 */
function etagOf(response: UnaryResponse, options: Partial<JsonWriteOptions>): string {
  const { output } = response.method;
  const content = toJson(output, response.message, options);
  const timeLine = response.header.get("x-perennial-time-line") ?? "";
  const text = JSON.stringify([timeLine, withoutTimeOfAsking(output, content)], inOrder);
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  const own = (response.message as Message & { etag?: unknown }).etag;
  const prefix = typeof own === "string" && /^[\w-]{1,64}$/.test(own) ? `${own}-` : "";
  return `W/"${prefix}${hash}"`;
}

// When it was counted is another at each call. A count of before that is as it would be now is right.
function withoutTimeOfAsking(message: DescMessage, content: JsonValue): JsonValue {
  const field = message.fields.find(({ name }) => name === "as_of_time");
  if (!field) return content;
  const { [field.jsonName]: _, ...rest } = content as JsonObject;
  return rest;
}

// The server writes a map in any order, another one at each call.
function inOrder(_: string, value: JsonValue): JsonValue {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
