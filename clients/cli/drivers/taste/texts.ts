import { type DriverFiles, type Renderer, textOf } from "../../../../drivers/kit/index.ts";
import type { Sound } from "../folder.ts";
import { inDriverFile } from "../lines.ts";
import type { Problem } from "../problems.ts";
import { sampleObjects } from "./sample.ts";

/** What breaks a manifest in which a text is not quoted, and what YAML would read as something else. */
const nasty = "a: \"b\" # 'c' {d}";

/** Which texts of users would break the manifests, or would not arrive as they are. */
export async function nastyTexts(
  renderer: Renderer,
  folder: Sound,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Problem[]> {
  const { spec, files } = folder;
  const problems: Problem[] = [];
  for (const [index, { name, kind, pattern, maxLength = 100 }] of spec.parameters.entries()) {
    if (kind !== "string" || pattern !== undefined || maxLength < nasty.length) continue;
    const objects = await sampleObjects(renderer, folder, { version, parameters: { [name]: nasty } }, signal);
    if (
      objects &&
      (JSON.stringify(objects).includes(JSON.stringify(nasty).slice(1, -1)) || !usedIn(files, name))
    )
      continue;
    problems.push({
      ...inDriverFile(files, "spec", "parameters", index),
      field: `spec.parameters[${index}]`,
      message: `"${name}" with quotes or a colon in it breaks the templates: print it with \`| tojson\`, or give it a pattern`,
    });
  }
  return problems;
}

const usedIn = (files: DriverFiles, name: string) =>
  Object.values(files).some((content) => new RegExp(`parameters\\W+${name}\\b`).test(textOf(content) ?? ""));
