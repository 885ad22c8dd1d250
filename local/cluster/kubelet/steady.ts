import { createBackoff, sleep } from "../../../lib/loop.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox.ts";

export interface SteadyOptions extends Omit<SandboxOptions, "onLost"> {
  /** Tells a sandbox that takes the place of one that ended what it must know before anything is started. */
  prepare: (sandbox: Sandbox) => Promise<void>;
}

/**
 * A sandbox that is started anew when its process ends unasked. Until the new one is there calls wait; the
 * containers that ended with the old one are their pods' to restart. Throws when the first one cannot start.
 */
export async function createSteadySandbox(options: SteadyOptions): Promise<Sandbox> {
  const { log, prepare } = options;
  const over = new AbortController();
  const onLost = () => {
    log.error("the sandbox process ended: all containers are started again");
    current = replace();
    current.catch(() => {}); // stopped meanwhile
  };
  const replace = async (): Promise<Sandbox> => {
    const backoff = createBackoff();
    for (;;) {
      try {
        const sandbox = await startSandbox({ ...options, onLost });
        await prepare(sandbox);
        return sandbox;
      } catch (thrown) {
        log.error("the sandbox process could not be started", { error: thrown });
        await sleep(backoff.next(), over.signal);
      }
    }
  };
  let current = Promise.resolve(await startSandbox({ ...options, onLost }));
  let latest = await current;
  const now = async () => (latest = await current);

  return {
    call: (name, ...args) => now().then((sandbox) => sandbox.call(name, ...args)),
    start: async (spec) => (await now()).start(spec),
    exec: (...args) => latest.exec(...args),
    dial: async (ip, port) => (await now()).dial(ip, port),
    async stop() {
      over.abort(new Error("the kubelet is being stopped"));
      await current.then(
        (sandbox) => sandbox.stop(),
        () => {},
      );
    },
  };
}
