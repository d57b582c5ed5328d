// What somebody who misspelt a name probably meant.

/** Longer ones are nobody's misspelling, and would take their time. */
const maxLength = 100;
const maxFound = 3;

/** Of the names the few that are nearest to what was asked for, the nearest first; none where none is near. */
export function near(asked: string, names: Iterable<string>): string[] {
  if (asked.length === 0 || asked.length > maxLength) return [];
  const found = [];
  for (const name of new Set(names)) {
    const distance = distanceOf(asked.toLowerCase(), name.toLowerCase());
    if (distance <= Math.max(1, asked.length / 3)) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, maxFound).map(({ name }) => name);
}

/** Such as `: did you mean "name" or "names"?`; empty where there are none. */
export function didYouMean(names: string[]): string {
  return names.length > 0 ? `: did you mean ${names.join(" or ")}?` : "";
}

// A part of a name, such as accounts of ListAccounts, is nearer than any misspelling but one letter.
function distanceOf(asked: string, name: string): number {
  if (asked.length >= 4 && name.includes(asked)) return 1;
  return Math.abs(asked.length - name.length) > asked.length / 3 + 1
    ? Infinity
    : editDistance(asked, name);
}

/** Letters to add, take away, replace or swap with their neighbour to make the one of the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
