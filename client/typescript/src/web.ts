// In browsers: to the gateway, as the whole of what an app says about its connection.

import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, type ConnectTransportOptions } from "@connectrpc/connect-web";
import { perennialTransport, type CallOptions } from "./transport.js";

export { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

/**
 * Connects to server/gateway at an address such as "https://renewals.example.com". Of `base` are Connect's own
 * options, such as interceptors and `fetch`. See perennialTransport.
 *
 *   const pipeline = createClient(PipelineService, connect("http://127.0.0.1:8080", { actor: "jane" }));
 */
export function connect(
  baseUrl: string,
  options: CallOptions & { base?: Omit<ConnectTransportOptions, "baseUrl"> } = {},
): Transport {
  return perennialTransport(createConnectTransport({ ...options.base, baseUrl }), options);
}
