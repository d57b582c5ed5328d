// What a failed call says beyond code and message.

import { durationMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
import { ErrorReason } from "./gen/index.js";

export interface Violation {
  /** A field's path, or the type of an unmet criterion. */
  subject: string;
  /** What would be right. */
  description: string;
}

export interface ErrorDetails {
  /** Match on this. UNSPECIFIED where the error is not one of the API's. */
  reason: ErrorReason;
  /** What else the reason needs to be understood. */
  metadata: Record<string, string>;
  /** Each field that was wrong and each condition that was not met. */
  violations: Violation[];
  /** What is missing, or there already. */
  resource?: { type: string; name: string };
  /** After what time the server wants to be asked again. */
  retryDelayMs?: number;
}

/** The details of what a call threw, whatever it is. */
export function detailsOf(thrown: unknown): ErrorDetails {
  const error = ConnectError.from(thrown);
  const details: ErrorDetails = {
    reason: ErrorReason.ERROR_REASON_UNSPECIFIED,
    metadata: {},
    violations: [],
  };
  for (const info of error.findDetails(ErrorInfoSchema)) {
    if (info.domain !== "perennial") continue;
    details.reason =
      ErrorReason[info.reason as keyof typeof ErrorReason] ?? ErrorReason.ERROR_REASON_UNSPECIFIED;
    details.metadata = info.metadata;
  }
  for (const bad of error.findDetails(BadRequestSchema)) {
    for (const { field, description } of bad.fieldViolations) {
      details.violations.push({ subject: field, description });
    }
  }
  for (const failure of error.findDetails(PreconditionFailureSchema)) {
    for (const { type, description } of failure.violations) {
      details.violations.push({ subject: type, description });
    }
  }
  for (const { resourceType, resourceName } of error.findDetails(ResourceInfoSchema)) {
    details.resource = { type: resourceType, name: resourceName };
  }
  for (const { retryDelay } of error.findDetails(RetryInfoSchema)) {
    if (retryDelay) details.retryDelayMs = durationMs(retryDelay);
  }
  return details;
}
