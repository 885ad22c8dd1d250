import { describe, expect, test } from "bun:test";
import { createObjectStore, isOlder } from "../../kube/object-store.ts";
import type { KubeObject } from "../../kube/types.ts";

function object(name: string, uid: string, resourceVersion: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "n", uid, resourceVersion: String(resourceVersion) },
  };
}

const said = (changes: { type: string; object: KubeObject }[]) =>
  changes.map((one) => `${one.type} ${one.object.metadata.uid}@${one.object.metadata.resourceVersion}`);

describe("a list", () => {
  test("says what is new, changed and gone since the last one", () => {
    const store = createObjectStore();
    store.takeList([object("a", "a1", 1), object("b", "b1", 2), object("c", "c1", 3)]);
    const changes = store.takeList([object("a", "a1", 1), object("b", "b1", 5), object("d", "d1", 6)]);
    expect(said(changes)).toEqual(["MODIFIED b1@5", "ADDED d1@6", "DELETED c1@3"]);
    expect(store.all().map((one) => one.metadata.name)).toEqual(["a", "b", "d"]);
  });

  test("tells an object made anew under the same name by its UID", () => {
    const store = createObjectStore();
    store.takeList([object("a", "a1", 1)]);
    expect(said(store.takeList([object("a", "a2", 9)]))).toEqual(["DELETED a1@1", "ADDED a2@9"]);
  });

  test("changes nothing that is newer already", () => {
    const store = createObjectStore();
    store.takeEvent("ADDED", object("a", "a1", 10));
    expect(store.takeList([object("a", "a1", 9)])).toEqual([]);
    expect(store.get("n", "a")?.metadata.resourceVersion).toBe("10");
  });
});

describe("an event", () => {
  test("that is repeated or old says nothing", () => {
    const store = createObjectStore();
    store.takeEvent("ADDED", object("a", "a1", 10));
    expect(store.takeEvent("ADDED", object("a", "a1", 10))).toEqual([]);
    expect(store.takeEvent("MODIFIED", object("a", "a1", 9))).toEqual([]);
    expect(store.takeEvent("DELETED", object("a", "a1", 8))).toEqual([]);
    expect(store.all()).toHaveLength(1);
  });

  test("of another object with the name says that the earlier one is gone", () => {
    const store = createObjectStore();
    store.takeEvent("ADDED", object("a", "a1", 10));
    expect(said(store.takeEvent("ADDED", object("a", "a2", 12)))).toEqual(["DELETED a1@10", "ADDED a2@12"]);
    expect(store.takeEvent("DELETED", object("a", "a1", 11))).toEqual([]);
    expect(store.get("n", "a")?.metadata.uid).toBe("a2");
  });

  test("of deletion carries the last state and the one before", () => {
    const store = createObjectStore();
    store.takeEvent("ADDED", object("a", "a1", 10));
    const [change] = store.takeEvent("DELETED", object("a", "a1", 11));
    expect([change?.object.metadata.resourceVersion, change?.before?.metadata.resourceVersion]).toEqual([
      "11",
      "10",
    ]);
  });
});

test("versions are compared as numbers of any length, and what is no number is never older", () => {
  expect([isOlder("9", "10"), isOlder("10", "9"), isOlder("10", "10")]).toEqual([true, false, false]);
  expect(isOlder("99999999999999999998", "99999999999999999999")).toBe(true);
  expect([isOlder("abc", "10"), isOlder("", "10"), isOlder("9", "")]).toEqual([false, false, false]);
});
