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
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { log } from "./call_log.js";
import type { Request, Response } from "./http_port.js";
import { withNearFields } from "./json.js";
import { refuse } from "./refusal.js";

export interface RouterOptions extends ConnectRouterOptions {
  routes: (router: ConnectRouter) => void;
  registry: FileRegistry;
  contextValues: (request: Request) => ContextValues;
}

export class Router {
  readonly #handlers = new Map<string, UniversalHandler>();

  constructor(readonly options: RouterOptions) {
    const acceptCompression = [compressionGzip, compressionBrotli];
    const router = createConnectRouter({ acceptCompression, ...options });
    options.routes(router);
    for (const handler of router.handlers) this.#handlers.set(handler.requestPath, handler);
  }

  answer(request: Request, response: Response): void {
    const handler = this.#handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (!handler) {
      refuse(response, { status: 404, code: "unimplemented", message: "there is no such method" });
    } else if (!hasAuthority(request)) {
      const message = "the request does not say which host it is for: send a header host";
      refuse(response, { status: 400, code: "invalid_argument", message });
    } else {
      void this.#serve(handler, request, response);
    }
  }

  async #serve(handler: UniversalHandler, request: Request, response: Response): Promise<void> {
    try {
      const values = this.options.contextValues(request);
      const call = universalRequestFromNodeRequest(request, response, undefined, values);
      const answer = await withNearFields(await handler(call), this.options.registry);
      await universalResponseToNodeResponse(answer, response);
    } catch (error) {
      // A caller who is gone is in the line of the call.
      if (ConnectError.from(error).code === Code.Aborted) return;
      log("ERROR", "an answer could not be given", { error: String(error) });
      if (response.headersSent) return;
      refuse(response, { status: 500, code: "internal", message: "internal error" });
    }
  }
}

// HTTP/1.0 may leave it out, and anybody may write what is no host.
function hasAuthority(request: Request): boolean {
  const authority = "authority" in request ? request.authority : request.headers.host;
  return authority !== undefined && URL.canParse(`http://${authority}`);
}
