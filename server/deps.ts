import type { Context, DriverFiles, DriverSpec, Problem, RenderOutcome } from "../drivers/kit/index.ts";
import type { Log } from "../lib/log.ts";
import { createRelay, type Relay } from "./agents/relay.ts";
import { type Changes, createChanges } from "./db/changes.ts";
import type { Sql } from "./db/sql.ts";
import type { Sealing } from "./deploy/sealing.ts";
import type {
  BranchSource,
  FoundDriver,
  LoadedDriver,
  LoadSource,
  NewCommits,
  OnProgress,
  ScanSource,
} from "./drivers/load.ts";
import { createProgressBoard, type ProgressBoard } from "./drivers/progress.ts";
import type { RefsAnswer, RefsAsked } from "./drivers/ls-refs.ts";
import { defaultSettings, type Settings } from "./settings.ts";

/** What the server's parts work with. */
export interface Deps {
  sql: Sql;
  log: Log;
  changes: Changes;
  sealing: Sealing;
  settings: Settings;
  relay: Relay;
  /** Reads a driver and checks it; see `server/drivers/load.ts`. */
  loadDriver: (source: LoadSource, signal?: AbortSignal, onProgress?: OnProgress) => Promise<LoadedDriver>;
  /** Reads what is new on a followed branch; see there too. */
  readNewCommits: (source: BranchSource, signal?: AbortSignal) => Promise<NewCommits>;
  /** Looks at all drivers of a repository; see there too. */
  scanDrivers: (
    source: ScanSource,
    signal?: AbortSignal,
    onProgress?: OnProgress,
  ) => Promise<{ commit: string; found: FoundDriver[] }>;
  /** How far loads are. */
  progress: ProgressBoard;
  /** Asks a repository for its refs; see `server/drivers/ls-refs.ts`. */
  listRefs: (asked: RefsAsked, signal?: AbortSignal) => Promise<RefsAnswer>;
  /** What a driver makes for one context: its objects, or what is wrong. Nothing is kept. */
  render: (check: ManifestCheck, signal?: AbortSignal) => Promise<RenderOutcome>;
  /**
   * What is wrong with a driver's manifests for one context; secrets are made up. Nothing is kept. Where there is no helm,
   * nothing of a chart is known to be wrong.
   */
  checkManifests: (check: ManifestCheck, signal?: AbortSignal) => Promise<Problem[]>;
  /** The server's own version. */
  version: string;
  /** The address under which agents reach the server, if it is known. */
  agentUrl: string | undefined;
  close(): Promise<void>;
}

export interface ManifestCheck {
  spec: DriverSpec;
  files: DriverFiles;
  /** The packed charts that the driver pins, by digest. */
  charts: Record<string, Uint8Array>;
  context: Context;
  secrets: Record<string, string>;
  /** Whether something runs already, which a chart sees. Default false. */
  upgrade?: boolean;
}

export interface DepsOptions {
  sql: Sql;
  log: Log;
  sealing: Sealing;
  loadDriver: Deps["loadDriver"];
  readNewCommits: Deps["readNewCommits"];
  scanDrivers: Deps["scanDrivers"];
  listRefs: Deps["listRefs"];
  render: Deps["render"];
  checkManifests: Deps["checkManifests"];
  settings?: Partial<Settings>;
  version?: string;
  agentUrl?: string | undefined;
}

/** Puts the parts together and begins to listen for changes; `close` ends that, and leaves the pool open. */
export function createDeps(options: DepsOptions): Deps {
  const {
    sql,
    log,
    sealing,
    loadDriver,
    readNewCommits,
    scanDrivers,
    listRefs,
    render,
    checkManifests,
    settings = {},
  } = options;
  const changes = createChanges(sql, log);
  return {
    sql,
    log,
    changes,
    sealing,
    settings: { ...defaultSettings, ...settings },
    relay: createRelay(),
    loadDriver,
    readNewCommits,
    scanDrivers,
    progress: createProgressBoard(),
    listRefs,
    render,
    checkManifests,
    version: options.version ?? "0.0.0",
    agentUrl: options.agentUrl,
    close: changes.close,
  };
}
