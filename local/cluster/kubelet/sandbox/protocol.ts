/** What the kubelet and its sandbox process say to one another, over Bun's IPC. */

/** One container, with everything decided: the sandbox process only carries it out. */
export interface ContainerSpec {
  /** `<pod uid>/<container>`. */
  key: string;
  pod: string;
  hostname: string;
  uid: number;
  gid: number;
  argv: string[];
  env: Record<string, string>;
  workdir: string;
  /** Empty directories of the image, writable: `/var/lib/postgresql`. */
  directories: string[];
  /** Programs of the image: files or folders of this machine, read-only. */
  programs: Mount[];
  /** Volumes, in the order they are mounted. */
  mounts: Mount[];
  readOnlyRoot: boolean;
  /** Bytes; with more its processes are ended. */
  memoryLimit?: number;
  hostsFile: string;
  logFile: string;
}

export interface Mount {
  source: string;
  target: string;
  /** A path inside `source`, resolved inside the container's own tree only. */
  subPath?: string;
  readOnly: boolean;
}

export interface Exit {
  exitCode: number;
  /** The signal's number, when one ended it. */
  signal?: number;
  /** It used more memory than its limit, and was ended for that. */
  outOfMemory?: boolean;
}

/** Where connections to a Service's address and port may go, in order of address. */
export interface Route {
  ip: string;
  port: number;
  targets: { ip: string; port: number }[];
}

export interface HttpCall {
  ip: string;
  port: number;
  path: string;
  scheme: string;
  headers: [string, string][];
  timeoutMs: number;
}

/** Calls that are answered: each is `{ id, call, args }` and its answer `{ re: id, value }` or `{ re: id, error }`. */
export interface Calls {
  addPod(pod: string, ip: string): void;
  removePod(pod: string): void;
  /** Answers when the program is about to start; throws when it is not there, or its world could not be built. */
  start(spec: ContainerSpec): Promise<void>;
  signal(key: string, signal: number): void;
  exec(session: number, key: string, argv: string[], options: { tty: boolean; stdin: boolean }): void;
  execInput(session: number, chunk: Uint8Array | null): void;
  execResize(session: number, width: number, height: number): void;
  execKill(session: number): void;
  routes(routes: Route[]): void;
  /** The status of the answer; throws when there is none. */
  http(call: HttpCall): Promise<number>;
  /** Throws when nothing takes the connection. */
  tcp(ip: string, port: number, timeoutMs: number): Promise<void>;
}

export type Request = {
  [C in keyof Calls]: { id: number; call: C; args: Parameters<Calls[C]> };
}[keyof Calls];

export type Report =
  | { event: "ready" }
  | { event: "failed"; reason: string }
  | { event: "answer"; id: number; value?: unknown; error?: string }
  | { event: "exit"; key: string; exit: Exit }
  | { event: "output"; session: number; stream: "stdout" | "stderr"; chunk: Uint8Array }
  /** `failure`: why the command could not be run at all. */
  | { event: "done"; session: number; exit: Exit; failure?: string };
