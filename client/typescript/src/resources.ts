// What the protos say about resources.

import { getOption, type DescMessage } from "@bufbuild/protobuf";
import { resource, ResourceSchema } from "./gen/index.js";
import type { ResourceType } from "./gen/index.js";

/** A kind of resource: its message, and the pattern of its names. */
export interface ResourceKind {
  /** Such as "Opportunity". */
  type: string;
  /** Such as "accounts/{account}/opportunities/{opportunity}". */
  pattern: string;
  schema: DescMessage;
}

// Resource is any one of them: so it names all.
export const resourceKinds: readonly ResourceKind[] = ResourceSchema.fields.flatMap((field) => {
  if (!field.message) return [];
  const { type, pattern }: ResourceType = getOption(field.message, resource);
  return [{ type, pattern, schema: field.message }];
});

/** Undefined where the message is no resource. */
export function kindOf(typeName: string): ResourceKind | undefined {
  return resourceKinds.find(({ schema }) => schema.typeName === typeName);
}
