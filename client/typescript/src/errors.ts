// What a failed call says beyond code and message.

import { durationMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { DeadlineError } from "./deadline_error.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
import { Criterion_Type, ErrorReason } from "./gen/index.js";

export interface Violation {
  /** A field's path, or the type of an unmet criterion. */
  subject: string;
  /** What would be right. */
  description: string;
}

export interface FieldViolation {
  /** The field's path in the request, such as "account.display_name". */
  field: string;
  /** What would be right. */
  description: string;
}

export interface UnmetCriterion {
  /** TYPE_UNSPECIFIED where a newer server has one that this client does not know. */
  criterion: Criterion_Type;
  /** What would meet it. */
  description: string;
}

export interface ErrorDetails {
  /** Match on this. UNSPECIFIED where the error is not one of the API's. */
  reason: ErrorReason;
  /** What else the reason needs to be understood. */
  metadata: Record<string, string>;
  /** Each field that was wrong and each condition that was not met. */
  violations: Violation[];
  /** Of these, the fields that were wrong: to be shown beside them. */
  fields: FieldViolation[];
  /** Of GATE_UNMET: what is still to be done. */
  unmet: UnmetCriterion[];
  /** What is missing, or there already. */
  resource?: { type: string; name: string };
  /** After what time the server wants to be asked again. */
  retryDelayMs?: number;
  /** Where the time was up: what was called, for how long, and what was wrong all the while. */
  deadline?: DeadlineError;
}

/** Whether what a call threw has one of these reasons. */
export function isReason(thrown: unknown, ...reasons: ErrorReason[]): boolean {
  return reasons.includes(detailsOf(thrown).reason);
}

/** The details of what a call threw, whatever it is. */
export function detailsOf(thrown: unknown): ErrorDetails {
  const error = ConnectError.from(thrown);
  const details: ErrorDetails = {
    reason: ErrorReason.ERROR_REASON_UNSPECIFIED,
    metadata: {},
    violations: [],
    fields: [],
    unmet: [],
  };
  for (const info of error.findDetails(ErrorInfoSchema)) {
    if (info.domain !== "perennial") continue;
    details.reason = valueOf(ErrorReason, info.reason);
    details.metadata = info.metadata;
  }
  for (const bad of error.findDetails(BadRequestSchema)) {
    for (const { field, description } of bad.fieldViolations) {
      details.violations.push({ subject: field, description });
      details.fields.push({ field, description });
    }
  }
  for (const failure of error.findDetails(PreconditionFailureSchema)) {
    for (const { type, description } of failure.violations) {
      details.violations.push({ subject: type, description });
      if (details.reason !== ErrorReason.GATE_UNMET) continue;
      details.unmet.push({ criterion: valueOf(Criterion_Type, type), description });
    }
  }
  for (const { resourceType, resourceName } of error.findDetails(ResourceInfoSchema)) {
    details.resource = { type: resourceType, name: resourceName };
  }
  for (const { retryDelay } of error.findDetails(RetryInfoSchema)) {
    if (retryDelay) details.retryDelayMs = durationMs(retryDelay);
  }
  if (error instanceof DeadlineError) details.deadline = error;
  return details;
}

// 0, which is UNSPECIFIED, of a name that this client does not know.
function valueOf<Values extends Record<string, string | number>>(values: Values, name: string) {
  const value = Object.hasOwn(values, name) ? values[name] : 0;
  return (typeof value === "number" ? value : 0) as Values[keyof Values] & number;
}
