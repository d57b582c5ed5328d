// The gateway's flags: their meaning, their bounds and their help, in one table.

import { parseArgs } from "node:util";

export interface GatewayOptions {
  listen: string;
  portFile: string;
  allowRemote: boolean;
  backend: string;
  descriptors: string;
  allowOrigin: string[];
  forwardHeader: string[];
  maxMessageBytes: number;
  maxHeaderBytes: number;
  maxConnections: number;
  maxCalls: number;
  maxStreams: number;
  callSeconds: number;
  shutdownSeconds: number;
  noCallLog: boolean;
}

export class UsageError extends Error {}

interface Flag {
  option: keyof GatewayOptions;
  value: string | string[] | boolean | number;
  /** What stands for the value in the help; none where it takes none. */
  shape?: string;
  help: string;
}

const flags: Flag[] = [
  {
    option: "listen",
    value: "127.0.0.1:8080",
    shape: "ADDRESS",
    help: "Address to serve HTTP/1.1 and HTTP/2 (without TLS) on; port 0: a free one",
  },
  {
    option: "portFile",
    value: "",
    shape: "FILE",
    help: "File to write the port to once it is served",
  },
  {
    option: "allowRemote",
    value: false,
    help: "Serve on an address that is not loopback. Nothing here tells callers apart: only behind something that does",
  },
  {
    option: "backend",
    value: "127.0.0.1:50051",
    shape: "ADDRESS",
    help: "The gRPC server behind: host:port, or https://host:port for TLS",
  },
  {
    option: "descriptors",
    value: "",
    shape: "FILE",
    help: "What to serve: a FileDescriptorSet with its imports, as protoc and buf write it; Perennial's where not given",
  },
  {
    option: "allowOrigin",
    value: [],
    shape: "ORIGIN",
    help: "Web pages of this origin may call, such as https://app.example; repeatable. None where not given, and pages of other origins are refused",
  },
  {
    option: "forwardHeader",
    value: [],
    shape: "NAME",
    help: "Metadata to pass on, in both directions; * at the end stands for anything; repeatable. Always: x-perennial-*, x-request-id, authorization, traceparent, tracestate",
  },
  {
    option: "maxMessageBytes",
    value: 4_194_304,
    shape: "N",
    help: "The largest request message that is taken, unpacked",
  },
  {
    option: "maxHeaderBytes",
    value: 16_384,
    shape: "N",
    help: "The largest header of a request that is taken",
  },
  {
    option: "maxConnections",
    value: 4096,
    shape: "N",
    help: "Connections at once; more are closed",
  },
  {
    option: "maxCalls",
    value: 1000,
    shape: "N",
    help: "Calls at once that are not streams; more are refused, to be retried",
  },
  {
    option: "maxStreams",
    value: 1000,
    shape: "N",
    help: "Streams at once; more are refused, to be retried",
  },
  {
    option: "callSeconds",
    value: 60,
    shape: "N",
    help: "The longest that a call may take that is not a stream, whatever its deadline says",
  },
  {
    option: "shutdownSeconds",
    value: 10,
    shape: "N",
    help: "After SIGTERM or SIGINT: how long calls that run may take to end",
  },
  { option: "noCallLog", value: false, help: "Log only the calls that fail" },
];

const flagName = (option: string) => option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

const defaults = Object.fromEntries(flags.map(({ option, value }) => [option, value]));

export function gatewayOptions(given: Partial<GatewayOptions> = {}): GatewayOptions {
  return { ...(defaults as unknown as GatewayOptions), ...given };
}

/** Options of a command line, or "help". Throws UsageError. */
export function parseFlags(args: string[]): GatewayOptions | "help" {
  const specs = Object.fromEntries(
    flags.map(({ option, value }) => [
      flagName(option),
      { type: shapeOf(value), multiple: Array.isArray(value) },
    ]),
  );
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({
      args,
      options: { ...specs, help: { type: "boolean", short: "h" } },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values["help"]) return "help";
  const given = flags.flatMap(({ option, value }) => {
    const text = values[flagName(option)];
    if (text === undefined) return [];
    return [[option, typeof value === "number" ? wholeNumber(option, String(text)) : text]];
  });
  return gatewayOptions(Object.fromEntries(given) as Partial<GatewayOptions>);
}

const shapeOf = (value: Flag["value"]) => (typeof value === "boolean" ? "boolean" : "string");

function wholeNumber(option: string, text: string): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (number < 1)
    throw new UsageError(`--${flagName(option)}=${text}: a whole number of at least 1`);
  return number;
}

export function helpText(): string {
  const lines = flags.map(({ option, value, shape, help }) => {
    const isDefault = shape && !Array.isArray(value) && value !== "";
    const name = `--${flagName(option)}${shape ? ` ${shape}` : ""}${isDefault ? ` =${value}` : ""}`;
    return `  ${name}\n${wrap(help, "      ")}`;
  });
  return `Serves gRPC-Web, Connect and JSON over HTTP, and calls a gRPC server with it.
Usage: perennial-gateway [OPTIONS]

${lines.join("\n")}
  -h, --help
      Print this and end

Examples:
  perennial-gateway --allow-origin=http://localhost:5173
      for a page under development
  curl -H 'content-type: application/json' -d '{"parent":"accounts/-","pageSize":2}' \\
      http://127.0.0.1:8080/perennial.v1.PipelineService/ListOpportunities
  curl -G http://127.0.0.1:8080/perennial.v1.PipelineService/GetBoard \\
      -d connect=v1 -d encoding=json --data-urlencode 'message={"parent":"accounts/-"}'
  curl http://127.0.0.1:8080/health

Exit codes: 0 ended as asked, 1 failed, 2 wrong usage.
`;
}

function wrap(text: string, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1]!;
    if (line && indent.length + line.length + word.length >= 100) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.map((line) => indent + line).join("\n");
}
