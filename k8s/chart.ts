import { join, resolve } from "node:path";
import packageJson from "../package.json" with { type: "json" };

const folder = resolve(import.meta.dir);

/**
 * The Helm chart is made of the plain manifests, so that there is one source of both. What a user may set is marked
 * in them by comments:
 *
 *     image: styrmin/agent:0.1.0 # helm: {{ .Values.image }}     the comment takes the value's place, nested lines too
 *     # helm: {{- if .Values.x }}                                the comment is a line of the template
 *
 * The namespace is the release's everywhere. `values.yaml` and the token's Secret are the chart's own.
 */
export async function chartFiles(): Promise<Record<string, string>> {
  const read = (file: string) => Bun.file(join(folder, file)).text();
  const template = async (from: string[], conditions: string[]) => {
    const texts = await Promise.all(from.map(async (file) => templateOf(await read(file))));
    const opened = conditions.map((condition) => `{{- if ${condition} }}\n`).join("");
    const head = `# Made by \`bun run codegen\` from ${from.map((file) => `k8s/${file}`).join(", ")}. Do not edit.\n`;
    return head + opened + texts.join("---\n") + "{{- end }}\n".repeat(conditions.length);
  };
  const part = (name: string) =>
    ["deployment", "service", "disruption"].map((file) => `${name}/${file}.yaml`);
  return {
    "k8s/chart/Chart.yaml": `# Made by \`bun run codegen\` from package.json. Do not edit.
apiVersion: v2
name: styrmin
description: ${packageJson.description}
type: application
version: ${packageJson.version}
appVersion: "${packageJson.version}"
`,
    // Helm installs what is in this folder once, and neither changes nor deletes it.
    "k8s/chart/crds/crd.yaml": await read("crd.yaml"),
    "k8s/chart/templates/server.yaml": await template(part("server"), [".Values.server.enabled"]),
    "k8s/chart/templates/agent.yaml": await template(part("agent"), [".Values.agent.enabled"]),
    "k8s/chart/templates/rights.yaml": await template(["rbac/agent.yaml"], [".Values.agent.enabled"]),
    "k8s/chart/templates/server-network.yaml": await template(
      ["server/network.yaml"],
      [".Values.server.enabled", ".Values.networkPolicy"],
    ),
    "k8s/chart/templates/agent-network.yaml": await template(
      ["agent/network.yaml"],
      [".Values.agent.enabled", ".Values.networkPolicy"],
    ),
  };
}

/** One manifest as a template. Pure. */
export function templateOf(manifest: string): string {
  const lines: string[] = [];
  /** The depth of a marked line whose nested lines are left out. */
  let dropped: number | undefined;
  for (const line of manifest.trimEnd().split("\n")) {
    const depth = line.search(/\S/);
    if (dropped !== undefined && (depth > dropped || depth < 0)) continue;
    dropped = undefined;
    const own = /^(\s*)# helm: (.*)$/.exec(line);
    const marked = /^(\s*(?:- )?[\w./-]+:)(.*?) # helm: (.*)$/.exec(line);
    if (own) lines.push(own[1]! + own[2]!);
    else if (marked) {
      lines.push(`${marked[1]} ${marked[3]}`);
      if (marked[2]!.trim() === "") dropped = depth;
    } else lines.push(line);
  }
  return `${lines.join("\n").replaceAll("namespace: styrmin-system", "namespace: {{ .Release.Namespace }}")}\n`;
}
