import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { createFileRegistry, fromBinary, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { admit } from "./admission.js";
import { varyOf } from "./caching.js";
import { CallLog } from "./call_log.js";
import { originCheck } from "./cors.js";
import { ErrorTranslator } from "./errors.js";
import { tagReads } from "./etag.js";
import { ForwardedHeaders } from "./headers.js";
import { jsonOptions } from "./json.js";
import { hostCheck } from "./host_check.js";
import { Health } from "./health.js";
import { HttpPort, type Request, type Response } from "./http_port.js";
import { gatewayOptions, UsageError, type GatewayOptions } from "./options.js";
import { Proxy } from "./proxy.js";
import { Router } from "./router.js";

/** What the server behind may answer at most: as much as the C++ client takes. */
const maxResponseBytes = 64 << 20;

export interface Gateway {
  port: number;
  baseUrl: string;
  /** Ends streams with UNAVAILABLE, and lets other calls end for as long as the options say. */
  stop(): Promise<void>;
}

/** Serves when it returns. Throws UsageError where the options cannot be meant. */
export async function startGateway(given: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const options = gatewayOptions(given);
  const { host, port } = parseAddress(options.listen);
  if (!options.allowRemote && !isLoopback(host)) {
    throw new UsageError(`--listen=${options.listen} is not loopback: see --allow-remote`);
  }
  const registry = await readDescriptors(options.descriptors);
  const baseUrl = backendUrl(options.backend);
  const session = new Http2SessionManager(baseUrl);
  const backend = createGrpcTransport({
    baseUrl,
    sessionManager: session,
    readMaxBytes: maxResponseBytes,
  });

  const forwarded = new ForwardedHeaders(options.forwardHeader);
  const errors = new ErrorTranslator(registry, forwarded);
  // Longer ones would be none to a timer.
  const callMs = Math.min(options.callSeconds * 1000, 2 ** 31 - 1);
  const proxy = new Proxy({ backend, forwarded, errors, callMs });
  const health = new Health(registry, backend);
  const parts = { registry, forwarded, errors, proxy, health };
  const http = new HttpPort(createHandler(options, parts), options);
  const served = await http.listen(host, port);
  return {
    port: served,
    baseUrl: `http://${isIP(host) === 6 ? `[${host}]` : host}:${served}`,
    async stop() {
      health.stop();
      proxy.stopStreams(new ConnectError("the gateway stops", Code.Unavailable));
      await http.close(options.shutdownSeconds * 1000);
      session.abort();
    },
  };
}

interface Parts {
  registry: FileRegistry;
  forwarded: ForwardedHeaders;
  errors: ErrorTranslator;
  proxy: Proxy;
  health: Health;
}

function createHandler(options: GatewayOptions, parts: Parts) {
  const { registry, forwarded, errors, proxy, health } = parts;
  const callLog = new CallLog(options.noCallLog);
  const isForeign = originCheck(options.allowOrigin, forwarded);
  // What is in front tells callers apart, and knows by which name it calls.
  const isMisdirected = options.allowRemote ? () => false : hostCheck(options.allowOrigin);
  const json = jsonOptions(registry);
  const router = new Router({
    routes: (each) => proxy.serve(each, registry),
    readMaxBytes: options.maxMessageBytes,
    registry,
    vary: varyOf(forwarded),
    jsonOptions: json,
    interceptors: [
      callLog.interceptor,
      tagReads(json),
      admit(options.maxCalls, options.maxStreams, errors),
    ],
    contextValues: (request) => callLog.contextValues(request),
  });
  return (request: Request, response: Response) => {
    if (health.answer(request, response)) return;
    callLog.observe(request, response);
    if (isForeign(request, response) || isMisdirected(request, response)) return;
    router.answer(request, response);
  };
}

async function readDescriptors(file: string): Promise<FileRegistry> {
  const path = file || new URL("../dist/descriptors.binpb", import.meta.url);
  let set;
  try {
    set = fromBinary(FileDescriptorSetSchema, await readFile(path));
  } catch (error) {
    throw new UsageError(`--descriptors: ${(error as Error).message}`);
  }
  return createFileRegistry(set);
}

function backendUrl(backend: string): string {
  const url = backend.includes("://") ? backend : `http://${backend}`;
  if (!URL.canParse(url) || !new URL(url).port) {
    throw new UsageError(`--backend=${backend}: host:port, or https://host:port`);
  }
  return url;
}

function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65535) throw new UsageError(`--listen=${address}: host:port`);
  return { host: (match[1] ?? match[2])!, port };
}

// Names are not trusted to stay what they are.
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
