/** The child process that pulls charts: one JSON request on stdin, one JSON answer on stdout. */
import { AppError, type ErrorCode } from "../../lib/errors.ts";
import type { ChartPin } from "../../drivers/kit/index.ts";
import type { AddressPolicy } from "./address.ts";
import { pullAll } from "./chart-pull.ts";
import type { PullRequest } from "./chart-request.ts";

export interface ChartRequest {
  pulls: PullRequest[];
  policy: AddressPolicy;
  wireBytes: number;
}

export type ChartAnswer =
  | { charts: (ChartPin & { archive: string })[] }
  | { error: { code: ErrorCode; message: string; field?: string } };

const { pulls, ...options } = (await Bun.stdin.json()) as ChartRequest;
await Bun.write(Bun.stdout, JSON.stringify(await answer()));

async function answer(): Promise<ChartAnswer> {
  try {
    const charts = await pullAll(pulls, options);
    return {
      charts: charts.map(({ archive, ...pin }) => ({
        ...pin,
        archive: Buffer.from(archive).toString("base64"),
      })),
    };
  } catch (thrown) {
    const { code, message, field } = thrown instanceof AppError ? thrown : unforeseen(thrown);
    return { error: { code, message, ...(field ? { field } : {}) } };
  }
}

function unforeseen(thrown: unknown): AppError {
  const name = thrown instanceof Error ? thrown.name : "error";
  return new AppError("UNAVAILABLE", `The charts cannot be pulled: it failed unexpectedly (${name}).`);
}
