import type { UpdatePlanQuery, VersionPlanFieldsFragment } from "../../sdk/index.ts";
import { shortDigest } from "../loaded.ts";
import { neutralise } from "../output.ts";

type UpdatePlan = UpdatePlanQuery["updatePlan"];
type Planned = Pick<
  VersionPlanFieldsFragment,
  "added" | "removed" | "changed" | "staleSecrets" | "heldReplicas" | "hooks" | "problems"
> & { actions: (VersionPlanFieldsFragment["actions"][number] & { prompts?: Prompt[] })[] };
/** Only plans of one update ask for them. */
type Prompt = UpdatePlan["actions"][number]["prompts"][number];
type Value = { path: string; before?: unknown; after?: unknown };

/** What an update would do, for people. */
export function updatePlanText(plan: UpdatePlan): string {
  const { deployment, flow, from, to, fromApplicationVersion, toApplicationVersion } = plan;
  const name = `${deployment.environment.name}/${deployment.name}`;
  if (flow === null || flow === undefined) return `${neutralise(name)}: nothing is to be changed.\n`;
  const changes = [
    fromApplicationVersion === toApplicationVersion
      ? `version ${toApplicationVersion}`
      : `version ${fromApplicationVersion} → ${toApplicationVersion}`,
    driverText(from, to),
  ];
  const secrets = plan.changedSecrets.map(
    (secret) => `~ ${secret}: (secret, ${plan.madeSecrets.includes(secret) ? "made anew" : "changed"})`,
  );
  const lines = [
    `${name}: ${flow.toLowerCase()}, ${changes.join(", ")}`,
    ...(secrets.length > 0 ? section("Parameters", secrets) : []),
    ...planSections(plan),
  ];
  return `${lines.map(neutralise).join("\n")}\n`;
}

/** Versions of one name are told apart by their files. */
function driverText(from: UpdatePlan["from"], to: UpdatePlan["to"]): string {
  if (from.id === to.id) return `driver ${to.version}`;
  if (from.version !== to.version) return `driver ${from.version} → ${to.version}`;
  return `driver ${to.version} with other files: ${shortDigest(from.digest)} → ${shortDigest(to.digest)}`;
}

/** The parts of a plan, each under its heading; what runs has none when there is nothing. */
export function planSections(plan: Planned, objects = "Objects"): string[] {
  const { actions, hooks } = workLines(plan);
  return [
    ...section(objects, objectLines(plan)),
    ...(actions.length > 0 ? section("Actions", actions) : []),
    ...(hooks.length > 0 ? section("Hooks of the chart", hooks) : []),
  ];
}

export function section(title: string, lines: string[]): string[] {
  return ["", title, ...(lines.length > 0 ? lines.map((line) => `  ${line}`) : ["  (no difference)"])];
}

/** What would be changed of the objects, a line for each object and field. */
function objectLines({ added, removed, changed, staleSecrets, heldReplicas, problems }: Planned): string[] {
  return [
    ...problems.map(({ field, message }) => `! ${field} ${message}`),
    ...added.map(({ kind, name }) => `+ ${kind}/${name}`),
    ...removed.map(({ kind, name }) => `- ${kind}/${name}`),
    ...changed.flatMap(({ kind, name, recreate, refused, fields }) => [
      `~ ${kind}/${name}${refused ? " (cannot be changed)" : recreate ? " (to be deleted and made anew)" : ""}`,
      ...fields.map((field) => `    ${kind === "Secret" ? secretLine(field) : valueLine(field)}`),
    ]),
    ...[...staleSecrets.map(({ message }) => message), ...heldReplicas].map((message) => `! ${message}`),
  ];
}

/** What would be run, a line for each, with how to answer what is asked for. */
function workLines({ actions, hooks }: Planned): { actions: string[]; hooks: string[] } {
  return {
    actions: actions.flatMap(({ name, hook, mode, description, unanswered, takes, prompts = [] }) => [
      [`${hook}/${mode} ${name}`, description.replaceAll(/\s+/g, " ")].filter(Boolean).join(": "),
      ...unanswered.map((prompt, index) => {
        const what = takes[index] === undefined ? prompt : `${prompt} (${takes[index]})`;
        return `    asks for ${what}: --prompt ${name}.${prompt}=VALUE`;
      }),
      ...prompts.flatMap((prompt) => (unanswered.includes(prompt.name) ? [] : [promptLine(name, prompt)])),
    ]),
    hooks: hooks.map(({ event, weight, kind, name }) => `${event} ${kind}/${name} (weight ${weight})`),
  };
}

/** A prompt that needs no answer: what the action would be told. */
function promptLine(action: string, { name, takes, value, answered }: Prompt): string {
  const what = value === null || value === undefined ? "nothing" : short(value);
  if (answered) return `    is told ${name}: ${what}`;
  return `    asks for ${name} (${takes}), else ${what}: --prompt ${action}.${name}=VALUE`;
}

/** Values in a Secret are not told: only that there is another one. */
function secretLine(field: Value): string {
  if (!/^\.(data|stringData)\b/.test(field.path)) return valueLine(field);
  const { path, before, after } = field;
  if (before === null || before === undefined) return `+ ${path}: (secret)`;
  if (after === null || after === undefined) return `- ${path}: (secret)`;
  return `~ ${path}: (secret, changed)`;
}

export function valueLine({ path, before, after }: Value): string {
  if (before === null || before === undefined) return `+ ${path}: ${short(after)}`;
  if (after === null || after === undefined) return `- ${path}: ${short(before)}`;
  return `~ ${path}: ${short(before)} → ${short(after)}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
