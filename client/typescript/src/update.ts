import { type DescField, type Message } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { changes } from "./changed_paths.js";
import { kindOf } from "./resources.js";

/**
 * Calls an Update method so that `next` comes of `old`, a resource as it was read: sends what differs, and
 * nothing else, with the old etag. So it fails with ETAG_MISMATCH where somebody has changed it since; read it
 * and decide again. Answers the resource as it is then; `old` without a call where nothing differs that an update
 * changes (see changedPaths).
 *
 *   const changed = await update(pipeline.updateOpportunity, old, { ...old, nextStep: "Call Jane" });
 *
 * Throws TypeError where the two have different names, or are no resources of one type.
 */
export async function update<
  Request extends { updateMask?: unknown },
  Resource extends Message & { name: string; etag: string },
>(
  method: (request: Request, options?: CallOptions) => Promise<Resource>,
  old: Resource,
  next: NoInfer<Resource>,
  options?: CallOptions,
): Promise<Resource> {
  if (old.name !== next.name) throw new TypeError(`${next.name} is not ${old.name} changed`);
  const changed = changes<Resource>(old, next);
  if (changed.length === 0) return old;
  const request = {
    [fieldOf(old)]: patch(
      old,
      next,
      changed.map(({ field }) => field),
    ),
    updateMask: { paths: changed.flatMap(({ paths }) => paths) },
  };
  return method(request as unknown as Request, options);
}

// "opportunity" of UpdateOpportunityRequest: every Update request has its resource in a field named after it.
function fieldOf(resource: Message): string {
  const { type } = kindOf(resource.$typeName)!;
  return type.charAt(0).toLowerCase() + type.slice(1);
}

function patch<Resource extends { name: string; etag: string }>(
  { name, etag }: Resource,
  next: Resource,
  changed: DescField[],
) {
  const values = next as Record<string, unknown>;
  const fields = changed.map(({ localName }) => [localName, values[localName]] as const);
  return { name, etag, ...Object.fromEntries(fields) };
}
