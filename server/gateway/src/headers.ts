// Which HTTP headers are metadata of the call and pass through.

const always = [
  "x-perennial-*",
  // By their whole names too: only such can be shown to a page of another origin, and told to a cache.
  "x-perennial-actor",
  "x-perennial-role",
  "x-perennial-time-line",
  "x-request-id",
  "authorization",
  "traceparent",
  "tracestate",
];

/** Only what is named passes: a browser sends much that is none of the server's business. */
export class ForwardedHeaders {
  readonly names: string[];
  readonly #prefixes: string[];

  constructor(further: string[]) {
    const all = [...always, ...further].map((name) => name.toLowerCase());
    this.names = all.filter((name) => !name.endsWith("*"));
    this.#prefixes = all.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  }

  has(name: string): boolean {
    return this.names.includes(name) || this.#prefixes.some((prefix) => name.startsWith(prefix));
  }

  of(headers: Headers): Headers {
    return new Headers([...headers].filter(([name]) => this.has(name)));
  }

  pass(from: Headers, to: Headers): void {
    this.of(from).forEach((value, name) => to.set(name, value));
  }
}
