import { deployment, map, service } from "../bodies.ts";
import { type Asked, cases } from "../case.ts";

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
const partial = (as: string) => ({ accept: `application/json;as=${as};v=v1;g=meta.k8s.io` });

/** The columns, and the cells of the rows but for those of `hidden` columns. */
async function tabled({ get, at }: Asked, kind: string, query: string, ...hidden: string[]) {
  const { code, body } = await get(`${at(kind)}?${query}`, table);
  const columns = body.columnDefinitions.map(
    ({ name, type, format, priority }: any) => `${name} ${type} ${format} ${priority}`,
  );
  const kept = body.columnDefinitions.map(({ name }: any) => !["Age", ...hidden].includes(name));
  return {
    code,
    kind: body.kind,
    apiVersion: body.apiVersion,
    columns,
    rows: body.rows.map(({ cells }: any) => cells.filter((_: unknown, index: number) => kept[index])),
  };
}

export const tables = cases({
  "of ConfigMaps and Secrets": async (asked) => {
    await asked.post(asked.at("configmaps"), map("c", { a: "1", b: "2" }, { labels: { x: "y" } }));
    await asked.post(asked.at("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      data: { a: "YQ==" },
    });
    return [await tabled(asked, "configmaps", "labelSelector=x"), await tabled(asked, "secrets", "")];
  },
  "of Services": async (asked) => {
    const ports = [
      { name: "a", port: 80 },
      { name: "b", port: 53, protocol: "UDP" },
    ];
    await asked.post(asked.at("services"), service("a", { ports, selector: { app: "x" } }));
    await asked.post(asked.at("services"), service("b", { clusterIP: "None" }));
    return tabled(asked, "services", "");
  },
  "of Deployments": async (asked) => {
    await asked.post(asked.at("apps/v1/deployments"), deployment("d", {}, { paused: true }));
    return tabled(asked, "apps/v1/deployments", "");
  },
  "of pods that wait": async (asked) => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "busybox:1.37" }], nodeSelector: { no: "where" } },
    };
    await asked.post(asked.at("pods"), pod);
    return tabled(asked, "pods", "");
  },
  "of one object, with the whole object or none": async (asked) => {
    await asked.post(asked.at("configmaps"), map("c", { a: "1" }));
    const one = async (include: string) => {
      const { body } = await asked.get(`${asked.at("configmaps", "c")}?includeObject=${include}`, table);
      const { object } = body.rows[0];
      return {
        kind: body.kind,
        rows: body.rows.length,
        object: object ? [object.kind, object.apiVersion, object.data ?? null] : null,
      };
    };
    const { code } = await asked.get(`${asked.at("configmaps", "c")}?includeObject=Some`, table);
    return [await one("Object"), await one("Metadata"), await one("None"), code];
  },
  "of a watch: the columns come once": async (asked) => {
    await asked.post(asked.at("configmaps"), map("a", {}, { labels: { x: "y" } }));
    await asked.post(asked.at("configmaps"), map("b", {}, { labels: { x: "y" } }));
    const { body } = await asked.get(
      `${asked.at("configmaps")}?watch=true&timeoutSeconds=1&labelSelector=x`,
      table,
    );
    const lines = body.trim().split("\n");
    return lines
      .map((line: string) => JSON.parse(line))
      .map(({ type, object }: any) => [
        type,
        object.kind,
        object.columnDefinitions?.length ?? 0,
        object.rows[0].cells[0],
      ]);
  },
  "metadata only, of one and of many": async (asked) => {
    await asked.post(asked.at("configmaps"), map("c", { a: "1" }, { labels: { x: "y" } }));
    const one = await asked.get(asked.at("configmaps", "c"), partial("PartialObjectMetadata"));
    const many = await asked.get(
      `${asked.at("configmaps")}?labelSelector=x`,
      partial("PartialObjectMetadataList"),
    );
    const { managedFields: _, ...metadata } = one.body.metadata;
    const [item] = many.body.items;
    return [
      { ...one.body, metadata },
      {
        kind: many.body.kind,
        apiVersion: many.body.apiVersion,
        item: [item.kind, item.apiVersion, item.metadata.name, item.data ?? null],
      },
    ];
  },
});
