import { join } from "node:path";
import type { Case } from "./case.ts";
import { discovery } from "./cases/discovery.ts";

/** All cases. What the real cluster answered to `cases/discovery.ts` is kept in `answers/discovery.json`. */
export const areas: Record<string, Case[]> = { discovery };

export function answersFile(area: string): string {
  return join(import.meta.dir, "answers", `${area}.json`);
}

/** The recorded answers of an area by the names of its cases; empty when nothing was recorded yet. */
export async function recordedAnswers(area: string): Promise<Record<string, unknown>> {
  const file = Bun.file(answersFile(area));
  return (await file.exists()) ? ((await file.json()) as Record<string, unknown>) : {};
}
