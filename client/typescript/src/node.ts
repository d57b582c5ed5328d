// In Node: to the server itself, by gRPC.

import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransportOptions } from "@connectrpc/connect-node";
import { perennialTransport, type CallOptions } from "./transport.js";

export { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";

/**
 * Connects to a server at an address such as "http://127.0.0.1:50051". Of `base` are Connect's own options, such as
 * interceptors. See perennialTransport.
 *
 *   const pipeline = createClient(PipelineService, connect("http://127.0.0.1:50051", { actor: "jane" }));
 */
export function connect(
  baseUrl: string,
  options: CallOptions & { base?: Omit<GrpcTransportOptions, "baseUrl"> } = {},
): Transport {
  return perennialTransport(createGrpcTransport({ ...options.base, baseUrl }), options);
}
