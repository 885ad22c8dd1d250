import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { type LeaseGuard, startLeaseGuard } from "../../kube/lease.ts";
import type { Kube } from "../../kube/types.ts";
import { silentLog } from "../../lib/log.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import type { FaultProxy } from "../helpers/proxy.ts";
import { onClusters, type Rig } from "./cluster.ts";

onClusters("a lease guard", (startRig) => {
  let rig: Rig;
  let proxy: FaultProxy;
  let admin: Kube;
  /** Goes through the proxy. */
  let kube: Kube;
  let lease: { apiVersion: string; kind: string; namespace: string };
  let name: string;
  let stop: AbortController;
  let count = 0;

  beforeAll(async () => {
    rig = await startRig();
    ({ proxy, admin } = rig);
    kube = await rig.throughProxy(300);
    lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: await rig.makeNamespace() };
  });

  beforeEach(() => {
    name = `agent-${++count}`;
    stop = new AbortController();
  });

  afterEach(() => {
    stop.abort(new Error("the test is over"));
    proxy.clear();
  });

  afterAll(() => rig.stop());

  /** Its lease lasts so long, unless a test waits for the end of it, that no slow machine is what loses it. */
  function guard(identity: string, through = admin, signal = stop.signal, durationMs = 60_000): LeaseGuard {
    const times = { durationMs, renewMs: 150 };
    return startLeaseGuard({
      kube: through,
      namespace: lease.namespace,
      name,
      identity,
      ...times,
      signal,
      log: silentLog,
    });
  }

  const holder = async () => (await admin.get({ ...lease, name }))?.spec.holderIdentity;

  test("the first to come holds the lease and keeps it", async () => {
    const first = guard("one");
    await first.whenHeld(stop.signal);
    const second = guard("two");
    const lost = first.lostSignal();
    const renewedAt = (await admin.get({ ...lease, name }))?.spec.renewTime;
    await eventually(
      "it is renewed",
      async () => (await admin.get({ ...lease, name }))?.spec.renewTime !== renewedAt,
    );
    expect([first.held(), second.held(), lost.aborted, second.lostSignal().aborted]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test("of many who come at once one gets it", async () => {
    const guards = Array.from({ length: 6 }, (_, i) => guard(`candidate ${i}`));
    await Promise.race(guards.map((one) => one.whenHeld(stop.signal)));
    await eventually("all have looked", () => guards.filter((one) => one.held()).length === 1);
  });

  test("another takes over when the holder falls silent, and not before the holder has let go", async () => {
    const shortMs = 1_500 * pace();
    const first = guard("one", kube, stop.signal, shortMs);
    await first.whenHeld(stop.signal);
    const second = guard("two", admin, stop.signal, shortMs);
    let lostAt = 0;
    first.lostSignal().addEventListener("abort", () => (lostAt = performance.now()));
    proxy.add({ path: /leases/, fault: { kind: "hang" } });
    await second.whenHeld(stop.signal);
    const takenAt = performance.now();
    expect(first.held()).toBe(false);
    expect(lostAt).toBeGreaterThan(0);
    expect(lostAt).toBeLessThan(takenAt);
    expect(await holder()).toBe("two");
    proxy.clear();
    const before = proxy.requests.length;
    await eventually("the first has looked again", () => proxy.requests.length > before + 1);
    expect(first.held()).toBe(false);
  });

  test("a lease that is given up is taken at once", async () => {
    const first = guard("one");
    await first.whenHeld(stop.signal);
    const second = guard("two");
    await eventually("the second waits", async () => !second.held());
    await first.release();
    expect(first.lostSignal().aborted).toBe(true);
    const began = performance.now();
    await second.whenHeld(stop.signal);
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await holder()).toBe("two");
  });

  test("a process that ends leaves its lease free for the next, however long it lasts", async () => {
    const ending = new AbortController();
    const long = {
      kube: admin,
      namespace: lease.namespace,
      name,
      durationMs: 60_000,
      renewMs: 500,
      log: silentLog,
    };
    const first = startLeaseGuard({ ...long, identity: "one", signal: ending.signal });
    await first.whenHeld(stop.signal);
    const second = startLeaseGuard({ ...long, identity: "two", signal: stop.signal });
    ending.abort(new Error("SIGTERM"));
    await first.release();
    expect(await holder()).toBe("");
    const began = performance.now();
    await second.whenHeld(stop.signal);
    expect(performance.now() - began).toBeLessThan(long.durationMs / 2);
  });

  test("the same identity goes on at once after a crash, and the earlier process lets go", async () => {
    const crashed = new AbortController();
    const first = guard("one", admin, crashed.signal);
    await first.whenHeld(stop.signal);
    crashed.abort(new Error("crashed"));
    const began = performance.now();
    const second = guard("one");
    await second.whenHeld(stop.signal);
    expect(performance.now() - began).toBeLessThan(30_000);

    const third = guard("one");
    await third.whenHeld(stop.signal);
    await eventually("the second has let go", () => second.lostSignal().aborted);
    expect([second.held(), third.held()]).toEqual([false, true]);
  });

  test("a renewal that fails once loses nothing", async () => {
    const first = guard("one", kube);
    await first.whenHeld(stop.signal);
    proxy.add({ path: /leases/, nth: 1, fault: { kind: "status", code: 500 } });
    proxy.add({ method: "PATCH", path: /leases/, nth: 1, fault: { kind: "drop-after" } });
    const before = proxy.count("PATCH", /leases/);
    await eventually("it is renewed again", () => proxy.count("PATCH", /leases/) >= before + 3);
    expect(first.lostSignal().aborted).toBe(false);
  });

  test("waiting for a lease ends with the caller's signal, and with the guard's", async () => {
    await guard("one").whenHeld(stop.signal);
    const second = guard("two");
    const caller = new AbortController();
    const waiting = second.whenHeld(caller.signal);
    caller.abort(new Error("no more patience"));
    expect(waiting).rejects.toThrow("no more patience");
    const stopped = second.whenHeld(new AbortController().signal);
    stop.abort(new Error("all stops"));
    expect(stopped).rejects.toThrow("all stops");
  });
});
