import { type DriverFiles, type DriverSpec, filesBelow, textOf } from "../../../../drivers/kit/index.ts";
import { inDriverFile } from "../lines.ts";
import type { Problem } from "../problems.ts";

/** What the specification leaves unsaid. */
export function wordsOf(spec: DriverSpec, files: DriverFiles): Problem[] {
  const problems: Problem[] = [];
  const note = (field: string, message: string, ...anchor: (string | number)[]) =>
    problems.push({ ...inDriverFile(files, ...anchor), field, message });
  if (spec.info.description === "")
    note("spec.info.description", "is missing: lists of drivers show it", "spec", "info");
  if (spec.defaultVersion === null)
    note("spec.default_version", "is missing: nothing is proposed to users", "spec", "supported_versions");
  for (const [index, { name, description, label }] of spec.parameters.entries()) {
    if (description === "" && label === name) {
      const message = `"${name}" has neither label nor description: users see only its name`;
      note(`spec.parameters[${index}]`, message, "spec", "parameters", index);
    }
  }
  if (!filesBelow(files, "tests").some((path) => /\.ya?ml$/.test(path))) {
    problems.push({
      field: "",
      message: "there are no cases in tests/*.yaml; see `styrminctl drivers test --help`",
    });
  }
  return problems;
}

/** Declared and named nowhere: a parameter without effect, and a version without one. */
export function unusedOf(spec: DriverSpec, files: DriverFiles): Problem[] {
  const programs = Object.keys(files).filter((path) => path.endsWith(".ts"));
  const text = [...templatesOf(spec, files), ...programs]
    .map((path) => withoutComments(textOf(files[path]!) ?? ""))
    .join("\n");
  const problems: Problem[] = spec.parameters.flatMap(({ name }, index) =>
    new RegExp(`\\b${name}\\b`).test(text)
      ? []
      : [
          {
            ...inDriverFile(files, "spec", "parameters", index),
            field: `spec.parameters[${index}]`,
            message: `"${name}" is used in no template: setting it does nothing`,
          },
        ],
  );
  if (!/\bapp\s*(\.\s*version|\[)/.test(text)) {
    const message = "no template uses app.version: another version of the application changes nothing";
    problems.push({
      ...inDriverFile(files, "spec", "supported_versions"),
      field: "spec.supported_versions",
      message,
    });
  }
  return problems;
}

/** The manifests and the values of a chart. */
export function templatesOf(spec: DriverSpec, files: DriverFiles): string[] {
  const values = spec.helm && (spec.helm.main.values ?? "values.j2.yml");
  const folders = [spec.manifests, values].filter((path) => path !== null);
  return folders.flatMap((path) => (Object.hasOwn(files, path) ? [path] : filesBelow(files, path)));
}

export const withoutComments = (text: string) =>
  text.replaceAll(/\{#[^]*?#\}/g, "").replaceAll(/^\s*(#|\/\/).*$/gm, "");
