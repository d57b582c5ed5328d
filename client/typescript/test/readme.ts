import { readFileSync } from "node:fs";

/** A fenced block of the README: what follows the fence, and what is in it. */
export interface Block {
  kind: string;
  text: string;
}

export function readmeBlocks(): Block[] {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  return [...readme.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, kind, text]) => ({
    kind: kind!,
    text: text!,
  }));
}

export function blocksOf(kind: string): string[] {
  const found = readmeBlocks().filter((block) => block.kind === kind);
  if (found.length === 0) throw new Error(`the README has no block of ${kind}`);
  return found.map(({ text }) => text);
}
