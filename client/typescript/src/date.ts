// Days of the calendar as people write them, and as JavaScript has them.
//
// JavaScript's own Date is an instant and no day: which day it falls on depends on a zone. So whoever goes
// from one to the other says in which: in UTC, or in the zone of whoever looks at it.

import { create } from "@bufbuild/protobuf";
import { DateSchema, type Date as Day } from "./gen/index.js";
import { ParseError } from "./parse_error.js";

type Parts = Pick<Day, "year" | "month" | "day">;

/**
 * Without a locale in ISO 8601: "2025-03-31". With one (a BCP 47 tag, such as "de-DE") as people there write
 * it: "31.03.2025". "" where there is no day.
 */
export function formatDate(date: Parts | undefined, locale?: string): string {
  if (!date) return "";
  if (locale !== undefined) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" });
    return format.format(dateToUtc(date));
  }
  const pad = (part: number, length: number) => String(part).padStart(length, "0");
  return `${pad(date.year, 4)}-${pad(date.month, 2)}-${pad(date.day, 2)}`;
}

/** "2025-03-31". Throws ParseError for another form, a day that its month does not have, and years before 1900. */
export function parseDate(text: string): Day {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim())?.slice(1).map(Number);
  const [year = 0, month = 0, day = 0] = parts ?? [];
  const date = { year, month, day };
  if (year < 1900 || formatDate(dateFromUtc(dateToUtc(date))) !== formatDate(date)) {
    throw new ParseError(text, 'a day of 1900 or later, such as "2025-03-31"');
  }
  return create(DateSchema, date);
}

/** The day's first instant in UTC: to reckon with, and for Intl with `timeZone: "UTC"`. */
export function dateToUtc({ year, month, day }: Parts): Date {
  return new Date(Date.UTC(year, month - 1, day));
}

/** The day on which an instant falls in UTC. Throws RangeError where it is none (`new Date(NaN)`). */
export function dateFromUtc(instant: Date): Day {
  return fromParts(instant.getUTCFullYear(), instant.getUTCMonth(), instant.getUTCDate());
}

/** The day's first instant in the zone of whoever runs this: what date pickers hold. */
export function dateToLocal({ year, month, day }: Parts): Date {
  return new Date(year, month - 1, day);
}

/** The day on which an instant falls in the zone of whoever runs this. Throws as dateFromUtc. */
export function dateFromLocal(instant: Date): Day {
  return fromParts(instant.getFullYear(), instant.getMonth(), instant.getDate());
}

function fromParts(year: number, monthIndex: number, day: number): Day {
  if (Number.isNaN(year)) throw new RangeError("an invalid Date is no day");
  return create(DateSchema, { year, month: monthIndex + 1, day });
}
