import { difference, type MirrorUpdate, type State } from "./state.js";

/** The state of a mirror, and who is told when it is another. */
export class Store<Item> {
  #state: State<Item> = { items: new Map(), status: "listing" };
  readonly #listeners = new Set<(update: MirrorUpdate<Item>) => void>();

  get state(): State<Item> {
    return this.#state;
  }

  /** Tells everybody what differs; nobody where nothing does. */
  set(state: State<Item>): void {
    const update = difference(this.#state, state);
    const { status, error, items } = this.#state;
    const isSame = [update.added, update.changed, update.removed].every(
      (each) => each.length === 0,
    );
    if (isSame && status === state.status && error === state.error) return;
    // Where the items are the same, so is the map, for whoever keeps what was made of it.
    this.#state = isSame ? { ...state, items } : state;
    for (const listener of [...this.#listeners]) tell(listener, update);
  }

  subscribe(listener: (update: MirrorUpdate<Item>) => void): () => void {
    // The same function may be given twice.
    const own = (update: MirrorUpdate<Item>) => listener(update);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** What happens from now on, beginning with what is there. Ends with the mirror; throws its error. */
  async *updates(): AsyncGenerator<MirrorUpdate<Item>, void, undefined> {
    let told: State<Item> = { items: new Map(), status: "listing" };
    while (told.status !== "ended") {
      const state = this.#state;
      const update = difference(told, state);
      const isNews = update.added.length > 0 || state.status !== "listing";
      told = state;
      if (isNews) yield update;
      // A reader who takes long is told what differs since, and nothing has to be kept for it.
      while (this.#state === told && told.status !== "ended") await this.#next();
    }
    if (told.error) throw told.error;
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

// One who fails is not to keep the others from being told.
function tell<Update>(listener: (update: Update) => void, update: Update): void {
  try {
    listener(update);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
