import { expect, test } from "vitest";
import { ErrorReason, label, Opportunity_Stage as Stage, Task_Kind } from "../src/index.js";

test("people read a value's name without underscores", () => {
  expect(label(Stage, Stage.OUTREACH)).toBe("Outreach");
  expect(label(Stage, Stage.ADOPTION_REVIEW)).toBe("Adoption review");
  expect(label(ErrorReason, ErrorReason.REQUEST_ID_REUSED)).toBe("Request ID reused");
  expect(label({ 1: "ARR_MOVED" }, 1)).toBe("ARR moved");
  expect(label(Stage, Stage.STAGE_UNSPECIFIED)).toBe("Unspecified");
  for (const kind of Object.values(Task_Kind)) {
    if (typeof kind === "number") expect(label(Task_Kind, kind)).toMatch(/^[A-Z][a-z ]+$/);
  }
});

test("a value of a newer server is shown as its number", () => {
  expect(label(Stage, 17)).toBe("Unknown (17)");
});
