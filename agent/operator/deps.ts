import type { DriverFiles, Renderer } from "../../drivers/kit/index.ts";
import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { Kube } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";
import type { NewDefinitions } from "./definitions.ts";
import type { DriftLedger } from "./drift.ts";
import type { HookTimes } from "./hook-time.ts";
import type { StartLedger } from "./starting.ts";
import type { ReleaseStore } from "./release-store.ts";
import type { Views } from "./views.ts";
import type { Warnings } from "./warnings.ts";

/** What the steps of a reconcile work with. */
export interface Deps {
  kube: Kube;
  /** The agent's own: resources, parameter Secrets and Releases live there. */
  namespace: string;
  views: Views;
  warnings: Warnings;
  releases: ReleaseStore;
  bundles: Bundles;
  renderer: Renderer;
  drift: DriftLedger;
  definitions: NewDefinitions;
  starting: StartLedger;
  hookTimes: HookTimes;
  /** What was done of late so that StatefulSets can go on, by name of the resource: told until it is healthy. */
  ended: Map<string, { mark: string; text: string }>;
  /** Failures since all was well by name of the resource: how many were for want of a right, and how many not. */
  failures: Map<string, { forRights: number; others: number }>;
  /** Takes what a write to a resource returned, so that it is known before the watch brings it. */
  noteResource: (resource: StyrminDeployment) => void;
  settings: OperatorSettings;
  log: Log;
}

/** The files of driver versions, and the charts that they pin, by digest. */
export interface Bundles {
  get(digest: string, signal: AbortSignal): Promise<DriverFiles>;
  getChart(digest: string, signal: AbortSignal): Promise<Uint8Array>;
}

export interface OperatorSettings {
  /** Each deployment is looked at once more at least so often, milliseconds, with a tenth of jitter. */
  resyncMs: number;
  /** What was refused for a reason that may pass (quota, rights, somebody else's object) is tried again after so long. */
  slowRetryMs: number;
  /** The first wait after a failure, milliseconds; it doubles with each further one, up to `retryCapMs`. */
  retryBaseMs: number;
  retryCapMs: number;
  /** Deployments worked on side by side: 16 need a tenth less time of the processor for each than 8. */
  concurrency: number;
  /** Changes of objects that come within so many milliseconds are looked at together. */
  driftDebounceMs: number;
  /** Releases kept of each deployment, the current one among them. */
  releasesKept: number;
  /** A complete list of every watched kind at least this often, milliseconds. */
  relistMs: number;
  /** How long one look at one deployment may take, milliseconds. */
  limitMs: number;
  /** How long one hook of a chart may take, milliseconds; helm's own default. */
  hookMs: number;
}

export const defaultSettings: OperatorSettings = {
  resyncMs: 10 * 60_000,
  slowRetryMs: 60_000,
  retryBaseMs: 200,
  retryCapMs: 8_000,
  concurrency: 16,
  driftDebounceMs: 15,
  releasesKept: 5,
  relistMs: 5 * 60_000,
  limitMs: 2 * 60_000,
  hookMs: 5 * 60_000,
};
