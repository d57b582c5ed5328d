// What a mirror shows: the items by name, and whether they are current.

import type { ConnectError } from "@connectrpc/connect";

/**
 * - "listing": not everything is there yet.
 * - "current": everything is there, as it is now.
 * - "broken": as it was when the connection broke; that is being mended.
 * - "ended": closed, or `error` does not pass. Nothing comes any more.
 */
export type MirrorStatus = "listing" | "current" | "broken" | "ended";

/** Never changed: another one comes in its place. */
export interface State<Item> {
  readonly items: ReadonlyMap<string, Item>;
  readonly status: MirrorStatus;
  readonly error?: ConnectError;
}

/** What has changed. All three may be empty, where the status is another. */
export interface MirrorUpdate<Item> {
  readonly added: readonly Item[];
  /** As they are now. */
  readonly changed: readonly Item[];
  /** As they were last. */
  readonly removed: readonly Item[];
  readonly status: MirrorStatus;
  /** Why it is broken, or ended. */
  readonly error?: ConnectError;
}

/** What leads from one state to another. */
export function difference<Item>(from: State<Item>, to: State<Item>): MirrorUpdate<Item> {
  const { items, ...now } = to;
  const added: Item[] = [];
  const changed: Item[] = [];
  for (const [name, item] of items) {
    const before = from.items.get(name);
    if (before === undefined) added.push(item);
    else if (before !== item) changed.push(item);
  }
  const removed = [...from.items].filter(([name]) => !items.has(name)).map(([, item]) => item);
  return { added, changed, removed, ...now };
}
