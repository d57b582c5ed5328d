// Which method a request is for, and its answer.

import type { FileRegistry } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createConnectRouter,
  type ConnectRouter,
  type ConnectRouterOptions,
  type ContextValues,
} from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { log } from "./call_log.js";
import { cached } from "./caching.js";
import { allowedBy } from "./calling.js";
import { Help } from "./help.js";
import type { Request, Response } from "./http_port.js";
import { withNearFields } from "./json.js";
import { misuseOf } from "./misuse.js";
import { refuse } from "./refusal.js";

export interface RouterOptions extends ConnectRouterOptions {
  routes: (router: ConnectRouter) => void;
  registry: FileRegistry;
  /** The headers that answers depend on. */
  vary: string;
  contextValues: (request: Request) => ContextValues;
}

export class Router {
  readonly #handlers = new Map<string, UniversalHandler>();
  readonly #help: Help;

  constructor(readonly options: RouterOptions) {
    this.#help = new Help(options.registry);
    const acceptCompression = [compressionGzip, compressionBrotli];
    const router = createConnectRouter({ acceptCompression, ...options });
    options.routes(router);
    for (const handler of router.handlers) this.#handlers.set(handler.requestPath, handler);
  }

  answer(request: Request, response: Response): void {
    const baseUrl = baseUrlOf(request);
    const path = request.url?.split("?", 1)[0] ?? "";
    const handler = this.#handlers.get(path);
    if (!baseUrl) {
      const message = "the request does not say which host it is for: send a header host";
      refuse(response, { status: 400, code: "invalid_argument", message });
    } else if (!handler) {
      refuse(response, this.#help.notFound(path, baseUrl));
    } else if (request.method === "OPTIONS") {
      response.writeHead(204, { allow: `${allowedBy(handler.method)}, OPTIONS` });
      response.end();
    } else {
      const misuse = misuseOf(handler, request, baseUrl);
      if (misuse) refuse(response, misuse);
      else void this.#serve(handler, request, response);
    }
  }

  async #serve(handler: UniversalHandler, request: Request, response: Response): Promise<void> {
    try {
      const values = this.options.contextValues(request);
      const call = universalRequestFromNodeRequest(request, response, undefined, values);
      const isRead = request.method !== "POST";
      if (isRead) asGet(call);
      const answer = await withNearFields(await handler(call), this.options.registry);
      const told = isRead ? cached(answer, request, this.options.vary) : answer;
      await universalResponseToNodeResponse(told, response);
    } catch (error) {
      // A caller who is gone is in the line of the call.
      if (ConnectError.from(error).code === Code.Aborted) return;
      log("ERROR", "an answer could not be given", { error: String(error) });
      if (response.headersSent) return;
      refuse(response, { status: 500, code: "internal", message: "internal error" });
    }
  }
}

// HEAD is GET, and Node leaves the body out. A type of nothing decides nothing.
function asGet(call: UniversalServerRequest): void {
  Object.assign(call, { method: "GET" });
  call.header.delete("content-type");
}

const host = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

// HTTP/1.0 may leave the host out, and anybody may write what is none.
function baseUrlOf(request: Request): string | undefined {
  const authority = "authority" in request ? request.authority : request.headers.host;
  const url = `http://${authority}`;
  return host.test(authority ?? "") && URL.canParse(url) ? url : undefined;
}
