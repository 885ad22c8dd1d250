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
  /** How long one render may work, milliseconds of processor time; see `watchTime`. */
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

export type RenderOutcome = Rendered | { problems: Problem[]; objects?: undefined };

export interface Rendered {
  objects: KubeObjectLike[];
  /** The hooks of a chart, which are no part of what is kept in the cluster; absent without a chart. */
  hooks?: KubeObjectLike[];
  /** What the chart was given, YAML; absent without a chart. */
  chartValues?: string;
  problems?: undefined;
}
