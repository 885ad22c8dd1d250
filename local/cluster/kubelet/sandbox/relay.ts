import { constants, openSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { Transform } from "node:stream";
import type { Route } from "./protocol.ts";

export interface Relay {
  /** Listens on exactly these Service addresses from now on. Connections under way are left alone. */
  update(routes: Route[]): void;
}

/**
 * Services: a listener for each address and port that has somewhere to go; each connection is handed to the
 * next target in turn. One without a ready endpoint has no listener, so that callers are refused at once.
 */
export function createRelay(): Relay {
  const listeners = new Map<string, { server: Server; targets: Route["targets"] }>();
  return {
    update(routes) {
      const wanted = new Map(routes.filter((r) => r.targets.length > 0).map((r) => [`${r.ip}:${r.port}`, r]));
      for (const [key, { server }] of listeners) {
        if (wanted.has(key)) continue;
        server.close();
        listeners.delete(key);
      }
      for (const [key, { ip, port, targets }] of wanted) {
        const known = listeners.get(key);
        if (known) {
          known.targets = targets;
          continue;
        }
        let turn = 0;
        const entry = { targets, server: createServer({ allowHalfOpen: true, pauseOnConnect: true }) };
        entry.server.on("connection", (client) => {
          client.on("error", () => client.destroy());
          connectAny(client, entry.targets, turn++);
        });
        entry.server.on("error", (error) => console.error(`service ${key}: ${error.message}`));
        entry.server.listen({ host: ip, port, backlog: 511 });
        listeners.set(key, entry);
      }
    },
  };
}

/**
 * The path of the door's socket in a folder. A socket's path may have 107 characters only, which a folder of
 * the user's can well have by itself: so the folder is opened, and the path begins at its descriptor.
 */
export function doorIn(folder: string): string {
  return `/proc/self/fd/${openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)}/door`;
}

/**
 * The door for the machine's side: a unix socket. The caller writes `<ip> <port>\n`, reads `+` (connected) or
 * `-` (nothing takes the connection there), and then has the pod on the line.
 */
export function listenForDials(folder: string): Server {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    client.once("data", (first: Buffer) => {
      client.pause();
      const end = first.indexOf(10);
      const [host, port] = first.subarray(0, end).toString().split(" ");
      if (first.length > end + 1) client.unshift(first.subarray(end + 1));
      const pod = createConnection({ host: host!, port: Number(port), allowHalfOpen: true });
      const refused = () => client.end("-");
      pod.once("error", refused);
      client.once("close", () => pod.destroy());
      pod.once("connect", () => {
        pod.off("error", refused);
        client.write("+");
        join(client, pod);
      });
    });
  });
  return server.listen(doorIn(folder));
}

function connectAny(client: Socket, targets: Route["targets"], turn: number, tried = 0): void {
  const target = targets[(turn + tried) % targets.length]!;
  const pod = createConnection({ host: target.ip, port: target.port, allowHalfOpen: true });
  const next = () => {
    pod.destroy();
    if (tried + 1 < targets.length) connectAny(client, targets, turn, tried + 1);
    else client.destroy();
  };
  pod.once("error", next);
  pod.once("connect", () => {
    pod.off("error", next);
    join(client, pod);
  });
}

/**
 * Both ways, each with its own end and its own pressure back; when one side breaks, so does the other. What `b` sends goes
 * through `changed`, if given.
 */
export function join(a: Socket, b: Socket, changed?: Transform): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.setNoDelay(true);
    from.on("error", () => to.destroy());
    from.once("close", (failed: boolean) => failed && to.destroy());
    if (from === b && changed) from.pipe(changed).pipe(to);
    else from.pipe(to);
  }
}
