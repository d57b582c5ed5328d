import { afterEach, expect, test, vi } from "vitest";
import {
  dateFromLocal,
  dateFromUtc,
  dateToLocal,
  dateToUtc,
  formatDate,
  ParseError,
  parseDate,
} from "../src/index.js";

afterEach(() => vi.unstubAllEnvs());

test("a day is written in ISO 8601, or as a locale has it, and read", () => {
  const day = { year: 2025, month: 3, day: 31 };
  expect(formatDate(day)).toBe("2025-03-31");
  expect(formatDate(day, "de-DE")).toBe("31.03.2025");
  expect(formatDate(undefined)).toBe("");
  expect(parseDate("2025-03-31")).toMatchObject(day);
  expect(parseDate("2024-02-29")).toMatchObject({ year: 2024, month: 2, day: 29 });
  expect(parseDate("9999-12-31")).toMatchObject({ year: 9999, month: 12, day: 31 });
});

test.each([
  "",
  "2025-02-29",
  "2025-13-01",
  "2025-00-10",
  "2025-3-1",
  "1899-12-31",
  "31.03.2025",
  "2025-03-31T00:00Z",
])("%j is no day", (text) => expect(() => parseDate(text)).toThrow(ParseError));

// New year's day there is another than in UTC; and Cairo's and Apia's clocks skip a midnight, Apia's a day.
test.each([
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
  "Africa/Cairo",
  "Europe/Berlin",
  "Pacific/Apia",
])("in %s a day stays the day it is", (zone) => {
  vi.stubEnv("TZ", zone);
  for (const text of ["2025-01-01", "2025-12-31", "2025-04-25", "1999-12-31", "2025-03-30"]) {
    const day = parseDate(text);
    expect(formatDate(dateFromUtc(dateToUtc(day)))).toBe(text);
    expect(formatDate(dateFromLocal(dateToLocal(day)))).toBe(text);
    expect(formatDate(day, "sv-SE")).toContain(text.slice(0, 4));
  }
});

test("an instant is on one day here and on another in UTC", () => {
  vi.stubEnv("TZ", "America/New_York");
  const evening = new Date("2025-03-31T22:00:00-04:00");
  expect(formatDate(dateFromLocal(evening))).toBe("2025-03-31");
  expect(formatDate(dateFromUtc(evening))).toBe("2025-04-01");
});

test("what is no instant is on no day", () => {
  expect(() => dateFromUtc(new Date(NaN))).toThrow(RangeError);
  expect(() => dateFromLocal(new Date(NaN))).toThrow(RangeError);
});
