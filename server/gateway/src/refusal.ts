import type { Response } from "./http_port.js";

/** An answer of the gateway's own, in the form of Connect's errors. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  headers?: Record<string, string>;
  /** What is said beside code and message. */
  more?: object;
}

/** As much of what was asked for as is said back. */
export const quoted = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}...` : text);

export function refuse(response: Response, refusal: Refusal): void {
  const { status, code, message, headers, more } = refusal;
  // Without a word about it some of these would be kept by caches.
  const always = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(status, { ...always, ...headers });
  response.end(`${JSON.stringify({ code, message, ...more })}\n`);
}
