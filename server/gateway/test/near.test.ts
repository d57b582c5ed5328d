import { expect, test } from "vitest";
import { editDistance, near } from "../src/near.js";

test.each([
  ["", "", 0],
  ["name", "name", 0],
  ["", "abc", 3],
  ["nome", "name", 1],
  ["nmae", "name", 1],
  ["kitten", "sitting", 3],
])("from %j to %j it is %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test("the nearest come first, and few of them", () => {
  const names = ["GetMasks", "GetTasks", "ListTasks", "GetMask", "GetTask", "GetTouch", "GetTaks"];
  expect(near("getTask", names)).toEqual(["GetTask", "GetTasks", "GetMask"]);
  expect(near("GetTusk", names)).toEqual(["GetTask", "GetTasks", "GetMask"]);
});

test("a part of a name is near", () => {
  expect(near("accounts", ["ListAccounts", "GetAccount"])[0]).toBe("ListAccounts");
});

test("what is like nothing is near nothing", () => {
  expect(near("weather", ["GetTask", "GetAccount"])).toEqual([]);
  expect(near("", ["A"])).toEqual([]);
  expect(near("a".repeat(5000), ["a".repeat(5000)])).toEqual([]);
});
