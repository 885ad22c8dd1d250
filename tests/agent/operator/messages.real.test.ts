import { afterAll, beforeAll, expect, test } from "bun:test";
import type { KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { pace } from "../../helpers/pace.ts";
import { describeReal } from "../../helpers/real-cluster.ts";
import { type BasicRig, startRealRig } from "./rig.ts";

/** The promise: a message that a user understands, with the object's name, within 10 s of the cluster's own word. */
const within = () => ({ timeoutMs: 10_000 * pace(), everyMs: 50 });

const container = (more = "") =>
  `{ name: main, image: busybox:1.37, imagePullPolicy: IfNotPresent, command: [sleep, "3600"]${more} }`;
const template = (more = "", spec = "") => `
  template:
    metadata: { labels: { app: web, component: web } }
    spec: { terminationGracePeriodSeconds: 0, containers: [${container(more)}]${spec} }`;
const workload = (kind: string, rest: string) => `
apiVersion: ${kind === "Job" ? "batch/v1" : "apps/v1"}
kind: ${kind}
metadata: { name: web }
spec:${kind === "Job" ? "" : `\n  selector: { matchLabels: { app: web } }`}${kind === "StatefulSet" ? "\n  serviceName: web" : ""}${rest}
`;
const quota = (hard: object): Made => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "small" },
  spec: { hard },
});
type Made = KubeObject;

interface Case {
  name: string;
  manifest: string;
  /** What the namespace has before. */
  before?: Made[];
  /** Objects of the cluster that are about the namespace. */
  around?: (namespace: string) => Made[];
  labels?: Record<string, string>;
  /** No Event tells of it. */
  quiet?: true;
  /** A pod of it starts. */
  starts?: true;
  /** Pieces of the message. */
  says: string[];
}

const refusal = { expression: "false", message: "ask the platform team" };

/** A policy on one namespace that refuses a kind. */
const policy =
  (group: string, resource: string, validation: object = refusal) =>
  (namespace: string) => {
    const admission = "admissionregistration.k8s.io/v1";
    const metadata = { name: `no-${resource}-in-${namespace}` };
    const rule = { apiGroups: [group], apiVersions: ["v1"], operations: ["CREATE"], resources: [resource] };
    const matchConstraints = {
      resourceRules: [rule],
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    };
    const validations = [validation];
    const bound = { policyName: metadata.name, validationActions: ["Deny"] };
    return [
      {
        apiVersion: admission,
        kind: "ValidatingAdmissionPolicy",
        metadata,
        spec: { matchConstraints, validations },
      },
      { apiVersion: admission, kind: "ValidatingAdmissionPolicyBinding", metadata, spec: bound },
    ];
  };

