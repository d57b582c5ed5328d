import { cors } from "@connectrpc/connect";
import type { Request, Response } from "./http_port.js";
import type { ForwardedHeaders } from "./headers.js";
import { refuse } from "./refusal.js";

/**
 * Lets the pages of these origins call, and no others. A request of a page says its origin, so that one
 * that is not named is refused, whatever the browser thinks of it: a page that has had its name point
 * here (DNS rebinding) is of this server's origin in the browser's eyes.
 *
 * Answers true where the request is dealt with.
 */
export function originCheck(origins: string[], forwarded: ForwardedHeaders) {
  const allowed = new Set(origins);
  const exposed = [...cors.exposedHeaders, "etag", ...forwarded.names].join(", ");
  const known = [...cors.allowedHeaders, "if-none-match"].map((name) => name.toLowerCase());
  const isAllowedHeader = (name: string) => forwarded.has(name) || known.includes(name);

  return (request: Request, response: Response): boolean => {
    const { origin } = request.headers;
    if (origin === undefined) return false;
    response.setHeader("vary", "Origin");
    if (!allowed.has(origin)) {
      const message = "pages of this origin may not call: see --allow-origin";
      refuse(response, { status: 403, code: "permission_denied", message });
      return true;
    }
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", exposed);
    if (request.method !== "OPTIONS") return false;
    const asked = String(request.headers["access-control-request-headers"] ?? "");
    const headers = asked.split(",").map((name) => name.trim().toLowerCase());
    response.writeHead(204, {
      "access-control-allow-methods": cors.allowedMethods.join(", "),
      "access-control-allow-headers": headers.filter(isAllowedHeader).join(", "),
      "access-control-max-age": "7200",
    });
    response.end();
    return true;
  };
}
