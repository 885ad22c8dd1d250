import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** One request in the audit log of a real node, at the level Metadata. */
export interface NodeAuditLine {
  verb: string;
  requestURI: string;
  stage: string;
  user: { username: string };
  objectRef?: {
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
  };
  responseStatus?: { code?: number };
  userAgent?: string;
  requestReceivedTimestamp: string;
}

const kubeconfig = process.env.STYRMIN_TEST_KUBECONFIG;
const folder = kubeconfig ? join(dirname(kubeconfig), "log") : "";
const current = join(folder, "audit.log");
export const hasNodeAudit = folder !== "" && existsSync(current);

/** The parts of the log, oldest first: the node begins a new file when one is large. */
const parts = () =>
  readdirSync(folder)
    .filter((name) => /^audit.*\.log$/.test(name))
    .sort()
    .map((name) => join(folder, name));

/** Remembers the end of the node's audit log; the answer reads what was written since, whole lines only. */
export function auditFromNow(): () => Promise<NodeAuditLine[]> {
  const { ino, size } = statSync(current);
  return async () => {
    const files = parts();
    const first = files.findIndex((file) => statSync(file).ino === ino);
    if (first < 0) throw new Error("the node's audit log of a moment ago is not there any more");
    const texts = await Promise.all(
      files.slice(first).map((file, index) =>
        Bun.file(file)
          .slice(index === 0 ? size : 0)
          .text(),
      ),
    );
    const text = texts.join("");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as NodeAuditLine);
  };
}

/** What the audit log has since a moment of lines with a text in them. It may be large, and is read in pieces. */
export async function nodeAudit(since: Date, text: string): Promise<NodeAuditLine[]> {
  const found: NodeAuditLine[] = [];
  const take = (line: string) => {
    if (!line.includes(text)) return;
    const parsed = JSON.parse(line) as NodeAuditLine;
    if (new Date(parsed.requestReceivedTimestamp) >= since) found.push(parsed);
  };
  for (const file of parts().filter((one) => statSync(one).mtime >= since)) {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of Bun.file(file).stream()) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) take(line);
    }
  }
  return found;
}
