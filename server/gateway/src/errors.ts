// What becomes of errors on their way to the caller.

import { create, fromBinary, toJson, type Registry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ForwardedHeaders } from "./headers.js";

type Details = ConnectError["details"];

export class ErrorTranslator {
  constructor(
    readonly registry: Registry,
    readonly forwarded: ForwardedHeaders,
  ) {}

  /** What the server answered, or why it could not be asked. */
  translate(thrown: unknown, ended: AbortSignal): ConnectError {
    const error = ConnectError.from(ended.aborted ? ended.reason : thrown);
    if (!ended.aborted && isLostConnection(error)) {
      const lost = this.retryable(
        "the server behind the gateway cannot be reached",
        Code.Unavailable,
      );
      lost.cause = error.cause;
      return lost;
    }
    const passed = new ConnectError(
      error.rawMessage,
      error.code,
      this.forwarded.of(error.metadata),
    );
    passed.details = error.details.map((detail) => this.#readable(detail));
    return passed;
  }

  /** An error of the gateway's own that says when to come back, where the descriptors have the words. */
  retryable(message: string, code: Code): ConnectError {
    const error = new ConnectError(message, code);
    const retryInfo = this.registry.getMessage("google.rpc.RetryInfo");
    if (retryInfo) {
      const value = create(retryInfo, { retryDelay: { seconds: 1n } } as Record<string, unknown>);
      error.details = [{ desc: retryInfo, value }];
    }
    return error;
  }

  // The bytes stay as they are; Connect's errors show the JSON beside them.
  #readable(detail: Details[number]): Details[number] {
    if ("desc" in detail) return detail;
    const desc = this.registry.getMessage(detail.type);
    if (!desc) return detail;
    try {
      const message = fromBinary(desc, detail.value);
      return { ...detail, debug: toJson(desc, message, { registry: this.registry }) };
    } catch {
      return detail;
    }
  }
}

// What the server answers has a grpc-status. How a connection that breaks is told differs with how and
// when it breaks.
function isLostConnection({ cause, code, metadata }: ConnectError): boolean {
  if (metadata.has("grpc-status")) return false;
  return cause !== undefined || [Code.Aborted, Code.Canceled, Code.Unavailable].includes(code);
}
