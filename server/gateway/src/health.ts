import type { DescMethodUnary, FileRegistry, Message } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { Request, Response } from "./http_port.js";

const timeoutMs = 2000;

/** `GET /health`: 200 where calls would be served, else 503. Asks the server behind, where it can be asked. */
export class Health {
  readonly #check: DescMethodUnary | undefined;
  #stopped = false;

  constructor(
    registry: FileRegistry,
    readonly backend: Transport,
  ) {
    const service = registry.getService("grpc.health.v1.Health");
    this.#check = service?.method["check"] as DescMethodUnary | undefined;
  }

  /** From now on nothing is served. */
  stop(): void {
    this.#stopped = true;
  }

  /** True where the request was one for it. */
  answer(request: Request, response: Response): boolean {
    const isGet = request.method === "GET" || request.method === "HEAD";
    if (!isGet || request.url !== "/health") return false;
    void this.#status().then((status) => {
      const headers = { "content-type": "application/json", "cache-control": "no-store" };
      response.writeHead(status === "SERVING" ? 200 : 503, headers);
      response.end(`${JSON.stringify({ status })}\n`);
    });
    return true;
  }

  async #status(): Promise<string> {
    if (this.#stopped) return "NOT_SERVING";
    if (!this.#check) return "SERVING";
    try {
      const answer = await this.backend.unary(this.#check, undefined, timeoutMs, undefined, {});
      return (answer.message as Message & { status: number }).status === 1
        ? "SERVING"
        : "NOT_SERVING";
    } catch {
      return "UNREACHABLE";
    }
  }
}
