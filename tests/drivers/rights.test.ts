import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import {
  clusterRoleText,
  kindsNamedIn,
  objectVerbs,
  ownVerbs,
  pluralOf,
  rightsBeyondOwn,
} from "../../drivers/kit/index.ts";
import { loadDriver } from "../../server/drivers/load.ts";
import { manifestObjects } from "../helpers/accounts.ts";

const rbac = "rbac.authorization.k8s.io";
const object = (apiVersion: string, kind: string, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: "x" },
  ...more,
});
const crd = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
  spec: { group: "example.com", names: { kind: "Goose", plural: "geese" } },
});

describe("the rights a driver needs", () => {
  test("are none for the kinds of the agent's own rights, which are those of k8s/rbac/agent.yaml", () => {
    const base = manifestObjects("rbac/agent.yaml").find(
      ({ metadata }) => metadata.name === "styrmin-agent-base",
    );
    const covered = new Map<string, string[]>();
    for (const { apiGroups, resources, resourceNames, verbs } of base!.rules) {
      for (const group of apiGroups) {
        for (const resource of resources) {
          const key = `${group}/${resource}`;
          if (!resourceNames && !resource.includes("/"))
            covered.set(key, [...(covered.get(key) ?? []), ...verbs]);
        }
      }
    }
    expect(covered.size).toBeGreaterThan(14);
    for (const [key, verbs] of covered) {
      const [group, resource] = key.split("/") as [string, string];
      expect([key, [...ownVerbs(group, resource)].sort()]).toEqual([key, [...verbs].sort()]);
    }
    expect(ownVerbs("", "limitranges")).toEqual([]);
    expect(ownVerbs("rbac.authorization.k8s.io", "roles")).toEqual([]);
  });

  test.each([
    ["of an application's own kinds", [object("apps/v1", "Deployment"), object("v1", "Secret")], []],
    [
      "of kinds beyond, one rule for a group",
      [
        object("v1", "LimitRange"),
        object("v1", "ResourceQuota"),
        object("scheduling.k8s.io/v1", "PriorityClass"),
      ],
      [
        { apiGroups: [""], resources: ["limitranges", "resourcequotas"], verbs: objectVerbs },
        { apiGroups: ["scheduling.k8s.io"], resources: ["priorityclasses"], verbs: objectVerbs },
      ],
    ],
    [
      "of a definition, and of what it defines by the name that it says",
      [object("example.com/v1", "Goose"), crd],
      [
        { apiGroups: ["example.com"], resources: ["geese"], verbs: objectVerbs },
        { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: objectVerbs },
      ],
    ],
    [
      "of a role: what it gives",
      [
        object(`${rbac}/v1`, "Role", {
          rules: [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }],
        }),
      ],
      [
        { apiGroups: [rbac], resources: ["roles"], verbs: objectVerbs },
        { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] },
      ],
    ],
    [
      "of a binding to a role that is not the driver's: that one",
      [object(`${rbac}/v1`, "RoleBinding", { roleRef: { kind: "ClusterRole", name: "view" } })],
      [
        { apiGroups: [rbac], resources: ["rolebindings"], verbs: objectVerbs },
        { apiGroups: [rbac], resources: ["clusterroles"], resourceNames: ["view"], verbs: ["bind"] },
      ],
    ],
  ])("%s", (_, objects, rules) => expect(rightsBeyondOwn(objects)).toEqual(rules));

  test("kinds are named in the plural as the API mostly does", () => {
    const kinds = ["Ingress", "NetworkPolicy", "Endpoints", "Gateway", "Box", "StorageClass", "Widget"];
    expect(kinds.map(pluralOf)).toEqual([
      "ingresses",
      "networkpolicies",
      "endpoints",
      "gateways",
      "boxes",
      "storageclasses",
      "widgets",
    ]);
  });

  test("kinds are found in templates, also where a condition hides them", () => {
    const text = `{% if false %}
apiVersion: example.com/v1 # a comment
kind: "Widget"
metadata: { name: w }
{% endif %}
---
apiVersion: v1
kind: {{ parameters.kind }}
---
kind: Namespace
apiVersion: v1
`;
    expect(kindsNamedIn(text)).toEqual([{ apiVersion: "example.com/v1", kind: "Widget" }]);
  });

  test("are written as a ClusterRole that adds to the agent's, on lines or on one", () => {
    const rules = rightsBeyondOwn([object("v1", "LimitRange")]);
    const text = clusterRoleText("some", rules);
    expect(parse(text)).toEqual({
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRole",
      metadata: { name: "some", labels: { "styrmin.io/aggregate-to-agent": "true" } },
      rules,
    });
    const line = clusterRoleText("some", rules, { oneLine: true });
    expect([line.includes("\n"), parse(line)]).toEqual([false, parse(text)]);
  });
});

describe("a load", () => {
  const folder = mkdtempSync(join(tmpdir(), "styrmin-rights-"));
  const load = (path: string) =>
    loadDriver(
      { kind: "directory", path },
      { allowLoopbackGit: false, allowPrivateGit: false, directories: [folder, resolve("drivers")] },
    );

  test("tells nothing of the bundled drivers", async () => {
    for (const name of ["hello", "notes"]) expect((await load(resolve("drivers", name))).rights).toEqual([]);
  });

  test("tells what is made and what may be made", async () => {
    mkdirSync(join(folder, "manifests"));
    writeFileSync(
      join(folder, "driver.styrmin.yml"),
      `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: many }
spec: { version: "1", supported_versions: "1.0.0", manifests: manifests/ }
`,
    );
    writeFileSync(
      join(folder, "manifests/all.yaml"),
      `apiVersion: v1
kind: Namespace
metadata: { name: "{{ instance.namespace }}" }
---
apiVersion: ${rbac}/v1
kind: Role
metadata: { name: "{{ instance.release_name }}" }
rules: [{ apiGroups: [""], resources: [pods/exec], verbs: [create] }]
{% if parameters.limits %}
---
apiVersion: v1
kind: LimitRange
metadata: { name: "{{ instance.release_name }}" }
{% endif %}
`,
    );
    const { rights } = await load(folder);
    rmSync(folder, { recursive: true });
    expect(rights).toEqual([
      { apiGroups: [rbac], resources: ["roles"], verbs: objectVerbs },
      { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] },
      { apiGroups: [""], resources: ["limitranges"], verbs: objectVerbs },
    ]);
  });
});
