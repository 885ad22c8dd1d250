import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readLog } from "./logs.ts";
import type { Mount } from "./sandbox/protocol.ts";

/** What Kubernetes keeps of a container's last words, from its file and from its log. */
const mostOfFile = 4096;
const mostOfLog = 2048;
const linesOfLog = 80;

/** The file that a container may write its last words to; empty at the start of each life. */
export function lastWordsMount(podDir: string, container: any): Mount {
  const source = fileOf(podDir, container);
  mkdirSync(dirname(source), { recursive: true });
  writeFileSync(source, "");
  return { source, target: container.terminationMessagePath ?? "/dev/termination-log", readOnly: false };
}

/** The termination message of a container that has ended; undefined when it left none. */
export async function lastWords(
  podDir: string,
  container: any,
  exitCode: number,
  logFile: string,
): Promise<string | undefined> {
  const said = readFileSync(fileOf(podDir, container)).subarray(0, mostOfFile).toString();
  const fallsBack = container.terminationMessagePolicy === "FallbackToLogsOnError" && exitCode !== 0;
  if (said !== "" || !fallsBack) return said || undefined;
  const options = { follow: false, timestamps: false, previous: false, tailLines: linesOfLog };
  const log = Buffer.concat(
    await Array.fromAsync(readLog(logFile, options, () => true, new AbortController().signal)),
  );
  return log.subarray(-mostOfLog).toString() || undefined;
}

const fileOf = (podDir: string, { name }: { name: string }) => join(podDir, "last-words", name);
