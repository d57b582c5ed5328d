// Calls the server behind for every method that the descriptors have. Nothing here knows one by name.

import type {
  DescMethod,
  DescMethodStreaming,
  DescMethodUnary,
  FileRegistry,
  Message,
} from "@bufbuild/protobuf";
import type {
  ConnectError,
  ConnectRouter,
  HandlerContext,
  MethodImpl,
  Transport,
} from "@connectrpc/connect";
import type { ErrorTranslator } from "./errors.js";
import type { ForwardedHeaders } from "./headers.js";

export interface ProxyOptions {
  backend: Transport;
  forwarded: ForwardedHeaders;
  errors: ErrorTranslator;
  /** The longest that a unary call may take. */
  callMs: number;
}

export class Proxy {
  // Those that run. A signal that all of them listen to would keep what is left of each: in Node 20
  // AbortSignal.any() does.
  readonly #streams = new Set<AbortController>();
  #stopped: ConnectError | undefined;

  constructor(readonly options: ProxyOptions) {}

  /** Ends streams, which could go on for ever, and takes no more. */
  stopStreams(reason: ConnectError): void {
    this.#stopped = reason;
    for (const stream of this.#streams) stream.abort(reason);
  }

  serve(router: ConnectRouter, registry: FileRegistry): void {
    for (const service of registry) {
      if (service.kind !== "service") continue;
      for (const method of service.methods) router.rpc(method, this.#implementation(method));
    }
  }

  #implementation(method: DescMethod): MethodImpl<DescMethod> {
    const implementation = {
      unary: (request: Message, context: HandlerContext) =>
        this.#unary(method as DescMethodUnary, request, context),
      server_streaming: (request: Message, context: HandlerContext) =>
        this.#stream(method as DescMethodStreaming, only(request), context),
      client_streaming: (requests: AsyncIterable<Message>, context: HandlerContext) =>
        last(this.#stream(method as DescMethodStreaming, requests, context)),
      bidi_streaming: (requests: AsyncIterable<Message>, context: HandlerContext) =>
        this.#stream(method as DescMethodStreaming, requests, context),
    }[method.methodKind];
    return implementation as MethodImpl<DescMethod>;
  }

  async #unary(method: DescMethodUnary, request: Message, context: HandlerContext) {
    const { backend, forwarded, errors, callMs } = this.options;
    const { signal } = context;
    // In Connect no time left would be no deadline.
    const timeoutMs = Math.max(1, Math.min(context.timeoutMs() ?? callMs, callMs));
    try {
      const header = forwarded.of(context.requestHeader);
      const response = await backend.unary(method, signal, timeoutMs, header, request);
      forwarded.pass(response.header, context.responseHeader);
      forwarded.pass(response.trailer, context.responseTrailer);
      return response.message;
    } catch (error) {
      throw errors.translate(error, signal);
    }
  }

  async *#stream(
    method: DescMethodStreaming,
    requests: AsyncIterable<Message>,
    context: HandlerContext,
  ) {
    const { backend, forwarded, errors } = this.options;
    const { signal } = this.#begin(context);
    const left = context.timeoutMs();
    const timeoutMs = left === undefined ? undefined : Math.max(1, left);
    try {
      const header = forwarded.of(context.requestHeader);
      const response = await backend.stream(method, signal, timeoutMs, header, requests);
      forwarded.pass(response.header, context.responseHeader);
      yield* response.message;
      forwarded.pass(response.trailer, context.responseTrailer);
    } catch (error) {
      throw errors.translate(error, signal);
    }
  }

  #begin(context: HandlerContext): AbortController {
    if (this.#stopped) throw this.#stopped;
    const stream = new AbortController();
    this.#streams.add(stream);
    // Aborted when the call ends, however it ends.
    const end = () => {
      this.#streams.delete(stream);
      stream.abort(context.signal.reason);
    };
    if (context.signal.aborted) end();
    else context.signal.addEventListener("abort", end, { once: true });
    return stream;
  }
}

async function* only(message: Message) {
  yield message;
}

async function last(messages: AsyncIterable<Message>): Promise<Message | undefined> {
  let message: Message | undefined;
  for await (message of messages);
  return message;
}
