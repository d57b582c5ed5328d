// How messages are written and read as JSON.

import type { JsonReadOptions, JsonWriteOptions, Registry } from "@bufbuild/protobuf";
import { createAsyncIterable, readAllBytes } from "@connectrpc/connect/protocol";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { didYouMean, near } from "./near.js";

export function jsonOptions(registry: Registry): Partial<JsonReadOptions & JsonWriteOptions> {
  return {
    registry,
    // Misspelt fields are told and not dropped.
    ignoreUnknownFields: false,
    // An amount of 0 is an amount: who reads JSON does not have to know what is left out.
    alwaysEmitImplicit: true,
  };
}

/** Errors are short; what is longer is not read to be made better. */
const maxErrorBytes = 4096;
const maxNamesTold = 30;

/** Says in the error about a field that does not exist which one may have been meant. */
export async function withNearFields(
  answer: UniversalServerResponse,
  registry: Registry,
): Promise<UniversalServerResponse> {
  const { status, header, body } = answer;
  const isError = status === 400 && header?.get("content-type") === "application/json";
  const length = Number(header?.get("content-length") ?? Infinity);
  if (!isError || !body || length > maxErrorBytes || header.has("content-encoding")) return answer;
  const given = await readAllBytes(body, maxErrorBytes, length);
  const told = new TextEncoder().encode(explained(new TextDecoder().decode(given), registry));
  header.set("content-length", `${told.length}`);
  return { ...answer, body: createAsyncIterable([told]) };
}

// The library says it in words only.
const unknownField = /^cannot decode message (\S+) from JSON: key "(.*)" is unknown$/s;

function explained(error: string, registry: Registry): string {
  const { message, ...others } = JSON.parse(error) as { message?: string };
  const [, type = "", asked = ""] = unknownField.exec(message ?? "") ?? [];
  const fields = registry.getMessage(type)?.fields.map(({ jsonName }) => jsonName);
  if (!fields) return error;
  const meant = near(asked, fields).map((name) => JSON.stringify(name));
  const all = fields.length > 0 ? `: there are ${fields.slice(0, maxNamesTold).join(", ")}` : "";
  const hint = didYouMean(meant) || all;
  return JSON.stringify({ ...others, message: `${message}${hint}` });
}
