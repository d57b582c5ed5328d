// What a failed call says, of errors as a server of any version sends them.

import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import {
  Criterion_Type,
  DeadlineError,
  detailsOf,
  ErrorReason,
  isReason,
  perennialTransport,
  PipelineService,
} from "../src/index.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
} from "../src/gen/google/rpc/error_details_pb.js";

const info = (reason: string, domain = "perennial") => ({
  desc: ErrorInfoSchema,
  value: { domain, reason },
});
const unmet = (type: string) => ({
  desc: PreconditionFailureSchema,
  value: { violations: [{ type, subject: "accounts/a/opportunities/o", description: "Do it" }] },
});

test("unmet criteria are typed, also beside one of a newer server", () => {
  const details = [info("GATE_UNMET"), unmet("OFFER_ACCEPTED"), unmet("DANCED"), unmet("toString")];
  const error = new ConnectError("", Code.FailedPrecondition, undefined, details);
  expect(detailsOf(error).unmet).toEqual([
    { criterion: Criterion_Type.OFFER_ACCEPTED, description: "Do it" },
    { criterion: Criterion_Type.TYPE_UNSPECIFIED, description: "Do it" },
    { criterion: Criterion_Type.TYPE_UNSPECIFIED, description: "Do it" },
  ]);
});

test("what stands against another call is no unmet criterion", () => {
  const details = [info("WRONG_STATE"), unmet("WRONG_STATE")];
  const error = new ConnectError("", Code.FailedPrecondition, undefined, details);
  expect(detailsOf(error)).toMatchObject({ unmet: [], violations: [{ subject: "WRONG_STATE" }] });
});

test("wrong fields are told apart from conditions", () => {
  const fieldViolations = [{ field: "account.country", description: "must be two letters" }];
  const details = [info("INVALID_FIELD"), { desc: BadRequestSchema, value: { fieldViolations } }];
  const error = new ConnectError("", Code.InvalidArgument, undefined, details);
  expect(detailsOf(error).fields).toEqual([
    { field: "account.country", description: "must be two letters" },
  ]);
});

test("an error is matched by its reason, whatever was thrown", () => {
  const gate = new ConnectError("", Code.FailedPrecondition, undefined, [info("GATE_UNMET")]);
  expect(isReason(gate, ErrorReason.GATE_UNMET)).toBe(true);
  expect(isReason(gate, ErrorReason.WRONG_STATE, ErrorReason.GATE_UNMET)).toBe(true);
  expect(isReason(gate, ErrorReason.WRONG_STATE)).toBe(false);
  const theirs = new ConnectError("", Code.Unknown, undefined, [info("GATE_UNMET", "else")]);
  expect(isReason(theirs, ErrorReason.GATE_UNMET)).toBe(false);
  expect(isReason("thrown", ErrorReason.GATE_UNMET)).toBe(false);
});

describe("a deadline", () => {
  /** What a call throws whose attempts end so; the next one is not answered any more. */
  async function deadlineAfter(errors: ConnectError[], timeoutMs = 10_000): Promise<DeadlineError> {
    vi.useFakeTimers();
    try {
      const server = createRouterTransport((router) =>
        router.service(PipelineService, {
          getBoard: (_, { signal }) => {
            const error = errors.shift();
            if (error) throw error;
            return new Promise((_, reject) => signal.addEventListener("abort", reject));
          },
        }),
      );
      const pipeline = createClient(PipelineService, perennialTransport(server));
      const call = pipeline.getBoard({}, { timeoutMs }).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(timeoutMs);
      const error = await call;
      if (!(error instanceof DeadlineError)) throw error;
      return error;
    } finally {
      vi.useRealTimers();
    }
  }

  test("says what was called, after how long, how often, and what was wrong all the while", async () => {
    const down = new ConnectError("connect ECONNREFUSED", Code.Unavailable);
    const error = await deadlineAfter([down, down]);
    expect(error).toMatchObject({
      code: Code.DeadlineExceeded,
      method: "PipelineService.GetBoard",
      timeoutMs: 10_000,
      elapsedMs: 10_000,
      attempts: 3,
      cause: { code: Code.Unavailable, rawMessage: "connect ECONNREFUSED" },
    });
    expect(error.message).toBe(
      "[deadline_exceeded] PipelineService.GetBoard was not done within 10 s (3 attempts): " +
        "[unavailable] connect ECONNREFUSED",
    );
    expect(isReason(error, ErrorReason.DEADLINE_PASSED)).toBe(true);
    expect(detailsOf(error).deadline).toBe(error);
  });

  test("that nothing came before has itself beneath", async () => {
    const error = await deadlineAfter([], 50);
    expect(error).toMatchObject({ attempts: 1, cause: { code: Code.DeadlineExceeded } });
  });

  test("is one also where no time is left for another attempt", async () => {
    const down = new ConnectError("down", Code.Unavailable);
    const error = await deadlineAfter(
      Array.from({ length: 100 }, () => down),
      5000,
    );
    expect(error).toMatchObject({ timeoutMs: 5000, cause: { code: Code.Unavailable } });
    expect(error.attempts).toBeGreaterThan(5);
    expect(error.elapsedMs).toBeLessThanOrEqual(5000);
  });

  test("is no other error", () => {
    expect(new ConnectError("", Code.Unavailable)).not.toBeInstanceOf(DeadlineError);
    expect(detailsOf(new ConnectError("", Code.Unavailable)).deadline).toBeUndefined();
  });
});
