import { messageOf } from "../../../../lib/errors.ts";
import { prepareConfinement } from "./confine.ts";
import { createContainers } from "./containers.ts";
import { openLibc } from "./libc.ts";
import { createPodNetworks } from "./network.ts";
import type { Calls, Report, Request } from "./protocol.ts";
import { createRelay, listenForDials } from "./relay.ts";
import { tryContainer } from "./trial.ts";

/**
 * The sandbox process: root of a user namespace without rights on the machine, first process of a PID
 * namespace that ends with it, and middle of the pods' network. It decides nothing. It is started by
 * `../sandbox.ts` with the folder for its mounts and sockets, and ends when the cluster process does.
 */
const [run = "", bun = process.execPath] = process.argv.slice(2);
const report = (message: Report) => void process.send!(message);
process.on("disconnect", () => process.exit(0));
// One odd connection must not end every container of the cluster; stderr is the cluster's log.
process.on("uncaughtException", (thrown) => console.error(messageOf(thrown)));
process.on("unhandledRejection", (thrown) => console.error(messageOf(thrown)));

try {
  const calls = await open();
  process.on("message", (request: Request) => void answer(calls, request));
  report({ event: "ready" });
} catch (thrown) {
  report({ event: "failed", reason: messageOf(thrown) });
}

async function open(): Promise<Calls> {
  const libc = openLibc();
  const networks = createPodNetworks(libc);
  const containers = createContainers(libc, networks, await prepareConfinement(run, bun), report);
  await tryContainer(run, networks, containers);
  const relay = createRelay();
  listenForDials(run);
  return {
    ...containers,
    addPod: networks.add,
    removePod: networks.remove,
    routes: relay.update,
    async http({ ip, port, path, scheme, headers, timeoutMs }) {
      const url = `${scheme.toLowerCase()}://${ip}:${port}/${path.replace(/^\//, "")}`;
      const answer = await fetch(url, {
        headers: [...headers, ["connection", "close"]],
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
        tls: { rejectUnauthorized: false },
      }).catch((thrown) => {
        throw new Error(`Get "${url}": ${dialError(thrown, ip, port)}`);
      });
      await answer.body?.cancel();
      return answer.status;
    },
    async tcp(ip, port, timeoutMs) {
      const late = AbortSignal.timeout(timeoutMs);
      const connected = Bun.connect({ hostname: ip, port, socket: { data() {}, open: (s) => void s.end() } });
      const tooLate = new Promise((_, reject) => late.addEventListener("abort", () => reject(late.reason)));
      await Promise.race([connected, tooLate]).catch((thrown) => {
        throw new Error(dialError(thrown, ip, port));
      });
    },
  };
}

/** In the words of Go, which users know from probes. */
function dialError(
  thrown: { code?: string; name?: string; message: string },
  ip: string,
  port: number,
): string {
  const refused = thrown.code === "ECONNREFUSED" || thrown.code === "ConnectionRefused";
  if (refused) return `dial tcp ${ip}:${port}: connect: connection refused`;
  return thrown.name === "TimeoutError" ? `dial tcp ${ip}:${port}: i/o timeout` : thrown.message;
}

async function answer(calls: Calls, { id, call, args }: Request): Promise<void> {
  try {
    const value = await (calls[call] as (...args: unknown[]) => unknown)(...args);
    report({ event: "answer", id, ...(value === undefined ? {} : { value }) });
  } catch (thrown) {
    report({ event: "answer", id, error: messageOf(thrown) });
  }
}
