import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a driver of one Deployment, whose pods run what the parameters say; answers its folder. */
export function writePodsDriver(folder: string): string {
  return writeDriver(folder, "pods", {
    "driver.styrmin.yml": specOf(
      "pods",
      `    - { name: image, kind: string, default: busybox }
    - { name: command, kind: list, default: [sleep, "1000"] }`,
    ),
    "manifests/pods.yaml": deployment({ image: "{{ parameters.image | tojson }}" }),
  });
}

/** The same of one StatefulSet. */
export function writeStoreDriver(folder: string): string {
  // With a probe what ends at once is never ready, however late a busy node tells of its end.
  const probe = '          readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 }\n';
  const pods = deployment({ image: "{{ parameters.image | tojson }}" }) + probe;
  return writeDriver(folder, "store", {
    "driver.styrmin.yml": specOf(
      "store",
      `    - { name: image, kind: string, default: "busybox:1.37" }
    - { name: command, kind: list, default: [sleep, "1000"] }`,
    ),
    "manifests/store.yaml": pods
      .replace("kind: Deployment", "kind: StatefulSet")
      .replace("\nspec:\n", "\nspec:\n  serviceName: store\n"),
  });
}

/**
 * An object of every kind that the agent's own rights name, a secret parameter, and an action that runs a command. With `all: false` there is
 * one ConfigMap left.
 */
export function writeKindsDriver(folder: string): string {
  const name = "{{ instance.release_name }}";
  const pod = `{ metadata: { labels: { app: ${name}, part: main } }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: main, image: "busybox:1.37", command: [sleep, "1000"] }] } }`;
  const once = `{ spec: { restartPolicy: Never, containers: [{ name: main, image: "busybox:1.37", command: ["true"] }] } }`;
  const object = (apiVersion: string, kind: string, rest: string) =>
    `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name} }\n${rest}`;
  const selector = `selector: { matchLabels: { app: ${name} } }`;
  const all = [
    object("v1", "Secret", "stringData: { password: {{ parameters.password | tojson }} }\n"),
    object("v1", "ServiceAccount", ""),
    object("v1", "Service", `spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }\n`),
    object(
      "v1",
      "PersistentVolumeClaim",
      "spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }\n",
    ),
    object(
      "v1",
      "Pod",
      `spec: { terminationGracePeriodSeconds: 0, containers: [{ name: main, image: "busybox:1.37", command: [sleep, "1000"] }] }\n`,
    ),
    object("apps/v1", "Deployment", `spec: { ${selector}, template: ${pod} }\n`),
    object("apps/v1", "DaemonSet", `spec: { ${selector}, template: ${pod} }\n`),
    object("apps/v1", "StatefulSet", `spec: { serviceName: x, ${selector}, template: ${pod} }\n`),
    object("batch/v1", "Job", `spec: { template: ${once} }\n`),
    object(
      "batch/v1",
      "CronJob",
      `spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: ${once} } } }\n`,
    ),
    object(
      "networking.k8s.io/v1",
      "Ingress",
      `spec: { defaultBackend: { service: { name: ${name}, port: { number: 80 } } } }\n`,
    ),
    object(
      "networking.k8s.io/v1",
      "NetworkPolicy",
      `spec: { podSelector: { matchLabels: { app: none } } }\n`,
    ),
    object("policy/v1", "PodDisruptionBudget", `spec: { minAvailable: 1, ${selector} }\n`),
    object(
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      `spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${name} } }\n`,
    ),
  ];
  return writeDriver(folder, "kinds", {
    "driver.styrmin.yml": specOf(
      "kinds",
      `    - { name: all, kind: boolean, default: true }
    - { name: password, kind: secret, generate: { length: 20 } }
  actions:
    - { name: look, hook: setup, mode: post, location: "actions.ts::look" }`,
    ).replace("{ app: kinds }", "{ part: main }"),
    "actions.ts": `export async function look(ctx) {
  await ctx.scale("main", 2);
  await ctx.exec("main", ["true"]);
}
`,
    "manifests/kinds.yaml":
      object("v1", "ConfigMap", `data: { all: "{{ parameters.all }}" }\n`) +
      `{% if parameters.all %}\n${all.join("")}{% endif %}\n`,
  });
}

/** An application of two components, with an action at every hook of a flow; its notes are kept in a volume. */
export function writeActsDriver(folder: string): string {
  const name = "{{ instance.release_name }}";
  const workload = (part: string, more: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}-${part} }
