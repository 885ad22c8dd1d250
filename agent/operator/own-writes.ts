import { isOlder } from "../../kube/object-store.ts";
import type { KubeObject, WatchEvent } from "../../kube/types.ts";
import { keyOf, refOf } from "./refs.ts";

/**
 * What we wrote is known before the watch brings it. It stands in for the watch's view until that has caught
 * up, so that nothing is written twice and the echo of our own write is not taken for news.
 */
export interface OwnWrites {
  note(object: KubeObject): void;
  /** The newer of what the watch brought and what we wrote. */
  newest(key: string, seen: KubeObject | undefined): KubeObject | undefined;
  /** Takes an event of the watch; false when it is only the echo of a write of ours. */
  isNews(event: WatchEvent): boolean;
  /**
   * Whether an object is newer than what we wrote last. An echo may come before the answer to the write, so
   * what looked like news may turn out to be none.
   */
  isStillNews(object: KubeObject): boolean;
}

export function createOwnWrites(): OwnWrites {
  const written = new Map<string, { object: KubeObject; lists: number }>();
  /** The UIDs of what went last under a name: the answer to a write may come after the end of its object. */
  const gone = new Map<string, string | undefined>();

  return {
    note(object) {
      const key = keyOf(refOf(object));
      if (gone.get(key) !== object.metadata.uid) written.set(key, { object, lists: 0 });
    },

    newest(key, seen) {
      const own = written.get(key)?.object;
      if (own === undefined || (seen && isOlder(versionOf(own), versionOf(seen)))) return seen;
      return own;
    },

    isNews(event) {
      if (event.type === "SYNCED") {
        // The second list since a write has certainly begun after it: the view knows better from then on.
        for (const [key, own] of written) if (++own.lists >= 2) written.delete(key);
        gone.clear();
        return false;
      }
      const key = keyOf(refOf(event.object));
      if (event.type === "DELETED") gone.set(key, event.object.metadata.uid);
      else gone.delete(key);
      const own = written.get(key)?.object;
      if (own === undefined) return true;
      const sameLife = own.metadata.uid === event.object.metadata.uid;
      if (event.type === "DELETED") {
        // An earlier object of this name went away; ours is the one made after it.
        if (!sameLife) return false;
        written.delete(key);
        return true;
      }
      if (isOlder(versionOf(event.object), versionOf(own))) return false;
      written.delete(key);
      return versionOf(event.object) !== versionOf(own);
    },

    isStillNews(object) {
      const own = written.get(keyOf(refOf(object)))?.object;
      return own?.metadata.uid !== object.metadata.uid || isOlder(versionOf(own!), versionOf(object));
    },
  };
}

const versionOf = (object: KubeObject): string => object.metadata.resourceVersion ?? "";
