import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../../../lib/log.ts";
import { createApi } from "../../../../local/cluster/api.ts";
import { expireEvents } from "../../../../local/cluster/expiry.ts";
import { createRegistry } from "../../../../local/cluster/resources.ts";
import { seed } from "../../../../local/cluster/seed.ts";
import { openStore, type Store } from "../../../../local/cluster/store.ts";
import type { Api } from "../../../../local/cluster/types.ts";
import { createWrites, type Writes } from "../../../../local/cluster/writes.ts";

describe("the store and the API in process", () => {
  let dir: string;
  let store: Store;
  let api: Api;
  let writes: Writes;
  const registry = createRegistry();
  const open = () => {
    store = openStore(join(dir, "cluster.db"), { history: 20 });
    writes = createWrites(store, registry);
    api = createApi({ store, registry, writes, manager: "test", log: silentLog });
    seed(api);
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "styrmin-store-"));
    open();
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const maps = { group: "", resource: "configmaps" };
  const map = (name: string, data?: object) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    ...(data ? { data } : {}),
  });

  test("a new store begins at the clock, an old one goes on, also after a deletion", () => {
    expect(store.revision()).toBeGreaterThan(Date.now() - 10_000);
    api.create(maps, map("a"));
    api.delete(maps, "a", "default");
    const last = store.revision();
    store.close();
    open();
    expect(store.revision()).toBe(last);
    expect(api.get(maps, "a", "default")).toBeUndefined();
  });

  test("what is handed out is frozen, and a write leaves it as it was", () => {
    const made = api.create(maps, map("a", { x: "1" }));
    expect(() => (made.data.x = "2")).toThrow(TypeError);
    const changed = structuredClone(made);
    changed.data.x = "2";
    expect(api.update(maps, changed).data).toEqual({ x: "2" });
    expect(made.data).toEqual({ x: "1" });
    expect(() => api.update(maps, changed)).toThrow("the object has been modified");
  });

  test("every listener hears every change in order, also of what listeners write themselves", () => {
    const first: string[] = [];
    const second: string[] = [];
    const stops = [
      api.onChange(({ type, object }) => {
        first.push(`${type} ${object.metadata.name}`);
        if (type === "ADDED" && object.metadata.name === "a") api.create(maps, map("b"));
      }),
      api.onChange(() => {
        throw new Error("a listener that fails stops nothing");
      }),
      api.onChange(({ type, object }) => second.push(`${type} ${object.metadata.name}`)),
    ];
    api.create(maps, map("a"));
    for (const stop of stops) stop();
    api.delete(maps, "a", "default");
    expect(first).toEqual(["ADDED a", "ADDED b"]);
    expect(second).toEqual(first);
  });

  test("changes are known back to a point, and not beyond it", () => {
    const start = store.revision();
    for (let i = 0; i < 12; i++) api.create(maps, map(`m${i}`));
    expect(store.since(start)).toHaveLength(12);
    expect(store.since(store.revision() - 3)?.map(({ object }) => object.metadata.name)).toEqual([
      "m9",
      "m10",
      "m11",
    ]);
    for (let i = 12; i < 40; i++) api.create(maps, map(`m${i}`));
    expect(store.since(start)).toBeUndefined();
    expect(store.since(store.oldest())?.length).toBeGreaterThanOrEqual(10);
  });

  test("the same news is counted in one Event, and old ones are taken away", () => {
    const about = api.create(maps, map("a"));
    for (let i = 0; i < 3; i++) api.event(about, "Warning", "Odd", "it is odd", "test");
    api.event(about, "Normal", "Fine", "it is fine", "test");
    const events = { group: "", resource: "events" };
    const counts = api.list(events).map(({ reason, count }) => [reason, count]);
    expect(counts).toEqual([
      ["Odd", 3],
      ["Fine", 1],
    ]);
    expireEvents(store, writes, registry.find(events)!, Date.now() - 60_000);
    expect(api.list(events)).toHaveLength(2);
    expireEvents(store, writes, registry.find(events)!, Date.now() + 60_000);
    expect(api.list(events)).toHaveLength(0);
  });

  test("small objects are applied many times faster than a reconcile needs", () => {
    const resource = registry.find(maps)!;
    const count = 600;
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      const target = { resource, name: `m${i}`, namespace: "default" };
      writes.apply(target, map(`m${i}`, { a: "1" }), { manager: "styrmin", force: true });
    }
    // The processor's time: how much else the machine does meanwhile says nothing about us.
    const { user, system } = process.cpuUsage(before);
    const perSecond = count / ((user + system) / 1_000_000);
    expect(perSecond).toBeGreaterThan(300);
  });
});
