import { eventually } from "../../helpers/eventually.ts";
import { type Asked, cases, fields } from "../case.ts";
import { exec, idle, images, make, makePod, ready, running, shell, template, until } from "../workbench.ts";

/** A pod that answers every request with its name, ready at once or never. */
function server(readinessProbe?: object): object {
  const serve = "Bun.serve({ port: 8080, fetch: () => new Response(process.env.HOSTNAME) })";
  return {
    name: "main",
    image: images.bun,
    imagePullPolicy: "IfNotPresent",
    command: ["bun", "-e", serve],
    ports: [{ name: "web", containerPort: 8080 }],
    ...(readinessProbe
      ? { readinessProbe }
      : { readinessProbe: { tcpSocket: { port: "web" }, periodSeconds: 1 } }),
  };
}

const service = (asked: Asked, spec: object, name = "web") =>
  make(asked, "services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: { role: "front" } },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "web" }], ...spec },
  });

const slicesOf = ({ at }: Asked, name: string) =>
  `${at("discovery.k8s.io/v1/endpointslices")}?labelSelector=kubernetes.io/service-name%3D${name}`;

/** The EndpointSlices of a Service, once it has so many endpoints. */
async function slices(asked: Asked, count: number, name = "web"): Promise<any[]> {
  const path = slicesOf(asked, name);
  const { items } = await until(
    asked,
    path,
    `${count} endpoints`,
    ({ items }) =>
      items.length > 0 && items.flatMap(({ endpoints }: any) => endpoints ?? []).length === count,
  );
  return items;
}

const shown = (slice: any) => ({
  ...fields(slice, "metadata.labels", "addressType", "ports"),
  owner: slice.metadata.ownerReferences[0].kind,
  endpoints: (slice.endpoints ?? []).map(({ conditions, hostname, targetRef, addresses }: any) => ({
    conditions,
    hostname,
    target: targetRef?.name,
    addresses: addresses.length,
  })),
});

/** What a program in a pod gets from an address; the words of the failure otherwise. */
async function ask(asked: Asked, url: string): Promise<string> {
  const program = `const answer = await fetch("${url}", { signal: AbortSignal.timeout(3000) }).then((r) => r.text(), (e) => "failed " + e.code); process.stdout.write(answer)`;
  const outcome = (await exec(asked, "client", ["bun", "-e", program])) as any;
  return outcome.stdout ?? outcome;
}

/** What it answers once it answers with the name of its pod: the node's rules and names come after the pod. */
const reached = (asked: Asked, url: string, pod: string) =>
  eventually(
    `${url} answers`,
    async () => {
      const answer = await ask(asked, url);
      if (answer === pod) return answer;
      throw new Error(answer);
    },
    { everyMs: 300 },
  );

const client = (asked: Asked) =>
  makePod(asked, "client", {
    name: "main",
    image: images.bun,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
  });

