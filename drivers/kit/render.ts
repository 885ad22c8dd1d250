import type { Context } from "./context.ts";
import type { DriverFiles, DriverSpec } from "./format.ts";
import type { Problem } from "./problem.ts";

/** An object of any kind as a template wrote it; at least these fields are there. */
export interface KubeObjectLike {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // Objects of every kind pass through here, and each reader knows its own.
  [field: string]: any;
}

export interface RenderLimits {
  /** How long one render may take, milliseconds. */
  timeMs: number;
  /** Memory the templates may use; also the most that the text of one file can grow to. Bytes. */
  memoryBytes: number;
  /** Text of all files together, bytes. */
  outputBytes: number;
  /** Instructions of the template engine for one file. */
  fuel: number;
  objects: number;
}

export const defaultRenderLimits: RenderLimits = {
  timeMs: 10_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 4 * 1024 * 1024,
  fuel: 5_000_000,
  objects: 500,
};

export interface RenderRequest {
  spec: DriverSpec;
  files: DriverFiles;
  /** The stored Context, with references for secrets. */
  context: Context;
  /** The secrets' values by key of the Secret; none of them ever appears in a problem. */
  secrets: Record<string, string>;
}

export type RenderOutcome =
  { objects: KubeObjectLike[]; problems?: undefined } | { problems: Problem[]; objects?: undefined };

/**
 * Renders one driver after the other in a warm child process that has no environment and limits on memory,
 * time and output. It is started by the first render, replaced after any trouble, and ended by `close` and
 * after some idle time. Renders queue up; one is under way at a time.
 */
export interface Renderer {
  /**
   * Objects in the order of files and documents, lists flattened; or everything that is wrong with them.
   * Rejects only when the signal is aborted.
   */
  render(request: RenderRequest, signal?: AbortSignal): Promise<RenderOutcome>;
  close(): Promise<void>;
}
