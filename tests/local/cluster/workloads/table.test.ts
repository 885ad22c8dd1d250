import { describe, expect, test } from "bun:test";
import { humanDuration } from "../../../../local/cluster/duration.ts";
import { readJsonPath } from "../../../../local/cluster/json-path.ts";
import { tableOf } from "../../../../local/cluster/table.ts";
import type { KubeObject } from "../../../../local/cluster/types.ts";

const now = new Date("2026-01-01T00:10:00Z");
const metadata = {
  name: "a",
  namespace: "n",
  uid: "u",
  resourceVersion: "7",
  creationTimestamp: "2026-01-01T00:00:00Z",
};
const made = (rest: Record<string, unknown>, more = {}) =>
  ({ apiVersion: "v1", kind: "X", metadata: { ...metadata, ...more }, ...rest }) as KubeObject;

function pod(status: Record<string, unknown>, more = {}): unknown[] {
  const spec = { containers: [{ name: "c" }], initContainers: [{ name: "i" }] };
  return tableOf({ group: "", resource: "pods" }, [made({ spec, status }, more)], { now }).rows[0]!.cells;
}

describe("tables", () => {
  test("a pod's status is the word kubectl prints, not its phase", () => {
    const container = (state: unknown, rest = {}) => ({
      containerStatuses: [{ name: "c", ready: false, restartCount: 0, state, ...rest }],
    });
    const word = (status: Record<string, unknown>, more = {}) => pod(status, more)[2];
    expect(word({ phase: "Pending" })).toBe("Pending");
    expect(word({ phase: "Pending", ...container({ waiting: { reason: "ImagePullBackOff" } }) })).toBe(
      "ImagePullBackOff",
    );
    expect(word({ phase: "Running", ...container({ running: {} }) })).toBe("Running");
    expect(
      word({ phase: "Succeeded", ...container({ terminated: { reason: "Completed", exitCode: 0 } }) }),
    ).toBe("Completed");
    expect(word({ phase: "Failed", ...container({ terminated: { exitCode: 3 } }) })).toBe("ExitCode:3");
    expect(word({ phase: "Pending", initContainerStatuses: [{ name: "i", state: { running: {} } }] })).toBe(
      "Init:0/1",
    );
    expect(word({ phase: "Running" }, { deletionTimestamp: "2026-01-01T00:09:00Z" })).toBe("Terminating");
    const lastState = { terminated: { finishedAt: "2026-01-01T00:09:30Z" } };
    expect(
      pod({ phase: "Running", ...container({ running: {} }, { restartCount: 2, ready: true, lastState }) }),
    ).toEqual(["a", "1/1", "Running", "2 (30s ago)", "10m", "<none>", "<none>", "<none>", "<none>"]);
  });

  test("a custom resource shows its printer columns, or its age when there are none", () => {
    const thing = made({
      spec: { size: 3 },
      status: { conditions: [{ type: "Ready", status: "True" }], at: "2026-01-01T00:09:00Z" },
    });
    const columns = [
      { name: "Size", type: "integer", jsonPath: ".spec.size" },
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "At", type: "date", jsonPath: ".status.at", priority: 1 },
      { name: "None", type: "string", jsonPath: ".status.none" },
    ];
    const resource = { group: "x.io", resource: "things" };
    const table = tableOf(resource, [thing], { columns, now });
    expect(table.columnDefinitions.map((each) => [each.name, each.type, each.priority])).toEqual([
      ["Name", "string", 0],
      ["Size", "integer", 0],
      ["Ready", "string", 0],
      ["At", "date", 1],
      ["None", "string", 0],
    ]);
    expect(table.rows[0]?.cells).toEqual(["a", 3, "True", "60s", null]);
    expect(table.rows[0]?.object).toEqual({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: thing.metadata,
    });
    expect(tableOf(resource, [thing], { now, includeObject: "None" }).rows).toEqual([
      { cells: ["a", "10m"] },
    ]);
  });

  test("every built-in kind prints an object that is empty but for its metadata", () => {
    for (const [group, resources] of Object.entries({
      "": ["pods", "services", "configmaps", "secrets", "namespaces", "nodes", "events", "endpoints"],
      apps: ["deployments", "replicasets", "statefulsets", "daemonsets"],
      batch: ["jobs"],
      "networking.k8s.io": ["ingresses"],
      "discovery.k8s.io": ["endpointslices"],
      "storage.k8s.io": ["storageclasses"],
    })) {
      for (const resource of resources) {
        const { columnDefinitions, rows } = tableOf({ group, resource }, [made({})], { now });
        expect(rows[0]?.cells.length).toBe(columnDefinitions.length);
      }
    }
  });

  test("durations read as kubectl writes them", () => {
    const written = [0, 45, 119, 121, 486, 3600, 10_900, 90_000, 180_000, 86_400 * 10].map((seconds) =>
      humanDuration(seconds * 1000),
    );
    expect(written).toEqual(["0s", "45s", "119s", "2m1s", "8m6s", "60m", "3h1m", "25h", "2d2h", "10d"]);
  });

  test("paths reach quoted names, indexes, all items and filtered ones", () => {
    const object = { a: { "b.c": [{ n: 1 }, { n: 2, on: true }] } };
    expect(readJsonPath(object, ".a['b.c'][1].n")).toBe(2);
    expect(readJsonPath(object, ".a.b\\.c[-1].n")).toBe(2);
    expect(readJsonPath(object, "{.a['b.c'][*].n}")).toBe(1);
    expect(readJsonPath(object, ".a['b.c'][?(@.on==true)].n")).toBe(2);
    expect(readJsonPath(object, ".x.y.z")).toBeUndefined();
  });
});
