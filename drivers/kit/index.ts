/** The door of the driver kit: the format, and what makes Kubernetes objects of it. */
export type * from "./action-context.ts";
export * from "./cage.ts";
export * from "./check.ts";
export * from "./components.ts";
export * from "./context.ts";
export * from "./digest.ts";
export * from "./files.ts";
export * from "./format.ts";
export * from "./merge.ts";
export * from "./parameters.ts";
export * from "./problem.ts";
export * from "./render.ts";
export * from "./rendering.ts";
export * from "./rights.ts";
export * from "./sample.ts";
export * from "./spec.ts";
export * from "./versions.ts";