const cases: Case[] = [
  {
    name: "an admission policy does not allow a pod",
    manifest: workload("Deployment", template()),
    around: policy("", "pods"),
    says: [
      "Deployment NAMESPACE/web: ",
      "its pods are forbidden: ValidatingAdmissionPolicy 'no-pods-in-NAMESPACE'",
      "denied request: ask the platform team",
    ],
  },
  {
    name: "an admission policy does not allow an object",
    quiet: true,
    manifest: workload("Deployment", template()),
    around: policy("apps", "deployments"),
    says: [
      "Deployment NAMESPACE/web: ",
      "ValidatingAdmissionPolicy 'no-deployments-in-NAMESPACE'",
      "denied request: ask the platform team",
    ],
  },
  ...["Deployment", "StatefulSet", "DaemonSet", "Job"].map((kind) => ({
    name: `a quota leaves no room for a pod of a ${kind}`,
    manifest: workload(kind, kind === "Job" ? template("", ", restartPolicy: Never") : template()),
    before: [quota({ pods: "0" })],
    says: [
      `${kind} NAMESPACE/web: `,
      "its pods are forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0",
    ],
  })),
  {
    name: "a quota leaves no room for an object",
    quiet: true,
    manifest: "{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { ports: [{ port: 80 }] } }",
    before: [quota({ services: "0" })],
    says: ["Service NAMESPACE/web: ", "exceeded quota: small, requested: services=1"],
  },
  {
    name: "a limit range does not allow a pod's memory",
    manifest: workload("Deployment", template(", resources: { limits: { memory: 2Gi } }")),
    before: [
      {
        ...{ apiVersion: "v1", kind: "LimitRange", metadata: { name: "small" } },
        spec: { limits: [{ type: "Container", max: { memory: "1Gi" } }] },
      },
    ],
    says: [
      "Deployment NAMESPACE/web: ",
      "its pods are forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi",
    ],
  },
  {
    name: "Pod Security does not allow a pod",
    manifest: workload("StatefulSet", template("", ", hostNetwork: true")),
    labels: { "pod-security.kubernetes.io/enforce": "baseline" },
    says: [
      "StatefulSet NAMESPACE/web: ",
      'its pods are forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    ],
  },
  {
    name: "no node has what a pod asks for",
    manifest: workload("Deployment", template("", ", nodeSelector: { example.net/none: here }")),
    says: [
      "Deployment NAMESPACE/web: ",
      "pod web-",
      "no node can take it (0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector",
    ],
  },
  {
    name: "no node has the memory that a pod asks for",
    manifest: workload("Deployment", template(", resources: { requests: { memory: 900Ti } }")),
    says: [
      "Deployment NAMESPACE/web: ",
      "no node can take it (0/1 nodes are available: 1 Insufficient memory",
    ],
  },
  {
    name: "a volume cannot be mounted",
    starts: true,
    manifest: workload(
      "Deployment",
      template(
        ", volumeMounts: [{ name: a, mountPath: /a }]",
        ", volumes: [{ name: a, secret: { secretName: none } }]",
      ),
    ),
    says: [
      "Deployment NAMESPACE/web: ",
      "pod web-",
      'MountVolume.SetUp failed for volume "a" : secret "none" not found',
    ],
  },
  {
    name: "a class of volumes does not exist",
    manifest: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], storageClassName: none, resources: { requests: { storage: 1Mi } } }
---${workload("Deployment", template("", ", volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]"))}`,
    says: ["Deployment NAMESPACE/web: ", "pod has unbound immediate PersistentVolumeClaims"],
  },
  {
    name: "a budget lets no pod be evicted",
    quiet: true,
    starts: true,
    manifest: `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---${workload("Deployment", template())}`,
    says: [
      "all 2 objects are healthy; PodDisruptionBudget NAMESPACE/web: lets no pod be evicted (1 healthy, 1 needed)",
    ],
  },
  {
    name: "a probe fails",
    starts: true,
    manifest: workload(
      "Deployment",
      template(", readinessProbe: { periodSeconds: 1, exec: { command: [sh, -c, 'echo hunter2; false'] } }"),
    ),
    says: ["Deployment NAMESPACE/web: 0 of 1 pods are ready; pod web-", "its readiness probe fails"],
  },
];

describeReal("what a user is told on the real node", () => {
  let rig: BasicRig;
  let count = 0;
  beforeAll(async () => {
    rig = await startRealRig();
    rig.startOperator();
  });
  const around: Made[] = [];
  afterAll(async () => {
    for (const { apiVersion, kind, metadata } of around) {
      await rig.kube.delete({ apiVersion, kind, name: metadata.name });
    }
    await rig.stop();
  });

  const deploy = async ({
    manifest,
    before = [],
    labels = {},
    ...one
  }: Omit<Case, "says"> & { secret?: Record<string, string> }) => {
    const name = `told-${++count}`;
    const namespace = `${rig.target}-${count}`;
    await rig.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
    for (const object of before) {
      await rig.kube.create({ ...object, metadata: { ...object.metadata, namespace } });
      // A quota counts nothing before its controller has looked at it, and lets everything pass.
      if (object.kind !== "ResourceQuota") continue;
      const ref = { apiVersion: "v1", kind: object.kind, namespace, name: object.metadata.name };
      await eventually("the quota is in force", async () => (await rig.get(ref))?.status?.hard);
    }
    for (const object of one.around?.(namespace) ?? []) around.push(await rig.kube.create(object));
    if (one.around) await untilInForce(namespace);
    const digest = rig.driver({ "app.yaml": manifest });
    const { secret } = one;
    await rig.publish({ name, digest, spec: { targetNamespace: namespace }, ...(secret ? { secret } : {}) });
    return { name, namespace };
  };
  /** A policy is in force a moment after it was made. */
  const untilInForce = (namespace: string) =>
    eventually("the policy is in force", async () => {
      const metadata = { name: "trial", namespace };
      const containers = [{ name: "main", image: "busybox:1.37", env: [{ name: "A", value: "b" }] }];
      const selector = { matchLabels: { app: "trial" } };
      const template = { metadata: { labels: { app: "trial" } }, spec: { containers } };
      for (const object of [
        { apiVersion: "v1", kind: "Pod", metadata, spec: { containers } },
        { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 0, selector, template } },
      ]) {
        try {
          await rig.kube.apply(object, { manager: "test", dryRun: true });
        } catch (thrown) {
          return String(thrown).includes(`in-${namespace}`);
        }
      }
      return false;
    });
  const messageOf = async (name: string) =>
    (await rig.resource(name))?.status?.conditions?.[0]?.message ?? "";

  for (const one of cases) {
    // Where a pod has to start first, the node is not to be busy with others.
    (one.starts ? test : test.concurrent)(one.name, async () => {
      const { name, namespace } = await deploy(one);
      // From then on it is up to us, however busy the node is.
      const events = () =>
        rig.kube.list({ apiVersion: "v1", kind: "Event" }, { namespace, fieldSelector: "type=Warning" });
      if (one.quiet) await eventually("a status", async () => (await messageOf(name)) !== "");
      else await eventually("the cluster's word", async () => (await events()).items.length > 0);
      await eventually(
        `the message has ${one.says.join(" … ")}`,
        async () => {
          const message = await messageOf(name);
          const missing = one.says.find((part) => !message.includes(part.replaceAll("NAMESPACE", namespace)));
          if (missing !== undefined) throw new Error(message);
          return true;
        },
        one.quiet && one.starts ? {} : within(),
      );
      expect(JSON.stringify(await rig.resource(name))).not.toContain("hunter2");
    });
  }

  for (const kind of ["Deployment", "StatefulSet"]) {
    test(`what a policy quotes of a pod of a ${kind} is told without the secrets`, async () => {
      const quotes = {
        expression: "false",
        messageExpression: "'env is ' + object.spec.containers[0].env[0].value",
      };
      const env = ", env: [{ name: A, value: {{ parameters.password }} }]";
      const secret = { password: "hunter2-canary" };
      const { name } = await deploy({
        name: "quotes",
        manifest: workload(kind, template(env)),
        around: policy("", "pods", quotes),
        secret,
      });
      await eventually("the message is there", async () => {
        const message = await messageOf(name);
        return message.includes("env is •••") || Promise.reject(new Error(message));
      });
      expect(JSON.stringify(await rig.resource(name))).not.toContain("hunter2");
    });
  }

  test("a bare pod in a namespace that is only just being made is tried again until it may be", async () => {
    const digest = rig.driver({
      "pod.yaml": `{ apiVersion: v1, kind: Pod, metadata: { name: bare, labels: { component: web } }, spec: { terminationGracePeriodSeconds: 0, containers: [${container()}] } }`,
    });
    await rig.publish({ name: "bare", digest, spec: { targetNamespace: `${rig.target}-bare` } });
    await eventually("it is ready", async () => {
      const status = (await rig.resource("bare"))?.status;
      if (status?.conditions?.[0]?.status === "True") return true;
      throw new Error(status?.conditions?.[0]?.message);
    });
  });
});
