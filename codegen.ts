/**
 * Makes the types of both sides from `schema.graphql`: resolvers for the server, operations for the SDK;
 * the JSON Schema of driver files from the table of their format; and the Helm chart from the plain manifests.
 * `--check` writes nothing and fails when a committed file is not what would be written.
 */
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import * as resolvers from "@graphql-codegen/typescript-resolvers";
import { Glob } from "bun";
import { parse } from "graphql";
import { driverSchema } from "./drivers/kit/json-schema.ts";
import { chartFiles } from "./k8s/chart.ts";

const schema = parse(await Bun.file("schema.graphql").text());
const header = "// Made by `bun run codegen` from schema.graphql. Do not edit.\n";
const scalars = {
  ID: "string",
  JSON: { input: "unknown", output: "unknown" },
  DateTime: { input: "string", output: "string" },
};
const shared = { scalars, enumsAsTypes: true, useTypeImports: true, skipTypename: true };

const serverTypes = await codegen({
  filename: "server/graphql/generated.ts",
  schema,
  documents: [],
  config: {
    ...shared,
    scalars: { ...scalars, DateTime: { input: "string", output: "Date | string" } },
    contextType: "./context.ts#RequestContext",
    maybeValue: "T | null | undefined",
    mappers: await mappersOf("server/graphql/mappers.json"),
    defaultMapper: "Partial<{T}>",
    avoidOptionals: { query: true, mutation: true, subscription: true, defaultValue: true },
  },
  plugins: [{ typescript: {} }, { resolvers: {} }],
  pluginMap: { typescript, resolvers },
});

const documents = [];
for (const path of [...new Glob("clients/sdk/operations/*.graphql").scanSync(".")].sort()) {
  documents.push({ location: path, document: parse(await Bun.file(path).text()) });
}
const clientTypes = await codegen({
  filename: "clients/sdk/generated.ts",
  schema,
  documents,
  config: { ...shared, documentMode: "string", onlyOperationTypes: true, dedupeFragments: true },
  plugins: [{ operations: {} }, { typedDocuments: {} }],
  pluginMap: { operations, typedDocuments },
});

const outputs = {
  "server/graphql/generated.ts": header + serverTypes,
  "clients/sdk/generated.ts": header + clientTypes,
  "drivers/kit/driver.schema.json": `${JSON.stringify(driverSchema(), null, 2)}\n`,
  ...(await chartFiles()),
};
const stale: string[] = [];
for (const [path, wanted] of Object.entries(outputs)) {
  const current = (await Bun.file(path).exists()) ? await Bun.file(path).text() : "";
  if (current === wanted) continue;
  if (process.argv.includes("--check")) stale.push(path);
  else await Bun.write(path, wanted);
}
if (stale.length > 0) {
  console.error(`Not fresh: ${stale.join(", ")}. Run \`bun run codegen\` and commit the result.`);
  process.exit(1);
}

/** Which row type stands behind which schema type, so that rows are returned as they are. */
async function mappersOf(path: string): Promise<Record<string, string>> {
  return (await Bun.file(path).exists()) ? await Bun.file(path).json() : {};
}
