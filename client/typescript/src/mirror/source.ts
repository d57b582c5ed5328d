// The List method behind a mirror: asked for everything, or for some of it again.

import { equals, type DescMessage, type Message } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { ResourceSchema } from "../gen/index.js";
import { list, type ListMethod, type Page } from "../list.js";
import { kindOf, type ResourceKind } from "../resources.js";

// What fits in one filter, by the number of names and of characters.
const maxNames = 50;
const maxFilterLength = 4000;

/** Of which account and of which resources something has changed. */
export interface Asked {
  names: ReadonlySet<string>;
  accounts: ReadonlySet<string>;
}

export type Resource = Message & { name: string };

/** By name. */
export type Items = ReadonlyMap<string, Resource>;

export interface ListRequest {
  pageToken?: string;
  filter?: string;
  parent?: string;
}

export class Source {
  #kind: ResourceKind | undefined;

  constructor(
    readonly method: ListMethod<ListRequest, Page>,
    readonly request: ListRequest,
    readonly options: CallOptions,
  ) {}

  /** Of the items. Known once something was listed. */
  get kind(): ResourceKind {
    return this.#kind!;
  }

  get isBelowAccounts(): boolean {
    return this.kind.pattern.startsWith("accounts/{account}/");
  }

  /** All items, and where to watch from. Those that are as they were known are the same objects. */
  async all(known: Items): Promise<{ items: Items; resumeToken: string }> {
    const listing = this.#list(this.request.filter ?? "");
    const items = await this.#collect(listing, known);
    return { items, resumeToken: listing.resumeToken ?? "" };
  }

  /** Those of the asked that the list has now. */
  async some({ names, accounts }: Asked, known: Items): Promise<Items> {
    const terms = [
      ...[...names].map((name) => `name = "${name}"`),
      ...[...accounts].map((account) => `account = "${account}"`),
    ];
    const { filter = "" } = this.request;
    const own = filter.trim() === "" ? "" : `(${filter}) AND `;
    const found = new Map<string, Resource>();
    for (const batch of batches(terms, maxNames, maxFilterLength - own.length)) {
      const narrowed = this.#list(`${own}(${batch.join(separator)})`);
      for (const [name, item] of await this.#collect(narrowed, known)) found.set(name, item);
    }
    return found;
  }

  #list(filter: string) {
    const method: ListMethod<ListRequest, Page> = async (request, options) => {
      const page = await this.method(request, options);
      this.#kind ??= itemKind(page.$typeName);
      return page;
    };
    // Large pages unless told. The order is for whoever shows it: see Mirror.sorted.
    return list(method, { pageSize: 1000, ...this.request, filter, orderBy: "" }, this.options);
  }

  async #collect(listing: AsyncIterable<unknown>, known: Items): Promise<Items> {
    const items = new Map<string, Resource>();
    for await (const item of listing as AsyncIterable<Resource>) {
      const before = known.get(item.name);
      const isSame = before !== undefined && equals(this.kind.schema, before, item);
      items.set(item.name, isSame ? before : item);
    }
    return items;
  }
}

const separator = " OR ";

/** In order; a term that is too long by itself is alone. */
export function batches(terms: string[], maxCount: number, maxLength: number): string[][] {
  const found: string[][] = [];
  let length = Infinity;
  for (const term of terms) {
    length += separator.length + term.length;
    const last = found.at(-1);
    // The parentheses around them.
    if (last && last.length < maxCount && length + 2 <= maxLength) {
      last.push(term);
    } else {
      found.push([term]);
      length = term.length;
    }
  }
  return found;
}

// The messages of all services that keep resources.
function messageOf(typeName: string): DescMessage | undefined {
  const messages = ResourceSchema.file.dependencies.flatMap((file) => file.messages);
  return messages.find((message) => message.typeName === typeName);
}

/** Of what a List method answers. Throws TypeError where it cannot be asked for single ones of them. */
function itemKind(responseTypeName: string): ResourceKind {
  const response = messageOf(responseTypeName);
  const items = response?.fields.find((field) => field.fieldKind === "list");
  const kind = items?.message && kindOf(items.message.typeName);
  const request = messageOf(responseTypeName.replace(/Response$/, "Request"));
  if (!kind || !request?.field["filter"]) {
    throw new TypeError(
      `${responseTypeName}: only lists of resources with a filter can be mirrored`,
    );
  }
  return kind;
}
