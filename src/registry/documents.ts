// Walks the documents of a kind, page by page, without holding more than a page.

import type { Scope } from '#kernel';
import type { Resource, ResourceStore } from '#store';

export interface DocumentQuery {
  readonly scope: Scope;
  readonly kind: string;
  readonly prefix?: string;
  readonly after?: string | undefined;
}

const PAGE = 100;

export async function* documents(resources: ResourceStore, { after, ...query }: DocumentQuery): AsyncGenerator<Resource> {
  let from = after;
  for (;;) {
    const page = await resources.list({ ...query, limit: PAGE, ...(from === undefined ? {} : { after: from }) });
    yield* page;
    if (page.length < PAGE) return;
    from = page.at(-1)?.key.name;
  }
}
