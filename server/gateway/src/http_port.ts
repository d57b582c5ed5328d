import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { once } from "node:events";
import type { connectNodeAdapter } from "@connectrpc/connect-node";

/** Of either version of HTTP. */
export type Request = Parameters<ReturnType<typeof connectNodeAdapter>>[0];
export type Response = Parameters<ReturnType<typeof connectNodeAdapter>>[1];

export interface HttpPortOptions {
  maxHeaderBytes: number;
  maxConnections: number;
}

/** Time for a connection to say something at all, and for a request to arrive. */
const quietMs = 30_000;

/**
 * HTTP/1.1 and HTTP/2 without TLS on one port: connections of the latter say so in their first bytes.
 */
export class HttpPort {
  // Listens for both, so that its limits and its way to stop are in force.
  readonly #http1: http.Server;
  readonly #http2: http2.Http2Server;
  readonly #sockets = new Set<net.Socket>();
  /** Those that have said nothing yet. */
  readonly #quiet = new Set<net.Socket>();
  readonly #sessions = new Set<http2.ServerHttp2Session>();

  constructor(handler: (request: Request, response: Response) => void, options: HttpPortOptions) {
    const { maxHeaderBytes, maxConnections } = options;
    const timeouts = { headersTimeout: quietMs, requestTimeout: quietMs };
    this.#http1 = http.createServer({ maxHeaderSize: maxHeaderBytes, ...timeouts }, handler);
    this.#http1.maxConnections = maxConnections;
    this.#http1.prependListener("request", (_, response) => {
      // While it stops, a connection is of no use after its answer.
      response.once("close", () => {
        if (!this.#http1.listening) setImmediate(() => this.#http1.closeIdleConnections());
      });
    });
    const settings = { maxHeaderListSize: maxHeaderBytes, maxConcurrentStreams: 200 };
    this.#http2 = http2.createServer({ settings }, handler);
    this.#http2.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    });
    const serveHttp1 = this.#http1.listeners("connection") as ((socket: net.Socket) => void)[];
    this.#http1.removeAllListeners("connection");
    this.#http1.on("connection", (socket) => {
      this.#sort(socket, (isHttp2) => {
        if (isHttp2) this.#http2.emit("connection", socket);
        else for (const serve of serveHttp1) serve.call(this.#http1, socket);
      });
    });
  }

  /** Answers the port. */
  async listen(host: string, port: number): Promise<number> {
    this.#http1.listen(port, host);
    await once(this.#http1, "listening");
    return (this.#http1.address() as net.AddressInfo).port;
  }

  /** Takes no more, lets what runs end for so long, and closes what is left. */
  async close(graceMs: number): Promise<void> {
    if (!this.#http1.listening) return;
    const closed = new Promise((resolve) => this.#http1.close(resolve));
    for (const session of this.#sessions) session.close();
    for (const socket of this.#quiet) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #sort(socket: net.Socket, serve: (isHttp2: boolean) => void): void {
    this.#sockets.add(socket);
    this.#quiet.add(socket);
    const timer = setTimeout(() => socket.destroy(), quietMs);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#quiet.delete(socket);
      clearTimeout(timer);
    });
    // Finds out about callers that are gone without a word.
    socket.setKeepAlive(true, quietMs);
    // A connection that breaks ends its calls; there is nobody to tell.
    socket.on("error", () => {});
    socket.once("data", (first) => {
      clearTimeout(timer);
      this.#quiet.delete(socket);
      socket.pause();
      socket.unshift(first);
      const isHttp2 = first.subarray(0, 3).toString("latin1") === "PRI";
      serve(isHttp2);
      // HTTP/2 takes what was read already by itself.
      if (!isHttp2) socket.resume();
    });
  }
}
