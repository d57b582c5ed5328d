// What somebody who misspelt a name probably meant.

/** Longer ones are nobody's misspelling, and would take their time. */
const maxLength = 100;
const maxDistance = 3;
const maxFound = 3;

/** Of the names the few that are nearest to what was asked for, the nearest first; none where none is near. */
export function near(asked: string, names: Iterable<string>): string[] {
  if (asked.length === 0 || asked.length > maxLength) return [];
  const word = asked.toLowerCase();
  const limit = Math.max(1, Math.min(maxDistance, word.length / 3));
  const found = [...new Set(names)]
    .map((name) => ({ name, distance: distanceOf(word, name.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  // What is farther than the nearest was hardly meant.
  const nearest = found.filter(({ distance }) => distance <= found[0]!.distance + 1);
  return nearest.slice(0, maxFound).map(({ name }) => name);
}

/** Such as `: did you mean "name" or "names"?`; empty where there are none. */
export function didYouMean(names: string[]): string {
  return names.length > 0 ? `: did you mean ${names.join(" or ")}?` : "";
}

// A part of a name, such as accounts of ListAccounts, is as near as a misspelling of one letter.
function distanceOf(asked: string, name: string, limit: number): number {
  if (asked.length >= 4 && asked !== name && name.includes(asked)) return 1;
  return Math.abs(asked.length - name.length) > limit ? Infinity : editDistance(asked, name);
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
