import { inVersion } from "../kinds.ts";
import { statusOf } from "../errors.ts";
import { apiVersionOf, resourceKey } from "../resources.ts";
import { filterOf } from "../selectors.ts";
import { type Store, type StoredChange, write } from "../store.ts";
import { type KubeObject, StatusError } from "../types.ts";
import { checkListOptions } from "./options.ts";
import { formOf, metadataOf, selected, tableFor } from "./read.ts";
import { type Call, isSet, readRevision, type ResourcePath } from "./request.ts";

export interface WatchOptions {
  /** How often a watch that allows bookmarks gets one. */
  bookmarkMs: number;
  /** Aborted when the server stops. */
  signal: AbortSignal;
}

/** A client that reads nothing while so many events wait is cut off: it will list again. */
const maxWaiting = 20_000;
/**
 * Changes that come within so many milliseconds are sent together, for each chunk costs both sides several
 * wake-ups: two hundred deployments made at once come through a tenth faster.
 */
const gatherMs = 2;

/**
 * The stream of `?watch=true`: what there is (without a resourceVersion, with 0, or as a WatchList with
 * `sendInitialEvents`) or what came after the resourceVersion, then every change as it happens.
 */
export function watchObjects(store: Store, path: ResourcePath, call: Call, options: WatchOptions): Response {
  const { resource } = path;
  const { query, request } = call;
  const filter = filterOf(resource, query.get("labelSelector"), query.get("fieldSelector"));
  const from = query.get("resourceVersion") ?? "";
  const start = from === "" ? 0 : readRevision(from);
  checkListOptions(query, true);
  const initial = query.get("sendInitialEvents");
  const bookmarks = isSet(query, "allowWatchBookmarks");
  const seconds = Number(query.get("timeoutSeconds") || 1800 + Math.random() * 1800);
  const key = resourceKey(resource);
  const form = formOf(request);

  let hasColumns = false;
  const spell = (object: KubeObject, json?: string): string => {
    if (form === "table") {
      const { columnDefinitions, ...table } = tableFor(resource, [object], call);
      // Told once, with the first row.
      const columns = hasColumns ? null : columnDefinitions;
      hasColumns = true;
      return JSON.stringify({ ...table, columnDefinitions: columns });
    }
    if (form === "metadata") return JSON.stringify(metadataOf(object));
    if (json !== undefined && object.apiVersion === apiVersionOf(resource)) return json;
    return write(inVersion(resource, object));
  };
  const passes = (object: KubeObject) =>
    (path.namespace === undefined || object.metadata.namespace === path.namespace) &&
    (path.name === undefined || object.metadata.name === path.name) &&
    (!filter || filter(object));

  /** The event of one change, as this watch sees it: an object that leaves the selection is deleted to it. */
  const eventOf = (change: StoredChange): string | undefined => {
    if (resourceKey(change.resource) !== key) return undefined;
    const { type, object, before, json } = change;
    const was = before !== undefined && passes(before);
    const is = type !== "DELETED" && passes(object);
    if (!was && !is) return undefined;
    if (is) return line(was ? "MODIFIED" : "ADDED", spell(object, json));
    if (type === "DELETED" && passes(object)) return line("DELETED", spell(object, json));
    const metadata = { ...before!.metadata, resourceVersion: object.metadata.resourceVersion };
    return line("DELETED", spell({ ...before!, metadata }));
  };

  const bookmark = (annotations?: Record<string, string>): string => {
    const metadata = { resourceVersion: String(store.revision()), ...(annotations ? { annotations } : {}) };
    const object =
      form === "table"
        ? { ...tableFor(resource, [], call), metadata }
        : { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    return line("BOOKMARK", JSON.stringify(object));
  };

  let stop = () => {};
  const body = new ReadableStream<string>(
    {
      start(stream) {
        const send = (text: string) => {
          try {
            stream.enqueue(text);
          } catch {
            stop();
            return;
          }
          if ((stream.desiredSize ?? 0) < -maxWaiting) stop();
        };
        // Bun sends the headers with the first byte, and clients wait for them. JSON readers skip a newline.
        send("\n");
        const missed = start === 0 ? [] : store.since(start);
        if (!missed) {
          send(tooOld(start, store.oldest()));
          stream.close();
          return;
        }
        if (initial === "true" || (start === 0 && initial === null)) {
          for (const { object, json } of selected(store, path, call))
            send(line("ADDED", spell(object, json)));
          if (initial !== null) send(bookmark({ "k8s.io/initial-events-end": "true" }));
        } else {
          for (const change of missed) {
            const event = eventOf(change);
            if (event) send(event);
          }
        }
        let gathered = "";
        let due: ReturnType<typeof setTimeout> | undefined;
        const flush = () => {
          clearTimeout(due);
          due = undefined;
          const events = gathered;
          gathered = "";
          if (events !== "") send(events);
        };
        const unsubscribe = store.onChange((change) => {
          const event = eventOf(change);
          if (event === undefined) return;
          gathered += event;
          due ??= setTimeout(flush, gatherMs);
        });
        const mark = () => {
          flush(); // a bookmark says that everything up to it was sent
          send(bookmark());
        };
        const timers = [setTimeout(() => stop(), Math.min(seconds, 86_400) * 1000)];
        if (bookmarks) timers.push(setInterval(mark, options.bookmarkMs));
        stop = () => {
          stop = () => {};
          unsubscribe();
          for (const timer of timers) clearTimeout(timer);
          flush();
          request.signal.removeEventListener("abort", end);
          options.signal.removeEventListener("abort", end);
          try {
            stream.close();
          } catch {
            // The client has closed it already.
          }
        };
        const end = () => stop();
        request.signal.addEventListener("abort", end);
        options.signal.addEventListener("abort", end);
      },
      cancel: () => stop(),
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { headers: { "content-type": "application/json" } });
}

const line = (type: string, object: string) => `{"type":"${type}","object":${object}}\n`;

function tooOld(from: number, oldest: number): string {
  const error = new StatusError(410, "Expired", `too old resource version: ${from} (${oldest})`);
  return line("ERROR", JSON.stringify(statusOf(error)));
}
