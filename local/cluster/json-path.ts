/**
 * Reads a value by the simple JSONPath of printer columns: `.spec.replicas`, `['a.b']`, `[0]`, `[*]` and
 * filters `[?(@.type=="Ready")]`. Several matches give the first; undefined when there is none.
 */
export function readJsonPath(object: unknown, path: string): unknown {
  let found: unknown[] = [object];
  for (const step of stepsOf(path)) found = found.flatMap(step);
  return found[0];
}

type Step = (value: unknown) => unknown[];

const parsed = new Map<string, Step[]>();

function stepsOf(path: string): Step[] {
  let steps = parsed.get(path);
  if (!steps) {
    steps = parse(path.replace(/^\{(.*)\}$/, "$1").replace(/^\$/, ""));
    parsed.set(path, steps);
  }
  return steps;
}

// In turn: .name (with escaped dots), ['name'], [number or *], [?(@.path=="text")].
const token =
  /\.?((?:\\.|[^.[\]\\])+)|\[['"]([^'"]*)['"]\]|\[(-?\d+|\*)\]|\[\?\(@((?:\.[\w/-]+)+)\s*(==|!=)\s*['"]?([^'")]*)['"]?\)\]/g;

function parse(path: string): Step[] {
  return [...path.matchAll(token)].map(([, name, quoted, index, filter, operator, wanted]) => {
    if (filter !== undefined) {
      return (value) =>
        listOf(value).filter(
          (each) => (String(readJsonPath(each, filter)) === wanted) === (operator === "=="),
        );
    }
    if (index === "*" || name === "*") return listOf;
    if (index !== undefined) return (value) => present(listOf(value).at(Number(index)));
    const key = quoted ?? name!.replaceAll(/\\(.)/g, "$1");
    return (value) => present((value as Record<string, unknown> | null | undefined)?.[key]);
  });
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function present(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value];
}
