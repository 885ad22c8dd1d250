import type { Client } from "../clients/sdk/index.ts";
import { startLeaseGuard } from "../kube/lease.ts";
import { createSight } from "../kube/sight.ts";
import type { Kube, Sight } from "../kube/types.ts";
import type { Log } from "../lib/log.ts";
import { createDeleteFlow } from "./flows/delete.ts";
import { createActionRunner } from "./actions/create.ts";
import type { ActionRunner } from "./actions/runner.ts";
import { createDeployFlow } from "./flows/deploy.ts";
import { startPublisher } from "./flows/publisher.ts";
import { startResourceView } from "./flows/resources.ts";
import type { Flow } from "./flows/run.ts";
import { createUpgradeFlow } from "./flows/upgrade.ts";
import { startHoldSweeper } from "./flows/sweeper.ts";
import { createTestFlow } from "./flows/test.ts";
import { startWorker } from "./flows/worker.ts";
import type { HealthSource } from "./health.ts";
import { createBundles } from "./operator/bundles.ts";
import type { OperatorSettings } from "./operator/deps.ts";
import { createFetcher } from "./operator/fetcher.ts";
import { guarded } from "./operator/guard.ts";
import { startOperator } from "./operator/operator.ts";
import { startInquiries } from "./reporter/inquiries.ts";
import { startReporter } from "./reporter/reporter.ts";
import { startSession } from "./session/session.ts";
import { type Part, supervise } from "./supervise.ts";

export interface AgentOptions {
  client: Client;
  kube: Kube;
  /** The agent's own namespace. */
  namespace: string;
  /** Stable over restarts. */
  instanceId: string;
  version: string;
  /** The epoch of the life before, if it ended in order, and what keeps that of this one. */
  calmEpoch?: number | undefined;
  noteEnd?: (epoch: number) => Promise<void>;
  /** Where drivers' files are kept. */
  bundleFolder: string;
  crdYaml: string;
  /** How often the whole observed state is posted, milliseconds. */
  statusMs?: number;
  /** How long the cluster Lease lasts unrenewed, milliseconds. */
  leaseDurationMs?: number;
  concurrency?: number;
  operatorSettings?: Partial<OperatorSettings>;
  /** What runs drivers' actions; a child of the agent without one. Closed at the end. */
  runner?: ActionRunner;
  /** How long one action may take, milliseconds. */
  actionTimeoutMs?: number;
  /** More flows, or other ones, by task kind. */
  flows?: Record<string, Flow>;
  /** Replaces whole loops: how tests make one throw or hang. */
  parts?: Partial<Record<"flows" | "operator" | "reporter", (signal: AbortSignal) => Part>>;
  signal: AbortSignal;
  log: Log;
}

export interface Agent {
  /** One for each loop, with how long it may go without a success. */
  health: HealthSource[];
  /** What of the cluster cannot be seen at the moment. */
  blindSpots: Sight["blindSpots"];
  /** Whether it works, or stands by to take over from another. */
  isReady(): boolean;
  /** Settles when all loops have ended. The signal ends them. */
  done: Promise<void>;
}

const leaseName = "styrmin-agent";

/**
 * Starts the agent: three loops side by side, each supervised on its own, over one session with the server
 * and one client of the cluster. The operator needs neither the server nor the other loops.
 */
export function startAgent(options: AgentOptions): Agent {
  const { client, kube, namespace, instanceId, version, crdYaml, signal, log } = options;
  const { statusMs = 5_000, leaseDurationMs = 15_000, actionTimeoutMs = 600_000, parts = {} } = options;
  const { runner = createActionRunner({ log: log.with({ loop: "flows" }) }) } = options;
  const sight = createSight();
  const { calmEpoch, noteEnd } = options;
  const sessionLog = log.with({ loop: "session" });
  const session = startSession({ client, instanceId, version, calmEpoch, noteEnd, log: sessionLog, signal });
  const guard = startLeaseGuard({
    kube,
    namespace,
    name: leaseName,
    identity: instanceId,
    durationMs: leaseDurationMs,
    renewMs: leaseDurationMs / 3,
    signal,
    log: log.with({ loop: "lease" }),
  });
  sight.setPulse(guard);
  const fetchBundle = createFetcher(client.connection, "bundles");
  const bundles = createBundles({
    folder: options.bundleFolder,
    fetchBundle: (digest) => fetchBundle(digest, signal),
    fetchChart: createFetcher(client.connection, "charts"),
  });

  const startFlows = (own: AbortSignal): Part => {
    const flowLog = log.with({ loop: "flows" });
    const resources = startResourceView({ kube, namespace, signal: own, sight, log: flowLog });
    const tools = {
      kube,
      resources,
      namespace,
      crdYaml,
      actions: { runner, bundles, timeoutMs: actionTimeoutMs },
    };
    const flows = {
      DEPLOY: createDeployFlow(tools),
      UPGRADE: createUpgradeFlow(tools),
      DELETE: createDeleteFlow(tools),
      TEST: createTestFlow(tools),
      ...options.flows,
    };
    const shared = { client, session, signal: own, log: flowLog };
    const worker = startWorker({ ...shared, flows, concurrency: options.concurrency });
    // Asked before each write too: a publisher that was paused must not bring back what was deleted since.
    const fenced = guarded(kube, guard.held);
    const publisher = startPublisher({ ...shared, kube: fenced, namespace, whenHeld: guard.whenHeld });
    const sweeper = startHoldSweeper({
      ...shared,
      kube: fenced,
      resources,
      namespace,
      everyMs: statusMs,
    });
    const done = settleAll([worker.done, publisher.done, sweeper.done, resources.done]);
    return { health: worker.health, done };
  };
  const startOperating = (own: AbortSignal): Part =>
    startOperator({
      kube,
      namespace,
      bundles,
      log: log.with({ loop: "operator" }),
      signal: own,
      sight,
      held: guard.held,
      settings: options.operatorSettings,
    });
  const startReporting = (own: AbortSignal): Part => {
    const shared = { client, session, kube, sight, signal: own, log: log.with({ loop: "reporter" }) };
    const reporter = startReporter({ ...shared, namespace, everyMs: statusMs });
    const inquiries = startInquiries({ ...shared, podsOf: reporter.podsOf });
    return { health: reporter.loop.health, done: settleAll([reporter.done, inquiries.done]) };
  };

  const shared = { signal, log };
  const flows = supervise({ ...shared, name: "flows", start: parts.flows ?? startFlows });
  const operator = supervise({ ...shared, name: "operator", start: parts.operator ?? startOperating });
  const reporter = supervise({ ...shared, name: "reporter", start: parts.reporter ?? startReporting });
  const end = async () => {
    await settleAll([flows.done, operator.done, reporter.done, session.done]);
    await Promise.all([guard.release().catch(() => {}), session.goodbye(), runner.close()]);
  };
  return {
    blindSpots: sight.blindSpots,
    health: [
      { health: flows.health, staleMs: 90_000 },
      { health: operator.health, staleMs: 20 * 60_000 },
      { health: reporter.health, staleMs: Math.max(30_000, statusMs * 6) },
    ],
    isReady: () => session.health().lastSuccessAt !== null,
    done: end(),
  };
}

async function settleAll(promises: Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(promises);
}
