import type { TestOutcome, TestResult } from "./generated.ts";

const outcomes: Record<string, TestOutcome> = { Passed: "PASSED", Failed: "FAILED", NotRun: "NOT_RUN" };

/**
 * What an agent sent of a test, as it is shown. It is the agent's word: what is not as it should be is left out, and what
 * has no sound name or outcome is no result. Pure.
 */
export function testResultOf(result: unknown): TestResult | undefined {
  const { name, kind, outcome, message, startedAt, endedAt, log } = result as Record<string, unknown>;
  const word = typeof outcome === "string" ? outcomes[outcome] : undefined;
  if (typeof name !== "string" || typeof kind !== "string" || word === undefined) return undefined;
  const lines = Array.isArray(log) ? log.filter((line) => typeof line === "string") : [];
  return {
    name,
    kind,
    outcome: word,
    message: typeof message === "string" ? message : null,
    startedAt: timeOf(startedAt),
    endedAt: timeOf(endedAt),
    log: lines.slice(-20),
  };
}

function timeOf(text: unknown): Date | null {
  const ms = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : new Date(ms);
}
