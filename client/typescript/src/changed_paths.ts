import { create, equals, getOption, type DescField, type Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { rules } from "./gen/index.js";
import { kindOf } from "./resources.js";

/**
 * The paths of an update mask that makes `next` of `old`, two states of one resource: "owner", "labels.tier" (an
 * entry of a map), "forecast_arr". Lists and messages (amounts, days and times) are named whole. What an update
 * does not change is not named, whether it differs or not: the name, the etag, what is given on create only, and
 * what the server sets. Throws TypeError where they are not of one type, or no resources.
 */
export function changedPaths<Resource extends Message>(old: Resource, next: Resource): string[] {
  return changes(old, next).flatMap(({ paths }) => paths);
}

/** A field that differs, and the paths of what differs in it. */
export interface FieldChange {
  field: DescField;
  paths: string[];
}

export function changes<Resource extends Message>(old: Resource, next: Resource): FieldChange[] {
  const schema = kindOf(old.$typeName)?.schema;
  if (!schema || next.$typeName !== old.$typeName) {
    throw new TypeError(`${old.$typeName}, ${next.$typeName}: expected two states of one resource`);
  }
  // Where a caller has made one by { ...old }, it is a plain object.
  const before = reflect(schema, create(schema, old));
  const after = reflect(schema, create(schema, next));
  return schema.fields
    .filter((field) => mayChange(field) && !isEqual(field, before, after))
    .map((field) => ({ field, paths: pathsWithin(field, before, after) }));
}

function mayChange(field: DescField): boolean {
  const { outputOnly, immutable } = getOption(field, rules);
  return !outputOnly && !immutable && field.name !== "name" && field.name !== "etag";
}

function isEqual(field: DescField, before: ReflectMessage, after: ReflectMessage): boolean {
  return equals(field.parent, only(field, before), only(field, after));
}

/** A message that has nothing but this field. */
function only(field: DescField, from: ReflectMessage): Message {
  const message = reflect(field.parent);
  if (from.isSet(field)) message.set(field, from.get(field));
  return message.message;
}

// A mask goes through JSON as camelCase: other keys would not come back as they were. A dot parts paths.
const keyOfPath = /^[a-z][a-z0-9-]*(_[a-z][a-z0-9-]*)*$/;

/** Of a field that differs. */
function pathsWithin(field: DescField, before: ReflectMessage, after: ReflectMessage): string[] {
  if (field.fieldKind !== "map" || field.mapKind !== "scalar") return [field.name];
  const [old, next] = [before.get(field), after.get(field)];
  const keys = [...new Set([...old.keys(), ...next.keys()])].map(String).sort();
  const changed = keys.filter((key) => old.get(key) !== next.get(key));
  const canBeNamed = changed.every((key) => keyOfPath.test(key));
  return canBeNamed ? changed.map((key) => `${field.name}.${key}`) : [field.name];
}
