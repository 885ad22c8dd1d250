import { didYouMean, type DriverFiles, type DriverSpec, textOf } from "../../../drivers/kit/index.ts";
import { actionFiles } from "./actions.ts";
import type { Problem } from "./problems.ts";

const quoted = String.raw`"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'`;
/** What Jinja does not read (comments, `raw`), and the expressions and statements that it does. */
const tags = new RegExp(
  [
    String.raw`\{#.*?#\}`,
    String.raw`\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}`,
    String.raw`\{\{(?:${quoted}|(?!\}\})[^"'])*\}\}`,
    String.raw`\{%(?:${quoted}|(?!%\})[^"'])*%\}`,
  ].join("|"),
  "gs",
);
/** A parameter that is read, or a text; a call (`parameters.items()`) reads none. */
const reads = new RegExp(
  [
    String.raw`(?<![\w.])parameters\s*(?:\.\s*([A-Za-z_]\w*)\b(?!\s*\()|\[\s*(["'])([^"'\\]*)\2\s*\])`,
    quoted,
  ].join("|"),
  "gs",
);
/** What follows a read that may be of nothing. */
const guard =
  /^(?:\.\w+|\[[^\]]*\])*[\s)]*(?:\|\s*\w+(?:\([^()]*\))?[\s)]*)*?(?:\|\s*(?:default|d)\b|is\s+(?:not\s+)?(?:un)?defined\b)/;

/** Parameters that the templates read and the specification does not declare: they print as nothing. */
export function unknownParameters(spec: DriverSpec, files: DriverFiles, paths: string[]): Problem[] {
  const known = spec.parameters.map(({ name }) => name);
  return paths.flatMap((file) => {
    const text = textOf(files[file]!) ?? "";
    return [...text.matchAll(tags)]
      .filter(([tag]) => /^\{(\{|%(?!-?\s*raw\b))/.test(tag))
      .flatMap((tag) => readsOf(tag[0]).map(({ name, at }) => ({ name, at: tag.index + at })))
      .filter(({ name }) => !known.includes(name))
      .map(({ name, at }) => {
        const message = `reads parameters.${name}, and no such parameter is declared: it is nothing`;
        return { file, ...placeOf(text, at), field: "", message: message + didYouMean(name, known) };
      });
  });
}

/** The parameters that a tag reads without a guard in the same tag. */
function readsOf(tag: string): { name: string; at: number }[] {
  const found = [...tag.matchAll(reads)].flatMap((match) => {
    const name = match[1] ?? match[3];
    if (name === undefined) return [];
    return [{ name, at: match.index, guarded: guard.test(tag.slice(match.index + match[0].length)) }];
  });
  const guarded = new Set(found.filter((read) => read.guarded).map(({ name }) => name));
  return found.filter(({ name }) => !guarded.has(name));
}

/** A call with components, or what may only look like one: comments and texts. */
const calls =
  /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|\bctx\s*\.\s*(exec|scale|stopComponents|startComponents)\s*\(/g;

/** Components that actions name as they are and the specification does not declare: the action fails there. */
export function unknownComponents(spec: DriverSpec, files: DriverFiles): Problem[] {
  const known = Object.keys(spec.components);
  return actionFiles(spec, files).flatMap((file) => {
    const text = textOf(files[file]!) ?? "";
    return [...text.matchAll(calls)]
      .flatMap((call) => (call[1] ? literalsOf(text, call.index + call[0].length, call[1]) : []))
      .filter(({ name }) => !known.includes(name))
      .map(({ name, at }) => {
        const message = `names the component "${name}", which is not declared: the action fails there`;
        return { file, ...placeOf(text, at), field: "", message: message + didYouMean(name, known) };
      });
  });
}

/** An answer that an action reads, or what may only look like one: comments and texts. */
const answers =
  /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\$])*`|\bctx\s*\.\s*prompts\s*\.\s*([A-Za-z_]\w*)\b(?!\s*\()/g;

/** Answers that actions read and none of them asks for: they are undefined. */
export function unknownPrompts(spec: DriverSpec, files: DriverFiles): Problem[] {
  const known = [...new Set(spec.actions.flatMap(({ prompts }) => prompts.map(({ name }) => name)))];
  return actionFiles(spec, files).flatMap((file) => {
    const text = textOf(files[file]!) ?? "";
    return [...text.matchAll(answers)].flatMap((match) => {
      const [, name] = match;
      if (name === undefined || known.includes(name)) return [];
      const message = `reads ctx.prompts.${name}, which no action asks for: it is undefined`;
      return [{ file, ...placeOf(text, match.index), field: "", message: message + didYouMean(name, known) }];
    });
  });
}

/** The first argument of a call that takes one component, each of one that takes many, if they are plain texts. */
function literalsOf(text: string, from: number, method: string): { name: string; at: number }[] {
  const found: { name: string; at: number }[] = [];
  const argument = /[\s[]*(?:(["'`])([^"'`\\$]*)\1(?=\s*[\],)])|[\w.]+(?=\s*[\],)]))[\s\]]*,?/y;
  argument.lastIndex = from;
  for (let match = argument.exec(text); match; match = argument.exec(text)) {
    if (match[2] !== undefined) found.push({ name: match[2], at: match.index + match[0].indexOf(match[1]!) });
    if (method === "exec" || method === "scale") break;
  }
  return found;
}

function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
