import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Glob } from "bun";
import { parse, parseAllDocuments } from "yaml";
import { templateOf } from "../../k8s/chart.ts";
import type { KubeObject } from "../../kube/types.ts";
import packageJson from "../../package.json" with { type: "json" };
import { realKubeconfig } from "../helpers/real-cluster.ts";

const folder = resolve(import.meta.dir, "../../k8s");
const read = (file: string) => Bun.file(join(folder, file)).text();

async function objectsOf(part: string): Promise<KubeObject[]> {
  const { resources } = parse(await read(`${part}/kustomization.yaml`)) as { resources: string[] };
  const files = resources.filter((file) => file.endsWith(".yaml"));
  const texts = await Promise.all(files.map((file) => read(`${part}/${file}`)));
  return texts.flatMap((text) => parseAllDocuments(text).map((one) => one.toJS() as KubeObject));
}

const parts = ["server", "agent", "postgres"];

describe("the manifests", () => {
  test.each(parts)(
    "of the %s ask for no more than Pod Security 'restricted' and say what they take",
    async (part) => {
      const workloads = (await objectsOf(part)).filter(({ spec }) => spec?.template);
      expect(workloads).toHaveLength(1);
      const pod = workloads[0]!.spec.template.spec;
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of pod.containers) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: {
            requests: { cpu: expect.any(String), memory: expect.any(String) },
            limits: { cpu: expect.any(String), memory: expect.any(String) },
          },
          readinessProbe: expect.any(Object),
        });
      }
    },
  );

  test.each(["server", "agent"])("of the %s have all that belongs to it, with this version", async (part) => {
    const objects = await objectsOf(part);
    const kinds = new Set(objects.map(({ kind }) => kind));
    for (const kind of ["Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"])
      expect(kinds).toContain(kind);
    const [container] = objects.find(({ kind }) => kind === "Deployment")!.spec.template.spec.containers;
    expect(container.image).toBe(`styrmin/${part}:${packageJson.version}`);
    expect(container.livenessProbe).toBeDefined();
    for (const { metadata } of objects) expect(metadata.namespace).toBe("styrmin-system");
  });

  test("of the agent keep its token and its home from the container that runs actions", async () => {
    const agent = (await objectsOf("agent")).find(({ kind }) => kind === "Deployment")!;
    const pod = agent.spec.template.spec;
    expect(pod.automountServiceAccountToken).toBe(false);
    const [own, actions] = pod.containers;
    const pathsOf = (container: any) => container.volumeMounts.map((mount: any) => mount.mountPath);
    expect(pathsOf(own)).toContain("/var/run/secrets/kubernetes.io/serviceaccount");
    expect(pathsOf(actions)).toEqual(["/run/styrmin-actions", "/tmp"]);
    expect(actions.securityContext.runAsUser).not.toBe(pod.securityContext.runAsUser);
    expect(actions).not.toHaveProperty("env");
    // A disk that an action fills would evict the agent.
    for (const { name } of actions.volumeMounts)
      expect(pod.volumes.find((volume: any) => volume.name === name).emptyDir).toEqual({
        medium: "Memory",
        sizeLimit: expect.any(String),
      });
    const socket = own.env.find(({ name }: any) => name === "STYRMIN_ACTION_SOCKET").value;
    expect(socket).toStartWith("/run/styrmin-actions/");
  });

  test("become templates where their comments say so", () => {
    const manifest = `metadata: { namespace: styrmin-system }
spec:
  # helm: {{- with .Values.x }}
  image: a:1 # helm: {{ .Values.image }}
  resources: # helm: {{ toJson .Values.resources }}
    limits: { cpu: 1 }

    requests: {}
  - ports: [{ port: 1 }] # helm: {{ .Values.ports }}
`;
    expect(templateOf(manifest)).toBe(`metadata: { namespace: {{ .Release.Namespace }} }
spec:
  {{- with .Values.x }}
  image: {{ .Values.image }}
  resources: {{ toJson .Values.resources }}
  - ports: {{ .Values.ports }}
`);
  });

  test("of the chart name only values that there are", async () => {
    const values = parse(await read("chart/values.yaml")) as Record<string, unknown>;
    const named = new Set<string>();
    for await (const path of new Glob("chart/templates/*").scan(folder)) {
      for (const [, name] of (await read(path)).matchAll(/\.Values\.([\w.]+)/g)) named.add(name!);
    }
    expect(named.size).toBeGreaterThan(10);
    for (const name of named) {
      const value = name.split(".").reduce((at: any, key) => at?.[key], values);
      expect([name, typeof value]).not.toEqual([name, "undefined"]);
    }
  });

  const beside = realKubeconfig && join(dirname(realKubeconfig), "bin/helm");
  const helm =
    process.env.STYRMIN_HELM || Bun.which("helm") || (beside && existsSync(beside) ? beside : undefined);
  test.skipIf(!helm)("are what the chart gives by default (needs helm)", async () => {
    const rendered = await helmTemplate();
    const rights = parseAllDocuments(await read("rbac/agent.yaml"));
    const plain = [...(await objectsOf("server")), ...(await objectsOf("agent"))];
    const sorted = (objects: KubeObject[]) =>
      objects
        .filter(Boolean)
        .map((object) => Bun.inspect(object, { depth: 20, sorted: true }))
        .sort();
    const wanted = [...plain, ...rights.map((one) => one.toJS() as KubeObject)];
    expect(sorted(rendered)).toEqual(sorted(wanted));
  });

  test.skipIf(!helm)(
    "of the agent have room for as many actions as the chart is told (needs helm)",
    async () => {
      const rendered = await helmTemplate("--set", "agent.actions.atOnce=5");
      const agents = rendered.filter(
        ({ kind, metadata }) => kind === "Deployment" && metadata.name === "styrmin-agent",
      );
      const { containers, volumes } = agents[0]!.spec.template.spec;
      expect(containers[1].args).toEqual(["--at-once", "5"]);
      expect(volumes.find(({ name }: any) => name === "actions-tmp").emptyDir.sizeLimit).toBe("160Mi");
    },
  );

  async function helmTemplate(...more: string[]): Promise<KubeObject[]> {
    const command = [helm!, "template", "styrmin", join(folder, "chart"), "--namespace", "styrmin-system"];
    const child = Bun.spawn([...command, ...more], { stdio: ["ignore", "pipe", "inherit"] });
    const documents = parseAllDocuments(await new Response(child.stdout).text());
    return documents.map((one) => one.toJS() as KubeObject).filter(Boolean);
  }
});
