import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { startListWatch } from "../../kube/list-watch.ts";
import type { Kube, ListWatch, ListWatchOptions, WatchEvent } from "../../kube/types.ts";
import { eventually } from "../helpers/eventually.ts";
import type { FaultProxy } from "../helpers/proxy.ts";
import { onClusters, type Rig } from "./cluster.ts";
import { pace } from "../helpers/pace.ts";

const kind = { apiVersion: "v1", kind: "ConfigMap" };
const watching = /configmaps\?.*watch=true/;
const listing = /configmaps\?(?!.*watch=true)/;

onClusters("a list-watch", (startRig) => {
  let rig: Rig;
  let proxy: FaultProxy;
  let admin: Kube;
  let kube: Kube;
  let namespace: string;
  let stop: AbortController;
  let heard: string[];
  let views: ListWatch[];

  beforeAll(async () => {
    rig = await startRig();
    ({ proxy, admin, kube } = rig);
  });

  beforeEach(async () => {
    namespace = await rig.makeNamespace();
    stop = new AbortController();
    heard = [];
    views = [];
    proxy.requests.length = 0;
  });

  afterEach(async () => {
    stop.abort();
    await Promise.all(views.map((one) => one.done));
    proxy.clear();
  });

  afterAll(() => rig.stop());

  /** A view of the namespace's ConfigMaps of ours, through the proxy. */
  async function watch(options: Partial<ListWatchOptions> = {}): Promise<ListWatch> {
    const onEvent = (event: WatchEvent) => {
      heard.push(event.type === "SYNCED" ? "SYNCED" : `${event.type} ${event.object.metadata.name}`);
    };
    const scope = { kind, namespace, labelSelector: "styrmin.io/test" };
    const view = startListWatch(kube, { ...scope, signal: stop.signal, onEvent, ...options });
    views.push(view);
    await view.synced;
    await eventually("the watch is open", () => view.trouble() === null);
    return view;
  }

  async function make(name: string): Promise<string> {
    const metadata = { name, namespace, labels: { "styrmin.io/test": "yes" } };
    return (await admin.create({ ...kind, metadata })).metadata.uid!;
  }
  const remove = (name: string) => admin.delete({ ...kind, namespace, name });
  const touch = (name: string, value: string) =>
    admin.mergePatch({ ...kind, namespace, name }, { data: { value } }, { manager: "test" });
  const sees = (view: ListWatch, ...names: string[]) =>
    eventually(
      `the view is ${names}`,
      () =>
        view
          .all()
          .map((one) => one.metadata.name)
          .sort()
          .join() === names.join(),
    );
  /** Breaks what is open and keeps it from being opened again, until the answer is called. */
  function blind(): () => void {
    const open = proxy.add({ path: /configmaps/, fault: { kind: "drop-before" } });
    proxy.dropAll();
    return open;
  }

  test("a view follows what happens, each change once", async () => {
    await make("a");
    const view = await watch();
    await make("b");
    await touch("a", "1");
    await remove("b");
    await eventually("all is heard", () => heard.length >= 5);
    expect(heard).toEqual(["ADDED a", "SYNCED", "ADDED b", "MODIFIED a", "DELETED b"]);
    expect(view.get(namespace, "a")?.data).toEqual({ value: "1" });
    expect(proxy.count("GET", listing)).toBe(1);
  });

  test("a view keeps only what it is told to keep", async () => {
    await make("a");
    const view = await watch({
      project: ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }) => ({
        apiVersion,
        kind,
        metadata: { name, namespace, uid, resourceVersion },
      }),
    });
    await touch("a", "1");
    await eventually("the change is heard", () => heard.includes("MODIFIED a"));
    expect(Object.keys(view.get(namespace, "a")!)).toEqual(["apiVersion", "kind", "metadata"]);
  });

  describe("a view is put right after", () => {
    test("a corrupt line, by a list at once", async () => {
      proxy.add({ path: watching, nth: 1, fault: { kind: "corrupt-line", line: 1 } });
      const view = await watch();
      await make("a");
      await sees(view, "a");
      expect(proxy.count("GET", listing)).toBe(2);
    });

    test("a line that is cut off", async () => {
      const view = await watch();
      const body = '{"type":"ADDED","object":{"kind":"ConfigMap","metadata":{"na';
      proxy.add({ path: watching, nth: 1, fault: { kind: "answer", body } });
      proxy.dropAll();
      await make("a");
      await sees(view, "a");
    });

    test("410 as the answer to a watch, with what was deleted meanwhile", async () => {
      await make("a");
      await make("b");
      const view = await watch();
      const see = blind();
      await remove("b");
      see();
      proxy.add({ path: watching, nth: 1, fault: { kind: "status", code: 410, reason: "Expired" } });
      await sees(view, "a");
      expect(heard).toEqual(["ADDED a", "ADDED b", "SYNCED", "DELETED b", "SYNCED"]);
    });

    test("410 in the stream of a watch", async () => {
      const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
      const body = `${JSON.stringify({ type: "ERROR", object: status })}\n`;
      await make("a");
      const view = await watch();
      const see = blind();
      await remove("a");
      see();
      proxy.add({ path: watching, nth: 1, fault: { kind: "answer", body } });
      await sees(view);
      expect(proxy.count("GET", listing)).toBeGreaterThan(1);
    });

    test("500 when it reconnects", async () => {
      const view = await watch();
      proxy.add({ path: watching, nth: 1, fault: { kind: "status", code: 500 } });
      proxy.dropAll();
      await make("a");
      await sees(view, "a");
    });

    test("connections that drop one after the other", async () => {
      const view = await watch();
      const see = blind();
      await make("a");
      await eventually("it says that it is not live", () => view.trouble()?.includes("no answer"));
      see();
      await sees(view, "a");
      expect(view.trouble()).toBeNull();
    });

    test("silence: a connection that is open and says nothing", async () => {
      proxy.add({ path: watching, nth: 1, fault: { kind: "hold-open" } });
      const view = await watch({ silenceMs: 300 });
      await make("a");
      await sees(view, "a");
    });

    test("a server that takes the request and never answers", async () => {
      const view = await watch({ silenceMs: 200 });
      const see = proxy.add({ path: watching, fault: { kind: "hang" } });
      proxy.dropAll();
      await eventually("it says so", () => view.trouble()?.includes("not answered"));
      see();
      await make("a");
      await sees(view, "a");
    });

    test("a handler that throws", async () => {
      const wrong: string[] = [];
      const view = await watch({
        onEvent(event) {
          wrong.push(event.type);
          throw new Error("a bad handler");
        },
      });
      await make("a");
      await make("b");
      await sees(view, "a", "b");
      expect(wrong).toEqual(["SYNCED", "ADDED", "ADDED"]);
      expect(proxy.count("GET", watching)).toBe(1);
    });
  });

  test("a list on a timer finds what a watch kept back", async () => {
    proxy.add({ path: watching, fault: { kind: "hold-open" } });
    await make("a");
    const view = await watch({ relistMs: 300 });
    await remove("a");
    await make("b");
    await sees(view, "b");
    // One list finds both changes, or each its own.
    const changes = heard.filter((one) => one !== "SYNCED");
    expect(changes.toSorted()).toEqual(["ADDED a", "ADDED b", "DELETED a"]);
  });

  test("an object deleted and made anew unseen is heard as both", async () => {
    const first = await make("a");
    const view = await watch();
    const see = blind();
    await remove("a");
    const second = await make("a");
    see();
    await eventually("the new one is seen", () => view.get(namespace, "a")?.metadata.uid === second);
    expect(first).not.toBe(second);
    expect(heard.filter((one) => one !== "SYNCED")).toEqual(["ADDED a", "DELETED a", "ADDED a"]);
  });

  test("an API server that answers from the past changes nothing, and the view says so", async () => {
    const thaw = proxy.add({ path: listing, fault: { kind: "freeze" } });
    const view = await watch({ relistMs: 300 });
    await make("a");
    await eventually("a is heard", () => heard.includes("ADDED a"));
    await eventually("it says so", () => view.trouble()?.includes("from the past"));
    expect(view.all()).toHaveLength(1);
    expect(heard).not.toContain("DELETED a");
    thaw();
    await eventually("it is live again", () => view.trouble() === null);
    expect(view.all()).toHaveLength(1);
  });

  test.each([
    ["empty", (items: unknown[]) => items.slice(0, 0)],
    ["partial", (items: unknown[]) => items.slice(1)],
  ])(
    "a list that is %s, though nothing was deleted, changes nothing, and the view says so",
    async (_how, cut) => {
      await make("a");
      await make("b");
      const view = await watch();
      const tell = proxy.add({
        path: listing,
        fault: {
          kind: "rewrite",
          rewrite(body) {
            const list = JSON.parse(body);
            return JSON.stringify({ ...list, items: cut(list.items) });
          },
        },
      });
      const see = blind();
      await eventually("it is cut off long enough to list", () => proxy.count("GET", listing) > 1);
      see();
      await eventually("it says so", () => view.trouble()?.includes("not whole: a is missing"));
      expect(view.blindMs()).toBeGreaterThan(0);
      await remove("b");
      tell();
      await sees(view, "a");
      await eventually("it is live again", () => view.trouble() === null);
      expect(heard).not.toContain("DELETED a");
      expect(heard).toContain("DELETED b");
      expect(view.blindMs()).toBe(0);
    },
  );

  test("an object that lost its label is gone from a list, and believed to be", async () => {
    await make("a");
    const view = await watch();
    const see = blind();
    await admin.mergePatch(
      { ...kind, namespace, name: "a" },
      { metadata: { labels: { "styrmin.io/test": null } } },
      { manager: "test" },
    );
    see();
    await sees(view);
    expect(heard).toContain("DELETED a");
  });

  test("how fresh a view is is known", async () => {
    const before = Date.now();
    const view = await watch();
    expect(view.freshAt()!.getTime()).toBeGreaterThanOrEqual(before);
    const see = blind();
    await eventually("it says that it is not live", () => view.trouble() !== null);
    const last = view.freshAt();
    await make("a");
    expect(view.freshAt()).toEqual(last);
    see();
    await sees(view, "a");
    expect(view.freshAt()!.getTime()).toBeGreaterThan(last!.getTime());
  });

  test("stopping ends a view at once and leaves no connection", async () => {
    const view = await watch();
    stop.abort();
    await view.done;
    await eventually("no watch is open", () => proxy.openRequests() === 0, { timeoutMs: 3000 * pace() });
  });

  test("a view that is stopped before its first list rejects", async () => {
    proxy.add({ path: listing, fault: { kind: "hang" } });
    const view = startListWatch(kube, { kind, namespace, signal: stop.signal });
    views.push(view);
    stop.abort(new Error("stopped early"));
    expect(view.synced).rejects.toThrow("stopped early");
    await view.done;
  });
});
