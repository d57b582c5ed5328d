import { Code, ConnectError, type Client } from "@connectrpc/connect";
import { isReason } from "../errors.js";
import {
  Change_Operation as Operation,
  ErrorReason,
  type Change,
  type HistoryService,
} from "../gen/index.js";
import { passes, patientRetryPolicy, sleep, waitMs } from "../retry.js";
import { watch } from "../watch.js";
import type { Asked, Items, Resource, Source } from "./source.js";
import type { MirrorStatus } from "./state.js";
import type { Store } from "./store.js";

/** Keeps a store as its source is. */
export class Follower {
  /** Behind everything that the store has. Undefined where all is to be listed. */
  #resumeToken: string | undefined;
  #breaks = 0;

  constructor(
    readonly source: Source,
    readonly history: Pick<Client<typeof HistoryService>, "watch">,
    readonly store: Store<Resource>,
    readonly signal: AbortSignal,
  ) {}

  /** Until the signal, or an error that does not pass. */
  async run(): Promise<void> {
    let error: ConnectError | undefined;
    while (!this.signal.aborted && !error) {
      try {
        if (this.#resumeToken === undefined) await this.#listAll();
        await this.#follow();
      } catch (thrown) {
        if (!this.signal.aborted) error = await this.#mend(asConnectError(thrown));
      }
    }
    this.#show("ended", this.#items, error);
  }

  get #items(): Items {
    return this.store.state.items;
  }

  async #listAll(): Promise<void> {
    const { items, resumeToken } = await this.source.all(this.#items);
    this.#resumeToken = resumeToken;
    // Current once the watch has told what happened meanwhile.
    this.#show(this.store.state.status, items, this.store.state.error);
  }

  async #follow(): Promise<void> {
    const { kind, isBelowAccounts, request } = this.source;
    const [, account] = /^(accounts\/[^/-][^/]*)/.exec(request.parent ?? "") ?? [];
    const wanted = {
      resumeToken: this.#resumeToken!,
      resourceTypes: isBelowAccounts ? [kind.type, "Account"] : [kind.type],
      accounts: account === undefined ? [] : [account],
    };
    const onBreak = (error: ConnectError) => this.#show("broken", this.#items, error);
    for await (const response of watch(this.history, wanted, { signal: this.signal, onBreak })) {
      const items = await this.#with(response.changes);
      // Only now: what a break keeps from being asked for comes again.
      this.#resumeToken = response.resumeToken;
      this.#breaks = 0;
      this.#show("current", items);
    }
  }

  /** The items after these changes. */
  async #with(changes: Change[]): Promise<Items> {
    const { asked, deleted } = this.#sort(changes);
    const items = new Map(this.#items);
    for (const name of deleted) items.delete(name);
    if (asked.names.size === 0 && asked.accounts.size === 0) return items;
    const found = await this.source.some(asked, this.#items);
    for (const name of items.keys()) {
      const wasAsked = asked.names.has(name) || asked.accounts.has(accountOf(name));
      if (wasAsked && !found.has(name)) items.delete(name);
    }
    for (const [name, item] of found) items.set(name, item);
    return items;
  }

  #sort(changes: Change[]): { asked: Asked; deleted: Set<string> } {
    const names = new Set<string>();
    const accounts = new Set<string>();
    const deleted = new Set<string>();
    // In their order: of one resource the last change counts.
    for (const { operation, resourceName, resourceType } of changes) {
      if (resourceType !== this.source.kind.type) {
        accounts.add(resourceName);
      } else if (operation === Operation.DELETED) {
        deleted.add(resourceName);
        names.delete(resourceName);
      } else {
        deleted.delete(resourceName);
        names.add(resourceName);
      }
    }
    return { asked: { names, accounts }, deleted };
  }

  /** Waits before the next attempt. Answers the error where that would be in vain. */
  async #mend(error: ConnectError): Promise<ConnectError | undefined> {
    if (isReason(error, ErrorReason.RESUME_TOKEN_EXPIRED)) this.#resumeToken = undefined;
    else if (!canBeMended(error)) return error;
    this.#show("broken", this.#items, error);
    await sleep(waitMs(patientRetryPolicy, ++this.#breaks, error), this.signal).catch(() => {});
    return undefined;
  }

  #show(status: MirrorStatus, items: Items, error?: ConnectError): void {
    this.store.set({ items, status, ...(error && { error }) });
  }
}

// A server that is away for longer than a call waits, or that stops, comes back.
function canBeMended(error: ConnectError): boolean {
  return passes(error) || error.code === Code.DeadlineExceeded || error.code === Code.Canceled;
}

// What is wrong with how the mirror is used comes as a TypeError, and not from the server.
function asConnectError(thrown: unknown): ConnectError {
  return thrown instanceof TypeError
    ? new ConnectError(thrown.message, Code.InvalidArgument, undefined, undefined, thrown)
    : ConnectError.from(thrown);
}

/** "accounts/acme" of "accounts/acme/opportunities/2025". */
function accountOf(name: string): string {
  return name.split("/", 2).join("/");
}
