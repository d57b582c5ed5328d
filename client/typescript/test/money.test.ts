import { expect, test } from "vitest";
import { formatMoney, ParseError, parseMoney } from "../src/index.js";

const money = (currencyCode: string, micros: bigint) => ({ currencyCode, micros });

test.each([
  ["USD 50,000.00", money("USD", 50_000_000_000n)],
  ["USD 0.000001", money("USD", 1n)],
  ["USD -1.23", money("USD", -1_230_000n)],
  ["USD -999,999.00", money("USD", -999_999_000_000n)],
  ["EUR 1,234,567.50", money("EUR", 1_234_567_500_000n)],
  ["JPY 1,000,000", money("JPY", 1_000_000_000_000n)],
  ["JPY 0.5", money("JPY", 500_000n)],
  ["KWD 1.500", money("KWD", 1_500_000n)],
  ["USD -9,223,372,036,854.775808", money("USD", -(2n ** 63n))],
  ["0.00", money("", 0n)],
  ["", undefined],
])("%s is written", (text, amount) => {
  expect(formatMoney(amount)).toBe(text);
});

test("people of a locale read it as they write it, exact beyond what a float holds", () => {
  expect(formatMoney(money("EUR", 1_250_500_000n), "de-DE")).toBe("1.250,50\u00a0€");
  expect(formatMoney(money("JPY", 1_000_000_000n), "en-US")).toBe("¥1,000");
  expect(formatMoney(money("USD", 2n ** 63n - 1n), "en-US")).toBe("$9,223,372,036,854.775807");
});

test.each([
  ["EUR 1,250.50", money("EUR", 1_250_500_000n)],
  ["1250.5 EUR", money("EUR", 1_250_500_000n)],
  ["-USD 3", money("USD", -3_000_000n)],
  ["USD -3", money("USD", -3_000_000n)],
  ["-3 usd", money("USD", -3_000_000n)],
  [" usd3 ", money("USD", 3_000_000n)],
  ["JPY 1,000,000", money("JPY", 1_000_000_000_000n)],
  ["USD 0.000001", money("USD", 1n)],
  ["USD 9223372036854.775807", money("USD", 2n ** 63n - 1n)],
  ["USD -9223372036854.775808", money("USD", -(2n ** 63n))],
])("%s is read", (text, amount) => {
  expect(parseMoney(text)).toMatchObject(amount);
});

test.each([
  "",
  "3",
  "1,250.50",
  "US 3",
  "USDX 3",
  "EUR 1,25",
  "EUR 0,125",
  "EUR 1,2500",
  "EUR 1234,567",
  "EUR 1.250,50",
  "EUR 1.250.500",
  "EUR 1'250",
  "EUR 1 250",
  "USD 0.0000001",
  "USD .5",
  "USD 5.",
  "USD 1e3",
  "USD",
  "-USD -3",
  "--USD 3",
  "USD 3 EUR",
  "USD 9223372036854.775808",
  "USD -9223372036854.775809",
])("%j is refused", (text) => {
  expect(() => parseMoney(text)).toThrow(ParseError);
});

test("a refusal says what would be right", () => {
  expect(() => parseMoney("50")).toThrow(
    '"50": expected a currency and an amount, such as "EUR 1,250.50"',
  );
});

test("what is written is read as it was", () => {
  for (const currency of ["USD", "JPY", "KWD", "CLF"]) {
    for (const micros of [0n, 1n, -1n, 999_999n, 1_000_000n, -1_234_567_890_123n, 10n ** 18n]) {
      const amount = money(currency, micros);
      expect(parseMoney(formatMoney(amount))).toMatchObject(amount);
    }
  }
});
