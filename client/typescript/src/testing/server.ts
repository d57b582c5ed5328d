import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { ClockService } from "../gen/index.js";
import { perennialTransport, type CallOptions } from "../transport.js";

export interface TestServerOptions {
  /** The day on which its clock stands until it is moved; 2025-01-01 where absent. */
  clock?: string;
  /** The same. */
  date?: string;
  /** A SQLite file that its database begins as a copy of. */
  copyOf?: string;
  /**
   * File with what it holds at first: a mapping of `perennial import`, whose `resources` are whole
   * resources in protobuf's text format. CSV files that it names lie beside it.
   */
  seed?: string;
  /** The same as text. */
  seedText?: string;
  /** Whether the jobs of the day run once after that; they do where absent. */
  runJobs?: boolean;
  /** The ids that it makes are then the same in every run, where calls come one after another. */
  idSeed?: number | bigint;
  /** Another database than one of its own, such as mysql://user@host:3306/name; it stays. */
  database?: string;
  /**
   * A MySQL database of its own instead, dropped at the end, on the server that the environment's
   * PERENNIAL_TEST_MYSQL and PERENNIAL_TEST_MYSQL_PASSWORD_FILE name.
   */
  mariadb?: boolean;
  /** Further flags of `perenniald`. */
  flags?: string[];
  /**
   * The folder of the programs perenniald and perennial. Where absent the one that PERENNIAL_BIN
   * names, or else the repository's own build.
   */
  programs?: string;
}

const repositoryPrograms = join(import.meta.dirname, "../../../../build/bin");

function mariadbFlags(): string[] {
  const url = process.env["PERENNIAL_TEST_MYSQL"];
  const passwordFile = process.env["PERENNIAL_TEST_MYSQL_PASSWORD_FILE"];
  if (!url)
    throw new Error(
      "PERENNIAL_TEST_MYSQL is not set: run scripts/with-mariadb with the test as its command, or " +
        "set it to mysql://user@host:port of a server on which the user may create databases perennial_*",
    );
  const database = `perennial_throw_away_${randomBytes(8).toString("hex")}`;
  return [
    `--database=${url}/${database}`,
    ...(passwordFile ? [`--database-password-file=${passwordFile}`] : []),
  ];
}

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
      await server.#fill(options);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  readonly #folder = mkdtempSync(join(tmpdir(), "perennial-test-"));
  readonly #removeFolder = () => rmSync(this.#folder, { recursive: true, force: true });
  readonly #flags: string[];
  readonly #mariadb: string[];
  readonly #programs: string;
  #process: ChildProcess | undefined;
  #port = "0";
  #session: Http2SessionManager | undefined;

  private constructor(options: TestServerOptions) {
    this.#programs = options.programs ?? process.env["PERENNIAL_BIN"] ?? repositoryPrograms;
    this.#mariadb = options.mariadb ? mariadbFlags() : [];
    const sqlite = `sqlite:${join(this.#folder, "perennial.db")}`;
    this.#flags = [
      "--throw-away",
      ...(options.mariadb ? this.#mariadb : [`--database=${options.database ?? sqlite}`]),
      `--clock=manual:${options.clock ?? options.date ?? "2025-01-01"}`,
      `--port-file=${join(this.#folder, "port")}`,
      ...(options.copyOf === undefined ? [] : [`--copy-of=${resolve(options.copyOf)}`]),
      ...(options.idSeed === undefined ? [] : [`--id-seed=${options.idSeed}`]),
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
    await promisify(execFile)(join(this.#programs, "perennial"), command, { env });
  }

  // What it holds from the start.
  async #fill({ seed, seedText, runJobs = true }: TestServerOptions): Promise<void> {
    if (seed) await this.import(seed);
    if (seedText) {
      const file = join(this.#folder, "seed_text.textproto");
      writeFileSync(file, seedText);
      await this.import(file);
    }
    if ((seed || seedText) && runJobs) await this.moveDays(0);
  }

  /** What it wrote to its log. */
  log(): string {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  /** The end of its log, with the requests of calls that failed. */
  describeFailure(): string {
    return `The log of the server ends with:\n${this.log().slice(-4000)}`;
  }

  /** After kill(): on the same data and port. */
  async start(): Promise<void> {
    const program = join(this.#programs, "perenniald");
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
    // What was never served is not there.
    const drop = ["drop", ...this.#mariadb];
    if (this.#mariadb.length > 0)
      await promisify(execFile)(join(this.#programs, "perenniald"), drop).catch(() => {});
    this.#removeFolder();
    process.off("exit", this.#removeFolder);
  }
}
