export interface JunitResult {
  passed: number;
  failed: number;
  skipped: number;
  /** File and name of each test that failed. */
  failures: string[];
}

/** Counts the tests of a report of `bun test --reporter=junit`. */
export function readJunit(xml: string): JunitResult {
  const cases = [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
  const result: JunitResult = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const [, attributes = "", body = ""] of cases) {
    if (/<(failure|error)\b/.test(body)) {
      result.failed++;
      result.failures.push(`${attribute(attributes, "file")}: ${attribute(attributes, "name")}`);
    } else if (/<skipped\b/.test(body)) result.skipped++;
    else result.passed++;
  }
  return result;
}

function attribute(text: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "";
  const entities = { "&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  return Object.entries(entities).reduce((all, [entity, char]) => all.replaceAll(entity, char), value);
}
