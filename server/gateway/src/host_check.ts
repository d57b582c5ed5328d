import type { Request, Response } from "./http_port.js";
import { refuse } from "./refusal.js";

/**
 * A page that has had its name point here (DNS rebinding) is of this server's origin in the browser's
 * eyes, and then its GET, unlike its POST, does not say an origin: only the host that it asks for gives
 * it away. An address is nobody's name, and so are localhost and the hosts of origins that may call.
 *
 * Answers true where the request is dealt with.
 */
export function hostCheck(origins: string[]) {
  const urls = origins.filter((origin) => URL.canParse(origin)).map((origin) => new URL(origin));
  const named = new Set(urls.map(({ hostname }) => hostname));

  return (request: Request, response: Response): boolean => {
    const isGet = request.method === "GET" || request.method === "HEAD";
    if (!isGet || request.headers.origin !== undefined) return false;
    const authority = "authority" in request ? request.authority : request.headers.host;
    const url = `http://${authority}`;
    // What is no host is refused for that.
    if (!URL.canParse(url)) return false;
    const { hostname } = new URL(url);
    if (isLocal(hostname) || named.has(hostname)) return false;
    const message =
      "by GET only an address, localhost, or the host of an --allow-origin may be asked";
    refuse(response, { status: 421, code: "permission_denied", message });
    return true;
  };
}

const isLocal = (hostname: string) =>
  /^(localhost|.+\.localhost|\[[\da-f:.]+\]|(\d{1,3}\.){3}\d{1,3})$/.test(hostname);
