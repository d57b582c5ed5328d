// Amounts of money as people write them. Exact: nothing here goes through floating point.

import { create } from "@bufbuild/protobuf";
import { decimalsOf, maxDecimals } from "./currency.js";
import { MoneySchema, type Money } from "./gen/index.js";
import { ParseError } from "./parse_error.js";

type Amount = Pick<Money, "currencyCode" | "micros">;

const microsPerUnit = 1_000_000n;
const maxMicros = 2n ** 63n - 1n;

/**
 * Without a locale as Perennial's own programs print it: "USD 50,000.00", "USD -1.50", "JPY 1,000". With one
 * (a BCP 47 tag, such as "de-DE") as people there write it: "50.000,00 €".
 *
 * It has the decimals of its currency by ISO 4217, and more where they are not zero: nothing is rounded.
 * "" where there is no amount; no code where it has no currency.
 */
export function formatMoney(money: Amount | undefined, locale?: string): string {
  if (!money) return "";
  const { currencyCode: currency, micros } = money;
  const number = decimal(micros, decimalsOf(currency));
  if (locale !== undefined && currency !== "") return inLocale(number, currency, locale);
  return currency === "" ? grouped(number) : `${currency} ${grouped(number)}`;
}

/**
 * "EUR 1,250.50", "1250.5 EUR", "-USD 3", "usd3": a code of three letters before or behind a number. Commas
 * group by three and the point parts the decimals, of which there are at most six, whatever the currency.
 * Throws ParseError for anything else, such as "EUR 1,25" and "EUR 1.250,50", and beyond int64.
 */
export function parseMoney(text: string): Money {
  const amount = splitAmount(text);
  if (!amount) throw new ParseError(text, 'a currency and an amount, such as "EUR 1,250.50"');
  const { negative, currency, number } = amount;
  const [units = "", decimals = ""] = number.replaceAll(",", "").split(".");
  const size = BigInt(units) * microsPerUnit + BigInt(decimals.padEnd(maxDecimals, "0"));
  if (size > (negative ? maxMicros + 1n : maxMicros)) {
    throw new ParseError(text, `at most ${decimal(maxMicros, 0)} in either direction`);
  }
  return create(MoneySchema, {
    currencyCode: currency.toUpperCase(),
    micros: negative ? -size : size,
  });
}

// Groups are whole and do not begin with a zero: "0,125" and "1,25" mean decimals to whoever wrote them.
const numberPattern = String.raw`(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d{1,6})?`;
const codeFirst = new RegExp(`^(-?)([a-z]{3}) *(-?)(${numberPattern})$`, "i");
const codeLast = new RegExp(`^(-?)(${numberPattern}) *([a-z]{3})$`, "i");

function splitAmount(text: string) {
  const line = text.trim();
  const first = codeFirst.exec(line);
  if (first) {
    const [, before, currency, behind, number] = first;
    if (before && behind) return undefined;
    return { negative: Boolean(before || behind), currency: currency!, number: number! };
  }
  const last = codeLast.exec(line);
  return last && { negative: Boolean(last[1]), number: last[2]!, currency: last[3]! };
}

/** In units, with as many decimals at least. */
function decimal(micros: bigint, leastDecimals: number): string {
  const size = micros < 0n ? -micros : micros;
  let decimals = String(size % microsPerUnit).padStart(maxDecimals, "0");
  while (decimals.length > leastDecimals && decimals.endsWith("0"))
    decimals = decimals.slice(0, -1);
  const sign = micros < 0n ? "-" : "";
  return `${sign}${size / microsPerUnit}${decimals === "" ? "" : "."}${decimals}`;
}

/** 1234567.50 -> 1,234,567.50 */
function grouped(number: string): string {
  const [units = "", decimals] = number.split(".");
  const groups = units.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? groups : `${groups}.${decimals}`;
}

function inLocale(number: string, currency: string, locale: string): string {
  const digits = number.split(".")[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // Engines of today take a decimal as text, without rounding it to a float first; lib.es2022 does not know.
  return format.format(number as unknown as bigint);
}
