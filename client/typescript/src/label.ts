// As protobuf's enums are: values by names, and names by values.
type Enum = { readonly [name: string]: string | number; readonly [value: number]: string };

const initialisms = new Set(["ARR", "ID"]);

/**
 * What people read in place of an enum's value: label(Opportunity_Stage, stage) is "Adoption review". A value that
 * a newer server has and this client does not know is "Unknown (17)".
 */
export function label(values: Enum, value: number): string {
  const name = values[value];
  if (name === undefined) return `Unknown (${value})`;
  // Values share the enum's scope with others, so the one that says nothing has a prefix.
  if (name.endsWith("_UNSPECIFIED")) return "Unspecified";
  const [first = "", ...rest] = name.split("_").map(lower);
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(" ");
}

function lower(word: string): string {
  return initialisms.has(word) ? word : word.toLowerCase();
}
