import { deployment, map, service } from "../bodies.ts";
import { cases, refused, told } from "../case.ts";
import { owners } from "../owners.ts";
import type { Answer } from "../../helpers/kube-http.ts";

const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: name })) });
const envOf = ({ body }: Answer) =>
  body.spec?.template.spec.containers[0].env?.map(({ name, value }: any) => `${name}=${value}`);

/** Server-side apply: what becomes of lists, maps and values. */
export const merging = cases({
  "lists by key: own items come and go, others' stay, in the request's order": async ({ apply, at }) => {
    const path = at("apps/v1/deployments", "d");
    await apply(path, deployment("d", env("A", "Z")));
    const other = deployment("d", env("B"));
    const second = await apply(path, { ...other, spec: { ...other.spec } }, "m2");
    const third = await apply(path, deployment("d", env("NEW", "A")));
    return [second, third].map((answer) => [envOf(answer), owners(answer)]);
  },
  "lists by key: new items stand where the request has them": async ({ apply, at }) => {
    const part = (name: string, ...names: string[]) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: { template: { spec: { containers: [{ name: "c", ...env(...names) }] } } },
    });
    const orders = [];
    for (const [name, ...names] of [
      ["x", "NEW", "A"],
      ["y", "A", "NEW"],
      ["z", "Z", "NEW", "A"],
    ]) {
      await apply(at("apps/v1/deployments", name!), deployment(name!, env("A", "Z")));
      const answer = await apply(at("apps/v1/deployments", name!), part(name!, ...names), "m2");
      orders.push(answer.code === 200 ? envOf(answer) : told(answer));
    }
    return orders;
  },
  "items that are atomic themselves": async ({ apply, at }) => {
    const sent = deployment("d");
    const spec = { ...sent.spec.template.spec, imagePullSecrets: [{ name: "s" }] };
    const template = { ...sent.spec.template, spec };
    const made = await apply(at("apps/v1/deployments", "d"), { ...sent, spec: { ...sent.spec, template } });
    return owners(made);
  },
  "one field of an item by key belongs to another": async ({ apply, at }) => {
    const path = at("apps/v1/deployments", "d");
    await apply(path, deployment("d"));
    const container = { name: "c", workingDir: "/tmp" };
    const part = (extra: object) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { template: { spec: { containers: [{ ...container, ...extra }] } } },
    });
    const added = await apply(path, part({}), "m2");
    return [
      [added.body.spec.template.spec.containers[0].workingDir, owners(added)],
      told(await apply(path, part({ image: "other" }), "m2")),
    ];
  },
  "atomic lists have one owner": async ({ apply, at }) => {
    const path = at("apps/v1/deployments", "d");
    await apply(path, deployment("d", { command: ["a", "b"] }));
    return [
      told(await apply(path, deployment("d", { command: ["a", "c"] }), "m2")),
      (await apply(path, deployment("d", { command: ["x"] }), "m2", "&force=true")).body.spec.template.spec
        .containers[0].command,
    ];
  },
  "sets: everyone owns the own values": async ({ apply, at }) => {
    const path = at("configmaps", "c");
    const held = (...finalizers: string[]) => map("c", undefined, { finalizers });
    await apply(path, held("ex.test/a", "ex.test/b"));
    const two = await apply(path, held("ex.test/b", "ex.test/c"), "m2");
    const one = await apply(path, held("ex.test/a"));
    await apply(path, held());
    const last = await apply(path, held(), "m2");
    return [two, one, last].map((answer) => told(answer, "metadata.finalizers"));
  },
  "ports are known by two keys, one of them by default": async ({ apply, at }) => {
    const ports = [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }];
    const made = await apply(at("apps/v1/deployments", "d"), deployment("d", { ports }));
    const service1 = await apply(at("services", "s"), service("s", { ports: [{ port: 80, name: "x" }] }));
    return [
      made.body.spec.template.spec.containers[0].ports,
      owners(made),
      service1.body.spec.ports,
      owners(service1),
    ];
  },
  "an item twice, an item without its key": async ({ apply, at }) => {
    const path = at("apps/v1/deployments", "d");
    return [
      told(await apply(path, deployment("d", env("A", "A")))),
      told(await apply(path, deployment("d", { env: [{ value: "x" }] }))),
    ];
  },
  "a defaulted field returns to its default when it is left out": async ({ apply, at }) => {
    const path = at("apps/v1/deployments", "d");
    await apply(path, deployment("d", {}, { revisionHistoryLimit: 3 }));
    const left = await apply(path, deployment("d"));
    return told(left, "spec.revisionHistoryLimit");
  },
  "null is owned and absent": async ({ apply, at }) => {
    const made = await apply(at("configmaps", "c"), map("c", { a: null, b: "1" }));
    return { ...told(made, "data"), owners: owners(made) };
  },
  "quantities are stored in one form, whatever was applied": async ({ apply, at }) => {
    const path = at("apps/v1/deployments", "d");
    const sent = (cpu: unknown) =>
      deployment("d", { resources: { requests: { cpu, memory: "1024Ki" } } }, { paused: true });
    const shown = (answer: Answer) => {
      if (answer.code > 201) return refused(answer);
      const { generation } = answer.body.metadata;
      return {
        code: answer.code,
        generation,
        ...answer.body.spec.template.spec.containers[0].resources.requests,
      };
    };
    return [
      shown(await apply(path, sent("0.5"))),
      shown(await apply(path, sent("0.5"))),
      shown(await apply(path, sent("500m"))),
      shown(await apply(path, sent(0.5))),
      shown(await apply(path, sent("0.5"), "m2")),
      shown(await apply(path, sent("500m"), "m2")),
      shown(await apply(path, sent("half"))),
    ];
  },
  "YAML is read as YAML 1.1": async ({ apply, at }) => {
    const yaml = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: ${value}\n`;
    return [
      told(await apply(at("configmaps", "c"), yaml('"yes"')), "data"),
      told(await apply(at("configmaps", "c"), yaml("yes"))),
    ];
  },
  "an applier's owned map that becomes empty goes": async ({ apply, at }) => {
    await apply(at("configmaps", "c"), map("c", {}));
    const empty = await apply(at("configmaps", "c"), map("c", {}), "m2");
    return { ...told(empty, "data"), owners: owners(empty) };
  },
});
