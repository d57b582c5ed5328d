import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { ClockService } from "../gen/index.js";
import { perennialTransport, type CallOptions } from "../transport.js";

export interface TestServerOptions {
  /** The day on which its clock stands until it is moved; 2025-01-01 where absent. */
  date?: string;
  /**
   * File with what it holds at first: a mapping of `perennial import`, whose `resources` are whole
   * resources in protobuf's text format. CSV files that it names lie beside it.
   */
  seed?: string;
  /** Further flags of `perenniald`. */
  flags?: string[];
}

// PERENNIAL_BIN is the folder of the two programs, where that is not the repository's own build.
const bin = process.env["PERENNIAL_BIN"] ?? join(import.meta.dirname, "../../../../build/bin");

/**
 * A `perenniald` with a database of its own in a temporary folder, on a free port of loopback. It ends
 * with this process, if it was not stopped before.
 */
export class TestServer {
  /** Starts one, and fills it. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    try {
      await server.start();
      if (options.seed) await server.import(options.seed);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  readonly #folder = mkdtempSync(join(tmpdir(), "perennial-test-"));
  readonly #removeFolder = () => rmSync(this.#folder, { recursive: true, force: true });
  readonly #flags: string[];
  #process: ChildProcess | undefined;
  #port = "0";
  #session: Http2SessionManager | undefined;

  private constructor(options: TestServerOptions) {
    this.#flags = [
      `--database=sqlite:${join(this.#folder, "perennial.db")}`,
      `--clock=manual:${options.date ?? "2025-01-01"}`,
      `--port-file=${join(this.#folder, "port")}`,
      ...(options.flags ?? []),
    ];
    process.once("exit", this.#removeFolder);
  }

  /** Such as "127.0.0.1:41234". */
  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get baseUrl(): string {
    return `http://${this.target}`;
  }

  /** gRPC to it, as the caller "test". */
  get transport(): Transport {
    return this.as({ actor: "test" });
  }

  /** gRPC to it, as another caller. All callers share one connection. */
  as(caller: CallOptions): Transport {
    const sessionManager = (this.#session ??= new Http2SessionManager(this.baseUrl));
    return perennialTransport(
      createGrpcTransport({ baseUrl: this.baseUrl, sessionManager }),
      caller,
    );
  }

  /** Moves its clock forward, day by day; what a day brings about has happened when this returns. */
  async moveDays(days: number): Promise<void> {
    const clock = createClient(ClockService, this.transport);
    await clock.moveTime({ target: { case: "days", value: days } }, { timeoutMs: 0 });
  }

  /** Brings in what a mapping says: see TestServerOptions.seed. */
  async import(mapping: string): Promise<void> {
    const command = ["import", dirname(mapping), `--mapping=${mapping}`, "--strict"];
    const env = { ...process.env, PERENNIAL_SERVER: this.target };
    await promisify(execFile)(join(bin, "perennial"), command, { env });
  }

  /** What it wrote to its log. */
  log(): string {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  /** After kill(): on the same data and port. */
  async start(): Promise<void> {
    const program = join(bin, "perenniald");
    if (!existsSync(program))
      throw new Error(`there is no ${program}: build it, or set PERENNIAL_BIN`);
    rmSync(join(this.#folder, "port"), { force: true });
    const log = openSync(join(this.#folder, "log"), "a");
    // The kernel ends it when this process is gone, however that ends.
    const command = ["--pdeathsig", "KILL", program, `--listen=${this.target}`, ...this.#flags];
    this.#process = spawn("setpriv", command, { stdio: ["ignore", log, log] });
    closeSync(log);
    // A test that forgets it can end all the same.
    this.#process.unref();
    this.#port = await this.#servedPort(this.#process);
  }

  async #servedPort(server: ChildProcess): Promise<string> {
    const changes = watch(this.#folder);
    const ended = once(server, "exit");
    try {
      for (;;) {
        const portFile = join(this.#folder, "port");
        const port = existsSync(portFile) ? readFileSync(portFile, "utf8").trim() : "";
        if (port) return port;
        if (server.exitCode !== null || server.signalCode !== null) {
          throw new Error(`perenniald ends as it starts:\n${this.log().slice(-4000)}`);
        }
        await Promise.race([once(changes, "change"), ended]);
      }
    } finally {
      changes.close();
    }
  }

  /** Takes it away in the middle of whatever it does. */
  async kill(): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.ref();
    server.kill("SIGKILL");
    await ended;
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#session?.abort();
    await this.kill();
    this.#removeFolder();
    process.off("exit", this.#removeFolder);
  }
}
