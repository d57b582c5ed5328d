// Requests that are for a method, but are no calls of it.

import type { DescMethod } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { allowedBy, getExample, isRead, pathOf, postExample } from "./calling.js";
import type { Request } from "./http_port.js";
import { quoted, type Refusal } from "./refusal.js";

/** What proxies and caches take as a URL. What is longer goes by POST. */
const maxUrlBytes = 8192;

/** What is wrong with how the method is called, and what would be right; nothing where it is well. */
export function misuseOf(
  handler: UniversalHandler,
  request: Request,
  baseUrl: string,
): Refusal | undefined {
  const { method } = handler;
  const url = baseUrl + pathOf(method);
  if (request.method === "POST") return misuseOfPost(handler, request, url);
  const isGet = request.method === "GET" || request.method === "HEAD";
  if (!isGet || !isRead(method)) return notAllowed(method, request, url);
  return misuseOfGet(request.url ?? "", url);
}

function notAllowed(method: DescMethod, request: Request, url: string): Refusal {
  const why = isRead(method)
    ? `is called by GET or POST`
    : method.methodKind === "unary"
      ? "may change something: it is called by POST"
      : "streams: it is called by POST";
  return {
    status: 405,
    code: "unimplemented",
    message: `${method.name} ${why}, not by ${quoted(request.method ?? "")}`,
    headers: { allow: allowedBy(method) },
    more: method.methodKind === "unary" ? { example: postExample(url) } : {},
  };
}

function misuseOfPost(handler: UniversalHandler, request: Request, url: string) {
  const type = request.headers["content-type"] ?? "";
  if (!handler.supportedContentType(type)) return unsupportedType(handler.method, type, url);
  const version = request.headers["connect-protocol-version"];
  if (version === undefined || version === "1" || type.startsWith("application/grpc")) return;
  const message = `connect-protocol-version is 1, or not said at all: not ${quoted(String(version))}`;
  return wrong(message, postExample(url));
}

function unsupportedType(method: DescMethod, type: string, url: string): Refusal {
  const isUnary = method.methodKind === "unary";
  const connect = isUnary ? "application/" : "application/connect+";
  const types = [`${connect}json`, `${connect}proto`, "application/grpc-web", "application/grpc"];
  const why = isUnary ? "takes" : "streams: it takes";
  return {
    status: 415,
    code: "invalid_argument",
    message: `${method.name} ${why} content-type: ${types.join(", ")}, not ${quoted(type) || "none"}`,
    headers: { "accept-post": types.join(", ") },
    more: isUnary ? { example: postExample(url) } : {},
  };
}

function misuseOfGet(asked: string, url: string): Refusal | undefined {
  if (asked.length > maxUrlBytes) {
    const message = `the URL is longer than ${maxUrlBytes} bytes: send the message by POST`;
    return {
      status: 414,
      code: "resource_exhausted",
      message,
      more: { example: postExample(url) },
    };
  }
  const query = new URLSearchParams(asked.slice(asked.indexOf("?") + 1));
  const example = getExample(url);
  const [version, encoding] = [query.get("connect"), query.get("encoding")];
  if (version !== null && version !== "v1") {
    return wrong(`connect is v1, or not said at all: not ${quoted(version)}`, example);
  }
  if (encoding === null) return wrong("encoding is missing: json or proto", example);
  if (encoding !== "json" && encoding !== "proto") {
    const message = `encoding is json or proto, not ${quoted(encoding)}`;
    return { ...wrong(message, example), status: 415 };
  }
  if (!query.has("message")) return wrong("message is missing: {} where it is empty", example);
  if (query.get("base64") !== "1") return undefined;
  return isBase64(query.get("message")!) ? undefined : wrong("message is not base64", example);
}

const wrong = (message: string, example: string): Refusal => ({
  status: 400,
  code: "invalid_argument",
  message,
  more: { example },
});

// A URL's + is a blank: it has to be written as %2B, or as the - of URL-safe base64.
function isBase64(text: string): boolean {
  try {
    base64Decode(text);
    return !text.includes(" ");
  } catch {
    return false;
  }
}
