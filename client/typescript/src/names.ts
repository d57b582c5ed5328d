// Names of resources, such as "accounts/acme/opportunities/2025", and the ids in them.

import type { NamePatterns } from "./gen/name_patterns.js";
import { ParseError } from "./parse_error.js";
import { resourceKinds } from "./resources.js";

/** The types of resources, such as "Opportunity". */
export type ResourceTypeName = keyof NamePatterns;

// {accounts: string, opportunities: string} of "accounts/{account}/opportunities/{opportunity}".
type IdsIn<Pattern extends string> = Pattern extends `${infer Collection}/{${string}}/${infer Rest}`
  ? { [Key in Collection]: string } & IdsIn<Rest>
  : Pattern extends `${infer Collection}/{${string}}`
    ? { [Key in Collection]: string }
    : never;

/** The ids in a resource's name by the collections that they are of. */
export type NameIds<Type extends ResourceTypeName = ResourceTypeName> =
  Type extends ResourceTypeName ? { [Key in keyof IdsIn<NamePatterns[Type]>]: string } : never;

const idPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const idForm = "1 to 63 of a-z, 0-9 and, within, -";

/**
 * The ids by their collections: `{ accounts: "acme", opportunities: "2025" }` of "accounts/acme/opportunities/2025".
 * With a type, such as "Opportunity", names of others are refused. Throws ParseError, which says what would be
 * right, for all that is no name: an id alone, a URL, `accounts/-`.
 */
export function parseName<Type extends ResourceTypeName = ResourceTypeName>(
  name: string,
  type?: Type,
): NameIds<Type> {
  const segments = name.split("/");
  const patterns = patternsOf(type);
  const pattern = patterns.find((each) => agree(segments, each.split("/")));
  if (pattern === undefined) throw new ParseError(name, expected(segments, patterns));
  const ids = collectionsOf(pattern).map((collection, i) => [collection, segments[2 * i + 1]!]);
  for (const [, id] of ids) checkId(id!, name);
  return Object.fromEntries(ids) as NameIds<Type>;
}

/**
 * The name of the resource with these ids by collection: "accounts/acme/opportunities/2025" of
 * `{ accounts: "acme", opportunities: "2025" }`, in whatever order. Throws ParseError for what is no id, and for
 * collections that no resource has together.
 */
export function formatName(ids: NameIds): string {
  const given = ids as Record<string, string>;
  const count = Object.keys(given).length;
  const fits = (pattern: string) => {
    const collections = collectionsOf(pattern);
    return collections.length === count && collections.every((each) => Object.hasOwn(given, each));
  };
  const pattern = patternsOf().find(fits);
  if (pattern === undefined) {
    throw new ParseError(
      Object.keys(given).join(", "),
      `the collections of one of ${list(patternsOf())}`,
    );
  }
  const segments = collectionsOf(pattern).map((collection) => {
    checkId(given[collection]!, given[collection]!);
    return `${collection}/${given[collection]}`;
  });
  return segments.join("/");
}

function patternsOf(type?: string): string[] {
  const kinds = resourceKinds.filter((each) => type === undefined || each.type === type);
  return kinds.map(({ pattern }) => pattern);
}

/** "accounts/{account}/contacts/{contact}" -> ["accounts", "contacts"] */
function collectionsOf(pattern: string): string[] {
  return pattern.split("/").filter((_, i) => i % 2 === 0);
}

function agree(segments: string[], pattern: string[]): boolean {
  return (
    segments.length === pattern.length &&
    pattern.every((each, i) => i % 2 === 1 || each === segments[i])
  );
}

function checkId(id: string, text: string): void {
  if (!idPattern.test(id)) throw new ParseError(text, `an id of ${idForm} where it has "${id}"`);
}

// Where it is a matter of the ids' number or a collection's spelling, the patterns that begin alike.
function expected(segments: string[], patterns: string[]): string {
  const what = segments.length === 1 ? "a name and not an id: " : "";
  const alike = patterns.filter(
    (each) => segments.length > 1 && each.split("/")[0] === segments[0],
  );
  return what + list(alike.length > 0 ? alike : patterns);
}

function list(patterns: string[]): string {
  return patterns.join(", ");
}
