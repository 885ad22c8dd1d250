import {
  AgentGoodbyeDocument,
  AgentHelloDocument,
  type Client,
  ClientError,
} from "../../clients/sdk/index.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { createBackoff, type LoopHealth, startLoop } from "../../lib/loop.ts";

/** What the server answered to our hello. */
export interface SessionInfo {
  epoch: number;
  clusterId: string;
  clusterName: string;
  intent: "DIRECT" | "PULL";
  leaseMs: number;
  renewMs: number;
  /** What our operator should know, such as that we are a minor version behind. */
  notice?: string | null;
}

/** This agent's life in the server's eyes. Every loop that speaks to the server goes through it. */
export interface Session {
  current(): SessionInfo | undefined;
  /** The present session, as soon as there is one. Rejects with the signal's reason. */
  ready(signal: AbortSignal): Promise<SessionInfo>;
  /** Runs a call of this epoch; when the server no longer hears the epoch, says hello again and fails. */
  call<T>(signal: AbortSignal, work: (info: SessionInfo) => Promise<T>): Promise<T>;
  /** Tells the server that this agent ends, so that the next need not wait. Never throws. */
  goodbye(): Promise<void>;
  health(): LoopHealth;
  done: Promise<void>;
}

export interface SessionOptions {
  client: Client;
  /** Stable over restarts. */
  instanceId: string;
  version: string;
  /** The epoch before, if it ended in order; see `AgentHelloInput.calmEpoch`. */
  calmEpoch?: number | undefined;
  /** Called before the goodbye, which may be lost. */
  noteEnd?: ((epoch: number) => Promise<void>) | undefined;
  log: Log;
  signal: AbortSignal;
}

/** What the server may give us that an older agent would do wrong; see `AgentHelloInput.abilities`. */
const abilities = ["actions"];

/** How often an agent that stands by asks whether the other has gone. */
const standByMs = 1_000;
const longMs = 24 * 60 * 60 * 1000;

export function startSession(options: SessionOptions): Session {
  const { client, instanceId, version, noteEnd, log, signal } = options;
  let { calmEpoch } = options;
  let info: SessionInfo | undefined;
  let waiting: ((info: SessionInfo) => void)[] = [];

  const hello = async (own: AbortSignal) => {
    const input = { instanceId, version, abilities, ...(calmEpoch === undefined ? {} : { calmEpoch }) };
    const { agentHello } = await client.execute(
      AgentHelloDocument,
      { input },
      { signal: own, timeoutMs: 10_000 },
    );
    return agentHello;
  };

  let toldToWait = false;
  const loop = startLoop({
    name: "session",
    everyMs: longMs,
    signal,
    log,
    backoff: createBackoff({ baseMs: 100, capMs: 3_000 }),
    async once(own) {
      if (info) return;
      try {
        info = await hello(own);
      } catch (thrown) {
        if (!isAnotherAlive(thrown)) throw thrown;
        // While a Deployment is rolled out that is as it should be: the present agent is about to say goodbye.
        if (!toldToWait) log.warn("we stand by", { reason: messageOf(thrown) });
        toldToWait = true;
        return standByMs;
      }
      toldToWait = false;
      log.info("the server hears us", { epoch: info.epoch, cluster: info.clusterName, intent: info.intent });
      if (info.notice) log.warn(info.notice);
      for (const resolve of waiting.splice(0)) resolve(info);
    },
  });

  const ready = (caller: AbortSignal): Promise<SessionInfo> => {
    if (info) return Promise.resolve(info);
    return new Promise((resolve, reject) => {
      const settle = (found: SessionInfo) => {
        caller.removeEventListener("abort", give);
        resolve(found);
      };
      const give = () => {
        waiting = waiting.filter((one) => one !== settle);
        reject(caller.reason);
      };
      if (caller.aborted) return reject(caller.reason);
      caller.addEventListener("abort", give, { once: true });
      waiting.push(settle);
    });
  };

  return {
    current: () => info,
    ready,
    async call(caller, work) {
      const mine = await ready(caller);
      try {
        return await work(mine);
      } catch (thrown) {
        if (isEpochLost(thrown) && info === mine) {
          log.warn("the server no longer hears this epoch", { epoch: mine.epoch });
          info = undefined;
          calmEpoch = mine.epoch;
          loop.wake();
        }
        throw thrown;
      }
    },
    async goodbye() {
      if (!info) return;
      try {
        await noteEnd?.(info.epoch);
        await client.execute(AgentGoodbyeDocument, { epoch: info.epoch }, { timeoutMs: 2_000 });
      } catch (thrown) {
        log.warn("could not say goodbye", { error: messageOf(thrown) });
      }
    },
    health: loop.health,
    done: loop.done,
  };
}

function isAnotherAlive(thrown: unknown): boolean {
  return thrown instanceof ClientError && thrown.code === "CONFLICT" && thrown.field === "instanceId";
}

function isEpochLost(thrown: unknown): boolean {
  return thrown instanceof ClientError && thrown.code === "CONFLICT" && thrown.field === "epoch";
}