spec:
  strategy: { type: Recreate }
  selector: { matchLabels: { app: ${name}, part: ${part} } }
  template:
    metadata: { labels: { app: ${name}, part: ${part} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: busybox:1.37
          imagePullPolicy: IfNotPresent
          command: [sh, -c, "sleep 1000000"]
          env:
            - { name: VERSION, value: {{ app.version | tojson }} }
            - { name: PASSWORD, value: {{ parameters.password | tojson }} }
${more}`;
  const action = (place: string, action: string, prompts = "[]") => {
    const [hook, mode] = place.split("/");
    const location = `actions.ts::${action.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}`;
    return `    - { name: ${action}, hook: ${hook}, mode: ${mode}, location: "${location}", prompts: ${prompts} }`;
  };
  return writeDriver(folder, "acts", {
    "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: acts }
spec:
  version: "1"
  supported_versions: ">=1.0,<10.0"
  components:
    web: { identifier: { label: { part: web } } }
    worker: { identifier: { label: { part: worker } } }
  parameters:
    - { name: note, kind: string, default: none }
    - { name: password, kind: secret, generate: { length: 20 } }
  actions:
${action("setup/pre", "prepare")}
${action("setup/core", "own", "[{ name: owner, kind: string, min_length: 2 }]")}
${action("setup/post", "welcome")}
${action("upgrade/pre", "stop-worker")}
${action("upgrade/pre", "linger", "[{ name: way, kind: enum, values: [none, safe, unsafe, wait], default: none }]")}
${action("upgrade/core", "through")}
${action("upgrade/post", "migrate", "[{ name: luck, kind: boolean, default: true }]")}
${action("delete/pre", "farewell")}
${action("backup/pre", "dump")}
`,
    "manifests/acts.yaml": `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
${workload("web", `          volumeMounts: [{ name: data, mountPath: /data }]\n      volumes: [{ name: data, persistentVolumeClaim: { claimName: ${name} } }]\n`)}${workload("worker", "")}`,
    "actions.ts": actsText,
  });
}

const actsText = `import type { ActionContext } from "@styrmin/driver-kit";

const note = (ctx: ActionContext, text: string) =>
  ctx.exec("web", ["sh", "-c", 'echo "$1" >> /data/notes', "sh", text]);

export function prepare(ctx: ActionContext) {
  ctx.log("prepares " + ctx.context.app.version);
}

export async function own(ctx: ActionContext) {
  await note(ctx, "owned by " + ctx.prompts.owner);
}

export async function welcome(ctx: ActionContext) {
  const two = await ctx.step("count", () => 2);
  await ctx.scale("worker", two);
  const { stdout } = await ctx.exec("worker", ["sh", "-c", "echo the password is $PASSWORD"]);
  ctx.log(stdout);
}

export async function stopWorker(ctx: ActionContext) {
  await ctx.stopComponents("worker");
  const { from, to } = ctx.context.upgrade!;
  await note(ctx, "from " + from + " to " + to);
}

export async function linger(ctx: ActionContext) {
  const { way } = ctx.prompts;
  if (way === "none") return;
  await note(ctx, "lingers");
  if (way === "wait") await ctx.step("wait", () => new Promise(() => {}));
  await ctx.exec("web", ["sh", "-c", "until [ -e /tmp/over ]; do sleep 0.1; done"], { idempotent: way === "safe" });
  await note(ctx, "went on");
}

export async function through(ctx: ActionContext) {
  if (ctx.context.upgrade!.to === "3.0.0") await ctx.upgradeTo("2.0.0");
  await ctx.upgradeTo(ctx.context.app.version);
}

export async function migrate(ctx: ActionContext) {
  const { stdout } = await ctx.exec("web", ["sh", "-c", "echo $VERSION"]);
  await note(ctx, "migrates " + stdout.trim());
  if (!ctx.prompts.luck) throw new Error("no luck");
  await ctx.startComponents("worker");
}

export async function farewell(ctx: ActionContext) {
  const { stdout } = await ctx.exec("web", ["cat", "/data/notes"]);
  for (const line of stdout.trim().split("\\n")) ctx.log("note: " + line);
}
`;

