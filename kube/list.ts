import { isGone, KubeError, ownReasons } from "./errors.ts";
import { type KubeHttp, query } from "./http.ts";
import type { KubeObject, ListOptions } from "./types.ts";

/** Items per page of a list: bounds what is in memory at once when a `project` keeps less of each. */
const pageSize = 1000;

/** All pages of a list at one resource version. A list that outlives its continuation is begun anew, whole. */
export async function listPages(
  http: KubeHttp,
  path: string,
  kind: { apiVersion: string; kind: string },
  options: ListOptions,
  signal: AbortSignal | undefined,
): Promise<{ items: KubeObject[]; resourceVersion: string }> {
  const { labelSelector, fieldSelector, project } = options;
  let limit: string | undefined = String(pageSize);
  let next: string | undefined;
  let items: KubeObject[] = [];
  for (;;) {
    const asked = query({ labelSelector, fieldSelector, limit, continue: next });
    let page: ListAnswer;
    try {
      page = (await http.json({ method: "GET", path: path + asked, signal })) as ListAnswer;
    } catch (thrown) {
      if (!isGone(thrown) || next === undefined) throw thrown;
      items = [];
      next = limit = undefined;
      continue;
    }
    const resourceVersion = page.metadata?.resourceVersion;
    const whole = page.items === null || Array.isArray(page.items);
    if (!whole || !resourceVersion) {
      throw new KubeError(0, ownReasons.badAnswer, `GET ${path}: the answer is not a list`);
    }
    for (const item of page.items ?? []) {
      // Items of built-in kinds come without them.
      item.apiVersion ??= kind.apiVersion;
      item.kind ??= kind.kind;
      items.push(project ? project(item) : item);
    }
    next = page.metadata?.continue || undefined;
    if (next === undefined) return { items, resourceVersion };
  }
}

interface ListAnswer {
  apiVersion?: string;
  kind?: string;
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[] | null;
}
