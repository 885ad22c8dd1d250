import {
  type ByComponent,
  createReader,
  type DriverFiles,
  filesBelow,
  type Place,
  type Reader,
  textOf,
} from "../../../drivers/kit/index.ts";
import type { Problem } from "./problems.ts";

/** One case of a driver's author: what a deployment is given, and what must come of it. */
export interface Case {
  /** The file it is in, and the line where it begins. */
  file: string;
  line: number;
  name: string;
  version?: string | undefined;
  parameters: Record<string, unknown>;
  config: Record<string, unknown>;
  envVars: ByComponent;
  containerOverrides: ByComponent;
  expect: Expectation;
  /** What the deployed application must answer; null when the case is never deployed. */
  deploy: Answer[] | null;
  /** To which version it is brought afterwards, and what it must answer then. */
  upgrade: { version: string; answers: Answer[] } | null;
  /** What actions are answered, by `action.name`. */
  prompts: Record<string, unknown>;
  /** Where `prompts`, each of them, and `upgrade.version` stand. */
  places: Record<string, { line: number; column: number }>;
}

export interface Expectation {
  objects: WantedObject[];
  absent: ObjectName[];
  /** How many objects there are in all. */
  count?: number | undefined;
  /** Texts that the problems must contain, one for each problem; empty when there must be none. */
  problems: string[];
}

export interface ObjectName {
  kind: string;
  name?: string | undefined;
}

export interface WantedObject extends ObjectName {
  /** The values of fields by path; null for a field that must not be there. */
  fields: [path: string, value: unknown][];
}

export interface Answer {
  /** The service that is asked; the first external one of kind http by default. */
  service?: string | undefined;
  method: string;
  path: string;
  body?: string | undefined;
  status: number;
  contains?: string | undefined;
}

/** Reads all cases in a driver's `tests/` folder; each document of a file is one. */
export function readCases(files: DriverFiles): { cases: Case[]; problems: Problem[] } {
  const cases: Case[] = [];
  const problems: Problem[] = [];
  for (const file of filesBelow(files, "tests").filter((path) => /\.ya?ml$/.test(path))) {
    let line = 1;
    for (const text of (textOf(files[file]!) ?? "").split(/^---[ \t]*(?:#.*)?$/m)) {
      // The lines before stay, empty, so that every line keeps its number.
      const reader = createReader("\n".repeat(line - 1) + text, file);
      if (/^\s*[^#\s]/m.test(text)) cases.push(readCase(reader, file, line + leadingLines(text)));
      problems.push(...reader.problems);
      line += text.split("\n").length - 1;
    }
  }
  return { cases, problems };
}

function readCase(reader: Reader, file: string, line: number): Case {
  const given = ["version", "parameters", "config", "env_vars", "container_overrides"] as const;
  const keys = ["name", ...given, "expect", "deploy", "upgrade", "prompts"] as const;
  const at = reader.map(reader.root, keys, ["name"]);
  // What is deployed shows something without.
  if (reader.isMap(reader.root) && !reader.has(at.expect) && !reader.has(at.deploy))
    reader.note(at.expect, "is missing: without it or `deploy` the case shows nothing");
  const prompts = reader.entries(at.prompts);
  const upgrade = reader.has(at.upgrade) ? readUpgrade(reader, at.upgrade, at.deploy) : null;
  return {
    file,
    line,
    name: reader.text(at.name) ?? "",
    version: reader.text(at.version),
    parameters: readMap(reader, at.parameters),
    config: readMap(reader, at.config),
    envVars: readByComponent(reader, at.env_vars),
    containerOverrides: readByComponent(reader, at.container_overrides),
    expect: readExpectation(reader, at.expect),
    deploy: reader.has(at.deploy) ? readAnswers(reader, at.deploy) : null,
    upgrade: upgrade && upgrade.value,
    prompts: Object.fromEntries(prompts.map(([key, entry]) => [key, reader.data(entry) ?? null])),
    places: {
      ...(reader.has(at.prompts) ? { prompts: reader.where(at.prompts) } : {}),
      ...Object.fromEntries(
        prompts.map(([key, entry]) => [`prompts.${key}`, reader.where({ ...entry, offset: entry.key })]),
      ),
      ...(upgrade ? { "upgrade.version": upgrade.version } : {}),
    },
  };
}

function readExpectation(reader: Reader, place: Place): Expectation {
  const at = reader.map(place, ["objects", "absent", "count", "problems"]);
  return {
    objects: reader.items(at.objects).map((item) => {
      const { kind, name, fields } = reader.map(item, ["kind", "name", "fields"], ["kind"]);
      return {
        kind: reader.text(kind) ?? "",
        name: reader.text(name),
        fields: reader.entries(fields).map(([path, value]) => [path, reader.data(value)]),
      };
    }),
    absent: reader.items(at.absent).map((item) => {
      const { kind, name } = reader.map(item, ["kind", "name"], ["kind"]);
      return { kind: reader.text(kind) ?? "", name: reader.text(name) };
    }),
    count: reader.number(at.count, { whole: true, min: 0 }),
    problems: reader.items(at.problems).flatMap((item) => reader.text(item) ?? []),
  };
}

function readUpgrade(reader: Reader, place: Place, deploy: Place) {
  const at = reader.map(place, ["version", "answers"], ["version"]);
  if (!reader.has(deploy)) reader.note(place, "has nothing to upgrade: the case has no `deploy`");
  const value = { version: reader.text(at.version) ?? "", answers: readAnswers(reader, at.answers) };
  return { value, version: reader.where(at.version) };
}

const readAnswers = (reader: Reader, place: Place): Answer[] =>
  reader.items(place).map((item) => readAnswer(reader, item));

function readAnswer(reader: Reader, place: Place): Answer {
  const at = reader.map(place, ["service", "method", "path", "body", "status", "contains"]);
  return {
    method: reader.word(at.method, ["GET", "POST", "PUT", "PATCH", "DELETE"]) ?? "GET",
    body: reader.text(at.body, { maxLength: 65_536 }),
    service: reader.text(at.service),
    path: reader.text(at.path, { pattern: /^\//, wanted: "a path that begins with /" }) ?? "/",
    status: reader.number(at.status, { whole: true, min: 100, max: 599 }) ?? 200,
    contains: reader.text(at.contains),
  };
}

function readMap(reader: Reader, place: Place): Record<string, unknown> {
  if (!reader.has(place)) return {};
  reader.entries(place); // Says when it is no map.
  const value = reader.data(place);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function readByComponent(reader: Reader, place: Place): ByComponent {
  return Object.fromEntries(reader.entries(place).map(([name, entry]) => [name, readMap(reader, entry)]));
}

/** How many lines come before the first that says something. */
const leadingLines = (text: string) => text.split("\n").findIndex((each) => /^\s*[^#\s]/.test(each));
