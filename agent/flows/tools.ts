import type { DriverFiles } from "../../drivers/kit/index.ts";
import type { Kube } from "../../kube/types.ts";
import type { ActionRunner } from "../actions/runner.ts";
import type { ResourceView } from "./resources.ts";

/** What the flows of this agent work with. */
export interface FlowTools {
  kube: Kube;
  resources: ResourceView;
  /** The agent's own, where the resources are. */
  namespace: string;
  /** The text of `k8s/crd.yaml` that this agent was made with. */
  crdYaml: string;
  /** What runs a driver's actions. */
  actions: ActionTools;
}

/** What runs a driver's actions. */
export interface ActionTools {
  runner: ActionRunner;
  /** The files of driver versions by digest. */
  bundles: { get(digest: string, signal: AbortSignal): Promise<DriverFiles> };
  /** How long one action may take, milliseconds. */
  timeoutMs: number;
  /**
   * How long a runner, or the server with the driver's files, may be away before an action fails for it, milliseconds;
   * two minutes by default.
   */
  awayLimitMs?: number;
}