/** What the agent may not do by itself: a kind beyond its own, a role that gives more than it has, and its binding. */
export function writeGuardDriver(folder: string): string {
  const name = "{{ instance.release_name }}";
  const rbac = "rbac.authorization.k8s.io";
  return writeDriver(folder, "guard", {
    "driver.styrmin.yml": specOf("guard", "    - { name: memory, kind: string, default: 64Mi }"),
    "manifests/guard.yaml": `apiVersion: v1
kind: LimitRange
metadata: { name: ${name} }
spec: { limits: [{ type: Container, default: { memory: "{{ parameters.memory }}" } }] }
---
apiVersion: ${rbac}/v1
kind: Role
metadata: { name: ${name} }
rules: [{ apiGroups: [""], resources: [pods/exec], verbs: [create] }]
---
apiVersion: ${rbac}/v1
kind: RoleBinding
metadata: { name: ${name} }
roleRef: { apiGroup: ${rbac}, kind: Role, name: ${name} }
subjects: [{ kind: ServiceAccount, name: default }]
`,
  });
}

/** Twenty secrets and more ways to go wrong with them than a driver should find. */
export function writeVaultDriver(folder: string, secrets: string[]): string {
  const parameters = secrets.map((name) => `    - { name: ${name}, kind: secret }`);
  const words = ["fine", "render", "yaml", "label", "type", "kind", "name", "command", "missing"];
  parameters.push(`    - { name: mode, kind: enum, values: [${words.join(", ")}], default: fine }`);
  // The server tries templates with made-up secrets: only what hangs on the true ones fails in the agent.
  const real = '"canary" in parameters.s1';
  const extra = `
---
apiVersion: v1
kind: Secret
metadata: { name: {{ instance.release_name }} }
stringData:
{%- for name, value in parameters | items if name != "mode" %}
  {{ name }}: {{ value | tojson }}
{%- endfor %}
{%- if ${real} and parameters.mode == "render" %}{% for i in range(parameters.s1) %}{% endfor %}{% endif %}
{%- if ${real} and parameters.mode == "yaml" %}
a: [{{ parameters.s1 }}: {{ parameters.s2 }}: {
{%- endif %}
{%- if ${real} and parameters.mode in ["label", "type", "kind", "name"] %}
---
apiVersion: {{ "apps/v1" if parameters.mode == "type" else "v1" }}
kind: {{ parameters.s1 | tojson if parameters.mode == "kind" else "Deployment" if parameters.mode == "type" else "ConfigMap" }}
metadata:
  name: {{ parameters.s3 | tojson if parameters.mode == "name" else "extra" }}
  {%- if parameters.mode == "label" %}
  labels: { a: {{ parameters.s2 | tojson }}, b: {{ parameters.s5 | tojson }}, c: {{ parameters.s10 | tojson }}, d: {{ parameters.s12 | tojson }} }
  {%- endif %}
{%- if parameters.mode == "type" %}
spec: { replicas: {{ parameters.s1 | tojson }} }
{%- endif %}
{%- endif %}
`;
  const command = `{{ ([parameters.s1, parameters.s2] if parameters.mode == "command" else ["sleep", "1000"]) | tojson }}`;
  const image = `{{ "busybox:missing" if parameters.mode == "missing" else "busybox:1.37" }}`;
  return writeDriver(folder, "vault", {
    "driver.styrmin.yml": specOf("vault", parameters.join("\n")),
    "manifests/vault.yaml": deployment({ image, command, envFrom: true }) + extra,
  });
}

function specOf(name: string, parameters: string): string {
  return `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: ${name} }
spec:
  version: "1"
  supported_versions: ">=1.0,<2.0"
  default_version: "1.0.0"
  manifests: manifests/
  components:
    main: { identifier: { label: { app: ${name} } } }
  parameters:
${parameters}
`;
}

function deployment({
  image,
  command = "{{ parameters.command | tojson }}",
  envFrom = false,
}: {
  image: string;
  command?: string;
  envFrom?: boolean;
}): string {
  const name = "{{ instance.release_name }}";
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, labels: &labels { app: {{ app.name }}, instance: ${name} } }
spec:
  # Without a probe a container that ends at once is ready for a moment, and a busy machine may see just that.
  minReadySeconds: 1
  selector: { matchLabels: *labels }
  template:
    metadata: { labels: *labels }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: ${image}
          command: ${command}
${envFrom ? `          envFrom: [{ secretRef: { name: ${name} } }]\n` : ""}`;
}

function writeDriver(folder: string, name: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(folder, name);
}
