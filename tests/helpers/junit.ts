export interface JunitResult {
  passed: number;
  failed: number;
  skipped: number;
  /** File and name of each test that failed. */
  failures: string[];
  /** Seconds that each file's tests took, the longest first. */
  files: { file: string; seconds: number }[];
}

/** Counts the tests of a report of `bun test --reporter=junit`. */
export function readJunit(xml: string): JunitResult {
  const cases = [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
  const result: JunitResult = { passed: 0, failed: 0, skipped: 0, failures: [], files: [] };
  const seconds = new Map<string, number>();
  for (const [, attributes = "", body = ""] of cases) {
    const file = attribute(attributes, "file");
    seconds.set(file, (seconds.get(file) ?? 0) + Number(attribute(attributes, "time") || 0));
    if (/<(failure|error)\b/.test(body)) {
      result.failed++;
      result.failures.push(`${file}: ${attribute(attributes, "name")}`);
    } else if (/<skipped\b/.test(body)) result.skipped++;
    else result.passed++;
  }
  result.files = [...seconds]
    .map(([file, total]) => ({ file, seconds: total }))
    .sort((a, b) => b.seconds - a.seconds);
  return result;
}

function attribute(text: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "";
  const entities = { "&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  return Object.entries(entities).reduce((all, [entity, char]) => all.replaceAll(entity, char), value);
}
