import { Code, ConnectError, type CallOptions, type Client } from "@connectrpc/connect";
import type { HistoryService } from "../gen/index.js";
import type { ItemOf, ListMethod, Page } from "../list.js";
import { Follower } from "./follower.js";
import { Source, type Items, type ListRequest, type Resource } from "./source.js";
import type { MirrorStatus, MirrorUpdate, State } from "./state.js";
import { Store } from "./store.js";

/** What a mirror shows at one time. Never changed: another one comes in its place. */
export interface MirrorSnapshot<Item> {
  /** In the order of their names. The same array as long as no item is another. */
  readonly items: readonly Item[];
  readonly status: MirrorStatus;
  /** Why it is broken, or ended. */
  readonly error?: ConnectError;
}

/** What React's useSyncExternalStore and its like take: `useSyncExternalStore(view.subscribe, view.getSnapshot)`. */
export interface View<Snapshot, Update> {
  /** The same object until something differs. */
  readonly getSnapshot: () => Snapshot;
  /** Called after each change, with what has changed, until the answered function is called. */
  readonly subscribe: (listener: (update: Update) => void) => () => void;
}

/**
 * A list that stays current. `for await (const update of mirror)` tells what changes, and what is there first;
 * a loop that takes long gets what differs since. It ends with the mirror, and throws its error.
 */
export interface Mirror<Item>
  extends View<MirrorSnapshot<Item>, MirrorUpdate<Item>>, AsyncIterable<MirrorUpdate<Item>> {
  /** Once everything is there. Rejects where that does not come: with the mirror's error, or Canceled. */
  readonly synced: Promise<void>;
  get(name: string): Item | undefined;
  /** The items in an order: the same array until one of them is another. Equal ones are in that of their names. */
  sorted(compare: (a: Item, b: Item) => number): View<readonly Item[], MirrorUpdate<Item>>;
  /** Ends it. What was there can still be read. */
  close(): void;
}

export interface MirrorOptions {
  /** Ends it, as close() does. */
  signal?: AbortSignal;
  /** Of each call of the List method. */
  call?: Omit<CallOptions, "signal">;
}

/**
 * Everything that a List method finds, from now on: listed, then followed by the history, through breaks of any
 * length, without a gap. Starts at once, and goes on until it is closed.
 *
 *   const open = mirror(pipeline.listOpportunities, { parent: "accounts/-", filter: "outcome = OPEN" }, history);
 *   await open.synced;
 *   open.subscribe(() => show(open.getSnapshot().items));
 *
 * Whether something is in the list, whatever its `filter`, is for the server to say: what has changed, and what is
 * below an account that has changed, is asked for again with the same filter. What becomes another by the passing
 * of days alone (ListTasks with `due`) is not told until it is written. Ends with an error that does not pass, such
 * as INVALID_FILTER, and with InvalidArgument for lists that are not of resources or have no filter.
 */
export function mirror<
  Request extends { pageToken?: string; filter?: string },
  Response extends Page,
>(
  method: ListMethod<Request, Response>,
  request: Request,
  history: Pick<Client<typeof HistoryService>, "watch">,
  options: MirrorOptions = {},
): Mirror<ItemOf<Response>> {
  // Within, items are resources of whatever type.
  const list = method as unknown as ListMethod<ListRequest, Page>;
  return new LiveMirror(list, request, history, options) as Mirror<unknown> as Mirror<
    ItemOf<Response>
  >;
}

class LiveMirror implements Mirror<Resource> {
  readonly synced: Promise<void>;
  readonly #store = new Store<Resource>();
  readonly #end = new AbortController();
  readonly #follower: Follower;
  readonly #byName = derive((items: Items) => [...items.values()].sort(compareNames));
  readonly #snapshot = derive((state: State<Resource>): MirrorSnapshot<Resource> => {
    const { items, ...now } = state;
    return { items: this.#byName(items), ...now };
  });

  constructor(
    method: ListMethod<ListRequest, Page>,
    request: ListRequest,
    history: Pick<Client<typeof HistoryService>, "watch">,
    { signal, call }: MirrorOptions,
  ) {
    const source = new Source(method, request, { ...call, signal: this.#end.signal });
    this.#follower = new Follower(source, history, this.#store, this.#end.signal);
    this.synced = this.#untilCurrent();
    // Who does not wait for it is told otherwise.
    this.synced.catch(() => {});
    if (signal?.aborted) this.close();
    signal?.addEventListener("abort", this.close);
    void this.#follower.run().then(() => signal?.removeEventListener("abort", this.close));
  }

  readonly getSnapshot = () => this.#snapshot(this.#store.state);
  readonly subscribe = (listener: (update: MirrorUpdate<Resource>) => void) =>
    this.#store.subscribe(listener);
  readonly close = () => this.#end.abort();

  get(name: string): Resource | undefined {
    return this.#store.state.items.get(name);
  }

  sorted(compare: (a: Resource, b: Resource) => number) {
    const sort = derive((items: readonly Resource[]) => [...items].sort(compare));
    const getSnapshot = () => sort(this.getSnapshot().items);
    return { getSnapshot, subscribe: this.subscribe };
  }

  [Symbol.asyncIterator](): AsyncGenerator<MirrorUpdate<Resource>, void, undefined> {
    return this.#store.updates();
  }

  async #untilCurrent(): Promise<void> {
    for await (const { status } of this) if (status === "current") return;
    throw new ConnectError("the mirror was closed before everything was there", Code.Canceled);
  }
}

/** What is made of something, made anew only of something else. */
function derive<From, To>(make: (from: From) => To): (from: From) => To {
  let last: { from: From; to: To } | undefined;
  return (from) => {
    if (last?.from !== from) last = { from, to: make(from) };
    return last.to;
  };
}

function compareNames(a: Resource, b: Resource): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
