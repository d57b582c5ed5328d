// One JSON line for each call, in the words of the server's log.

import {
  Code,
  ConnectError,
  createContextKey,
  createContextValues,
  type ContextValues,
  type Interceptor,
} from "@connectrpc/connect";
import type { Request, Response } from "./http_port.js";

export function log(severity: "INFO" | "ERROR", message: string, fields: object = {}): void {
  const line = { time: new Date().toISOString(), severity, message, ...fields };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

interface Outcome {
  code?: string;
  error?: string;
}
const outcomeKey = createContextKey<Outcome>({});

export class CallLog {
  readonly #outcomes = new WeakMap<Request, Outcome>();

  constructor(readonly failuresOnly: boolean) {}

  /** Logs the request when its response is out. */
  observe(request: Request, response: Response): void {
    const start = performance.now();
    const outcome: Outcome = {};
    const peer = request.socket?.remoteAddress;
    this.#outcomes.set(request, outcome);
    response.once("close", () => {
      // Without a code it was refused before it became a call.
      const succeeded = (outcome.code ?? "OK") === "OK" && response.statusCode < 400;
      if (succeeded && this.failuresOnly) return;
      log("INFO", "call", {
        method: request.url?.split("?")[0]?.replace(/^\/(.*)\//, "$1."),
        http_status: response.statusCode,
        ...outcome,
        micros: Math.round((performance.now() - start) * 1000),
        protocol: protocolOf(request),
        actor: request.headers["x-perennial-actor"],
        request_id: request.headers["x-request-id"],
        origin: request.headers.origin,
        peer,
      });
    });
  }

  /** What carries the outcome from the interceptor to the line. */
  contextValues(request: Request): ContextValues {
    return createContextValues().set(outcomeKey, this.#outcomes.get(request) ?? {});
  }

  readonly interceptor: Interceptor = (next) => async (request) => {
    const outcome = request.contextValues.get(outcomeKey);
    const failed = (thrown: unknown) => {
      const { code, rawMessage, cause } = ConnectError.from(thrown);
      outcome.code = nameOf(code);
      outcome.error = cause instanceof Error ? `${rawMessage}: ${cause.message}` : rawMessage;
      return thrown;
    };
    try {
      const response = await next(request);
      if (!response.stream) {
        outcome.code = "OK";
        return response;
      }
      return { ...response, message: observed(response.message) };
    } catch (error) {
      throw failed(error);
    }

    async function* observed<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
      // Where the caller leaves, the loop does not come to its end.
      outcome.code = nameOf(Code.Canceled);
      try {
        yield* messages;
        outcome.code = "OK";
      } catch (error) {
        throw failed(error);
      }
    }
  };
}

// NotFound is NOT_FOUND in gRPC and in the server's log.
const nameOf = (code: Code) => Code[code]!.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();

function protocolOf(request: Request): string {
  if (request.method !== "POST") return protocolOfGet(request);
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  if (type.startsWith("application/grpc")) return "grpc";
  return type.startsWith("application/json") ? "json" : "connect";
}

const protocolOfGet = ({ url = "" }: Request) =>
  /[?&]encoding=json(&|$)/.test(url) ? "json" : "connect";
