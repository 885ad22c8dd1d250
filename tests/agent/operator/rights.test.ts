import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { isForbidden, KubeError } from "../../../kube/errors.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { makeAccounts } from "../../helpers/accounts.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth } from "./rig.ts";

const rbac = "rbac.authorization.k8s.io/v1";
const limits = `apiVersion: v1
kind: LimitRange
metadata: { name: "{{ instance.release_name }}" }
spec: { limits: [{ type: Container, default: { memory: 64Mi } }] }
`;
const notYet =
  'PATCH x: limitranges "limits" is forbidden: User "agent" cannot patch resource "limitranges" in API group "" in the namespace "x"';

/** A role beyond the agent's own rights, and a binding to one that the driver does not bring. */
const roles = (clusterRole: string) => `apiVersion: ${rbac}
kind: Role
metadata: { name: "{{ instance.release_name }}" }
rules: [{ apiGroups: [example.com], resources: [gadgets], verbs: [get, escort] }]
---
apiVersion: ${rbac}
kind: RoleBinding
metadata: { name: "{{ instance.release_name }}" }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${clusterRole} }
subjects: [{ kind: ServiceAccount, name: default }]
`;

describeBoth("an agent with its own rights", (start) => {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-accounts-"));
  const granted = new Set<string>();
  let rig: BasicRig;
  /** The agent's own client. */
  let own: Kube;
  /** So many writes of limits are still refused, as by an API server that has just started. */
  let refusals = 0;

  beforeAll(async () => {
    rig = await start();
    const { agent } = await makeAccounts(rig.adminKubeconfig, rig.system, dir);
    own = createKube({ config: await loadKubeAccess({ kubeconfig: agent.kubeconfig }) });
    const kube: Kube = {
      ...own,
      apply(object, options, signal) {
        if (object.kind !== "LimitRange" || refusals === 0) return own.apply(object, options, signal);
        refusals -= 1;
        return Promise.reject(new KubeError(403, "Forbidden", notYet));
      },
    };
    rig.startOperator({ kube, settings: { slowRetryMs: 300 } });
  });
  afterAll(async () => {
    for (const name of granted) await revoke(name);
    const binding = { apiVersion: rbac, kind: "ClusterRoleBinding" };
    await rig.kube.delete({ ...binding, name: `styrmin-agent-${rig.system}` });
    await rig.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const revoke = (name: string) => rig.kube.delete({ apiVersion: rbac, kind: "ClusterRole", name });
  const lacks = async (name: string, what: string) =>
    eventually(`${name} lacks ${what}`, async () => {
      const { status } = await rig.until(name, "Stalled", "True", "MissingRight");
      const { message } = status!.conditions!.find(({ type }) => type === "Stalled")!;
      if (!message.includes(what)) throw new Error(message);
      return message;
    });
  /** Does what the message says, word for word. */
  const grantAsTold = async (message: string): Promise<KubeObject> => {
    const role = parse(/kubectl apply -f - <<< '(.*)'$/.exec(message)![1]!) as KubeObject;
    granted.add(role.metadata.name);
    return rig.kube.apply(role, { manager: "somebody", force: true });
  };

  test("names what it lacks for a kind that a driver brings, and goes on once it is granted", async () => {
    await rig.publish({ name: "limits", digest: rig.driver({ "l.yaml": limits }) });
    const message = await lacks("limits", "limitranges");
    expect(message).toContain('the agent may not list limitranges (API group "") in the whole cluster');
    const role = await grantAsTold(message);
    expect(role.metadata.name).toBe("styrmin-agent-limitranges");
    expect(role.rules).toEqual([
      {
        apiGroups: [""],
        resources: ["limitranges"],
        verbs: ["get", "list", "watch", "create", "patch", "delete"],
      },
    ]);
    await rig.until("limits", "Ready", "True");
  });

  test("does not call unready what runs when it is refused for a moment", async () => {
    const limit = { apiVersion: "v1", kind: "LimitRange", namespace: rig.target, name: "limits" };
    const readySince = async () => {
      const { status } = await rig.until("limits", "Ready", "True");
      return status!.conditions!.find(({ type }) => type === "Ready")!.lastTransitionTime;
    };
    const before = await readySince();
    refusals = 3;
    const { spec } = (await rig.kube.get(limit))!;
    spec.limits[0].default.memory = "128Mi";
    const edit = {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "limits", namespace: rig.target },
    };
    await rig.kube.apply({ ...edit, spec }, { manager: "somebody", force: true });
    await eventually("it is repaired", async () => {
      return (await rig.kube.get(limit))!.spec.limits[0].default.memory === "64Mi";
    });
    expect(refusals).toBe(0);
    expect(await readySince()).toBe(before);
  });

  test("stalls what runs when a right is taken away, and goes on when it is back", async () => {
    await revoke("styrmin-agent-limitranges");
    // A real cluster takes a rule out of an aggregated role a moment later.
    await eventually("the right is away", () =>
      own.list({ apiVersion: "v1", kind: "LimitRange" }, { namespace: rig.target }).then(
        () => false,
        (thrown) => isForbidden(thrown),
      ),
    );
    const limit = { apiVersion: "v1", kind: "LimitRange", namespace: rig.target, name: "limits" };
    const more = rig.driver({ "l.yaml": limits.replace("64Mi", "96Mi") });
    await rig.publish({ name: "limits", digest: more, generation: 2 });
    const message = await lacks("limits", "limitranges");
    expect((await rig.kube.get(limit))!.spec.limits[0].default.memory).toBe("64Mi");
    await grantAsTold(message);
    await rig.until("limits", "Ready", "True");
    expect((await rig.kube.get(limit))!.spec.limits[0].default.memory).toBe("96Mi");
    await rig.publish({ name: "limits", digest: more, generation: 3, spec: { phase: "Deleting" } });
    await rig.until("limits", "Finalized", "True");
  });

  test("gives no right that it has not got, and says which", async () => {
    const clusterRole = `lent-${rig.system}`;
    granted.add(clusterRole);
    const rules = [{ apiGroups: ["example.com"], resources: ["tools"], verbs: ["get"] }];
    await rig.kube.create({ apiVersion: rbac, kind: "ClusterRole", metadata: { name: clusterRole }, rules });
    await rig.publish({ name: "gives", digest: rig.driver({ "r.yaml": roles(clusterRole) }) });
    await grantAsTold(await lacks("gives", "roles (API group"));
    await grantAsTold(await lacks("gives", "rolebindings (API group"));
    const role = await grantAsTold(
      await lacks("gives", "may not give rights that it has not got: get, escort gadgets"),
    );
    expect(role.rules).toEqual([
      { apiGroups: ["example.com"], resources: ["gadgets"], verbs: ["get", "escort"] },
    ]);
    const binding = await lacks("gives", "tools");
    expect(binding).toContain(`RoleBinding ${rig.target}/gives`);
    await grantAsTold(binding);
    await rig.until("gives", "Ready", "True");
  });
});