/** Services: addresses, names, endpoints. */
export const network = cases({
  "a Service gets an address and has its ready pods as endpoints": async (asked) => {
    const made = await service(asked, {});
    await makePod(asked, "web", server());
    await ready(asked, asked.at("pods", "web"));
    const isReady = ([slice]: any[]) => slice.endpoints[0].conditions.ready;
    const found = await eventually("the endpoint is ready", async () => {
      const all = await slices(asked, 1);
      return isReady(all) && all;
    });
    const path = asked.at("endpoints", "web");
    const endpoints = await until(asked, path, "it is listed", ({ subsets }) => subsets?.[0]?.addresses);
    return [
      fields(
        made,
        "spec.type",
        "spec.clusterIP",
        "spec.ipFamilies",
        "spec.sessionAffinity",
        "spec.internalTrafficPolicy",
        "status",
      ),
      found.map(shown),
      endpoints.subsets.map(({ addresses, ports }: any) => [
        addresses.map(({ targetRef }: any) => targetRef.name),
        ports,
      ]),
    ];
  },
  "a pod that is not ready is an endpoint that is not ready": async (asked) => {
    await service(asked, {});
    await makePod(asked, "web", server({ exec: { command: ["false"] } }));
    const found = await slices(asked, 1);
    const endpoints = await until(
      asked,
      asked.at("endpoints", "web"),
      "it is listed",
      ({ subsets }) => subsets?.[0].notReadyAddresses,
    );
    return [found.map(shown), Object.keys(endpoints.subsets[0]).sort()];
  },
  "publishNotReadyAddresses takes pods as they are": async (asked) => {
    await service(asked, { publishNotReadyAddresses: true });
    await makePod(asked, "web", server({ exec: { command: ["false"] } }));
    return (await slices(asked, 1)).map(shown);
  },
  "a Service without pods, and one without a selector": async (asked) => {
    await service(asked, { ports: [{ port: 80 }] });
    await service(asked, { selector: null }, "bare");
    const found = await slices(asked, 0);
    const bare = await asked.get(slicesOf(asked, "bare"));
    return [found.map(({ endpoints, ports }) => [endpoints?.length ?? 0, ports]), bare.body.items.length];
  },
  "a headless Service has no address and marks its slices": async (asked) => {
    const made = await service(asked, { clusterIP: "None" });
    await makePod(asked, "web", idle(), { hostname: "one", subdomain: "web" });
    await running(asked, asked.at("pods", "web"));
    const found = await slices(asked, 1);
    return [
      fields(made, "spec.clusterIP", "spec.clusterIPs"),
      found.map(shown).map(({ endpoints, ...rest }) => ({ ...rest, hostname: endpoints[0].hostname })),
    ];
  },
  "a Service of type NodePort or LoadBalancer gets a port, ExternalName none": async (asked) => {
    const port = await service(asked, { type: "NodePort" }, "port");
    const balancer = await service(asked, { type: "LoadBalancer" }, "balancer");
    const named = await service(
      asked,
      { type: "ExternalName", externalName: "example.com", selector: null },
      "named",
    );
    return [port, balancer, named].map(({ spec, status }) => [
      spec.clusterIP === undefined ? "no address" : "address",
      (spec.ports ?? []).map(({ nodePort }: any) => nodePort >= 30_000 && nodePort < 32_768),
      spec.externalTrafficPolicy,
      spec.allocateLoadBalancerNodePorts,
      status,
    ]);
  },
  "a Service is reached by its names and its address": async (asked) => {
    await service(asked, {});
    const { body } = await asked.get(asked.at("services", "web"));
    await Promise.all([makePod(asked, "web", server()), client(asked)]);
    await Promise.all([ready(asked, asked.at("pods", "web")), ready(asked, asked.at("pods", "client"))]);
    const { namespace } = asked;
    const names = [
      "web",
      `web.${namespace}`,
      `web.${namespace}.svc`,
      `web.${namespace}.svc.cluster.local`,
      body.spec.clusterIP,
    ];
    const answers = await Promise.all(names.map((name) => reached(asked, `http://${name}`, "web")));
    return [answers, await ask(asked, "http://web:81/"), await ask(asked, "http://nobody.invalid/")].map(
      (answer) => (Array.isArray(answer) ? answer : answer.startsWith("failed")),
    );
  },
  "the pods of a StatefulSet have names of their own": async (asked) => {
    await service(asked, { clusterIP: "None", selector: { app: "web" } }, "db");
    await make(asked, "apps/v1/statefulsets", {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "db" },
      spec: {
        replicas: 1,
        serviceName: "db",
        selector: { matchLabels: { app: "web" } },
        template: template("web", server()),
      },
    });
    await client(asked);
    await ready(asked, asked.at("pods", "db-0"));
    await ready(asked, asked.at("pods", "client"));
    await reached(asked, "http://db-0.db:8080", "db-0");
    return [
      await reached(asked, `http://db-0.db.${asked.namespace}.svc.cluster.local:8080`, "db-0"),
      await reached(asked, "http://db:8080", "db-0"),
    ];
  },
  "Services are told to later pods by variables": async (asked) => {
    await service(asked, { ports: [{ name: "http", port: 80, targetPort: 8080 }] });
    const script = "env | grep -E '^WEB_' | sed -E 's/[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+/<ip>/' | sort";
    const of = async (name: string, enableServiceLinks: boolean) => {
      await makePod(asked, name, shell(`${script}; sleep 60`), { enableServiceLinks });
      await ready(asked, asked.at("pods", name));
      return ((await exec(asked, name, ["sh", "-c", script])) as any).stdout;
    };
    return [await of("told", true), await of("untold", false)];
  },
  "a pod that is being deleted is an endpoint that ends": async (asked) => {
    await service(asked, {});
    const deaf = "trap '' TERM; while :; do sleep 0.1; done";
    const pod = await makePod(asked, "web", shell(deaf, { ports: [{ name: "web", containerPort: 8080 }] }));
    await ready(asked, pod);
    await slices(asked, 1);
    await asked.delete(pod, { gracePeriodSeconds: 6 });
    const path = slicesOf(asked, "web");
    const { items } = await until(
      asked,
      path,
      "it ends",
      ({ items }) => items[0].endpoints?.[0].conditions.terminating,
    );
    const during = items.map(shown);
    return [during, (await slices(asked, 0)).length];
  },
  "a Service that is deleted takes its slices with it": async (asked) => {
    await service(asked, {});
    await slices(asked, 0);
    const { code, body } = await asked.delete(asked.at("services", "web"));
    const path = slicesOf(asked, "web");
    await until(asked, path, "they are gone", ({ items }) => items.length === 0);
    await eventually(
      "the endpoints are gone",
      async () => (await asked.get(asked.at("endpoints", "web"))).code === 404,
    );
    return [code, body.kind];
  },
});
