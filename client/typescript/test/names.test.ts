import { readFileSync } from "node:fs";
import { expect, expectTypeOf, test } from "vitest";
import { formatName, ParseError, parseName } from "../src/index.js";
import { resourceKinds } from "../src/resources.js";

test("a name has its ids by collection", () => {
  expect(parseName("accounts/acme")).toEqual({ accounts: "acme" });
  expect(parseName("accounts/acme/opportunities/2025-a")).toEqual({
    accounts: "acme",
    opportunities: "2025-a",
  });
  expect(parseName("playbooks/default")).toEqual({ playbooks: "default" });
});

test("with a type the ids are typed, and names of others are refused", () => {
  const { accounts, opportunities, offers } = parseName(
    "accounts/a/opportunities/o/offers/1",
    "Offer",
  );
  expectTypeOf(offers).toBeString();
  expect([accounts, opportunities, offers]).toEqual(["a", "o", "1"]);
  // @ts-expect-error An account's name has no opportunities.
  void parseName("accounts/a", "Account").opportunities;
  expect(() => parseName("accounts/a", "Offer")).toThrow(
    '"accounts/a": expected accounts/{account}/opportunities/{opportunity}/offers/{offer}',
  );
});

test.each([
  ["acme", "a name and not an id: accounts/{account}, accounts/{account}/contacts/{contact}"],
  ["", "a name and not an id: "],
  ["/accounts/acme", "accounts/{account}"],
  ["accounts/acme/", "accounts/{account}, "],
  ["accounts/acme/deals/1", "accounts/{account}/opportunities/{opportunity}"],
  ["accounts/Acme", 'an id of 1 to 63 of a-z, 0-9 and, within, - where it has "Acme"'],
  ["accounts/-", 'where it has "-"'],
  [`accounts/${"a".repeat(64)}`, "1 to 63"],
  ["accounts//contacts/jane", 'where it has ""'],
  ["https://example.com/accounts/acme", "accounts/{account}"],
])("%s is no name", (name, right) => {
  expect(() => parseName(name)).toThrow(ParseError);
  expect(() => parseName(name)).toThrow(right);
});

test("ids make a name, in whatever order they are given", () => {
  expect(formatName({ opportunities: "o", accounts: "a" })).toBe("accounts/a/opportunities/o");
  expect(formatName({ products: "platform" })).toBe("products/platform");
  expect(() => formatName({ accounts: "Acme Inc" })).toThrow('where it has "Acme Inc"');
  expect(() => formatName({ accounts: "a", products: "p" })).toThrow("products/{product}");
});

test("every kind of resource has a name", () => {
  for (const { pattern } of resourceKinds) {
    const name = pattern.replaceAll(/\{.*?\}/g, "x");
    expect(formatName(parseName(name))).toBe(name);
  }
});

test("the types have the patterns that the descriptors have", () => {
  const source = readFileSync(new URL("../src/gen/name_patterns.ts", import.meta.url), "utf8");
  const typed = [...source.matchAll(/(\w+):\s+"(.*)";/g)].map(
    ([, type, pattern]) => `${type} ${pattern}`,
  );
  expect(typed.sort()).toEqual(
    resourceKinds.map(({ type, pattern }) => `${type} ${pattern}`).sort(),
  );
});
