import type { Socket } from "node:net";
import { sleep } from "../../../lib/loop.ts";
import { createLogWriter } from "./log-writer.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ContainerSpec, Exit } from "./sandbox/protocol.ts";

/** How long a simulated container seems to start. */
const startsMs = 300;

/**
 * Containers that only pretend: where the machine does not allow to confine processes, and for images that are
 * not here. They say so in their log, pass every probe and end when they are told to.
 */
export function createSimulatedSandbox(reason: string): Sandbox {
  const running = new Map<string, { end(exit: Exit): void }>();
  const refused = () => Promise.reject<Socket>(new Error(`the pod is simulated: ${reason}`));

  return {
    async call(name, ...args) {
      if (name === "signal") {
        const [key, signal] = args as unknown as [string, number];
        running.get(key)?.end({ exitCode: 128 + signal, signal });
      }
      return (name === "http" ? 200 : undefined) as never;
    },
    async start(spec: ContainerSpec) {
      const log = createLogWriter(spec.logFile);
      const line = `This container is simulated: ${reason}. It would run: ${spec.argv.join(" ")}`;
      log.write("stdout", Buffer.from(`${line.trim()}\n`));
      log.close();
      await sleep(startsMs);
      const exited = Promise.withResolvers<Exit>();
      running.set(spec.key, { end: exited.resolve });
      void exited.promise.then(() => running.delete(spec.key));
      return { exited: exited.promise };
    },
    exec: (_key, _argv, output) => {
      const said = Buffer.from(`There is nothing to run in: the container is simulated (${reason}).\n`);
      (output.tty ? output.stdout : output.stderr)(said);
      return {
        write: () => {},
        closeStdin: () => {},
        resize: () => {},
        kill: () => {},
        done: Promise.resolve({ exitCode: 126 }),
      };
    },
    dial: refused,
    stop: async () => {
      for (const { end } of running.values()) end({ exitCode: 137, signal: 9 });
    },
  };
}
