import type { Message } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";

/** The response of a List method. */
export type Page = Message & { nextPageToken: string; resumeToken?: string };

// The items are the one repeated field of every list's response.
export type ItemOf<Response> = {
  [Field in Exclude<keyof Response, keyof Message>]: Response[Field] extends (infer Item)[]
    ? Item
    : never;
}[Exclude<keyof Response, keyof Message>];

export type ListMethod<Request, Response> = (
  request: Request,
  options?: CallOptions,
) => Promise<Response>;

/** Everything that a List method finds. Can be gone through more than once: each time it is asked anew. */
export interface Listing<Item> extends AsyncIterable<Item> {
  /**
   * Where watch() goes on from what was listed, so that nothing is missed in between. Known once the first
   * page is there.
   */
  readonly resumeToken: string | undefined;
}

/**
 * Fetches page by page as items are needed, each page by a call of its own; `pageSize` says how
 * large they are.
 *
 *   for await (const each of list(pipeline.listOpportunities, { parent: "accounts/-" })) ...
 */
export function list<Request extends { pageToken?: string }, Response extends Page>(
  method: ListMethod<Request, Response>,
  request: Request,
  options?: CallOptions,
): Listing<ItemOf<Response>> {
  let resumeToken: string | undefined;
  return {
    get resumeToken() {
      return resumeToken;
    },
    async *[Symbol.asyncIterator]() {
      let page = await method(request, options);
      // Of several pages that of the first: what changed since then may have been passed already.
      resumeToken = page.resumeToken;
      yield* itemsOf(page);
      while (page.nextPageToken) {
        page = await method({ ...request, pageToken: page.nextPageToken }, options);
        yield* itemsOf(page);
      }
    },
  };
}

function itemsOf<Response extends Page>(page: Response): ItemOf<Response>[] {
  const fields = Object.entries(page).filter(([name]) => !name.startsWith("$"));
  return fields.find(([, value]) => Array.isArray(value))?.[1] as ItemOf<Response>[];
}
