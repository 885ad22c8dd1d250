import { readFileSync } from "node:fs";
import { parse } from "yaml";

export type KubeHttp = ReturnType<typeof createClient>;

export interface SendOptions {
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  code: number;
  /** Read from JSON, else the text. */
  body: any;
  headers: Headers;
}

/** Plain HTTP against a cluster, as the identity of a kubeconfig (a token or a client certificate). */
export function createClient(kubeconfig: string) {
  const config = parse(readFileSync(kubeconfig, "utf8"));
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  const { token, "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
  const own = { ca: text(authority), ...(cert ? { cert: text(cert), key: text(key) } : {}) };
  return clientOf(server, own, token);
}

const text = (base64: string) => Buffer.from(base64, "base64").toString();

/** Hears of every request that was answered. */
type Listener = (method: string, path: string, answer: Answer) => void;

/** `tls` is one object for all requests: Bun reuses connections by it. */
function clientOf(
  server: string,
  tls: { ca: string; cert?: string; key?: string },
  token?: string,
  heard: Listener = () => {},
) {
  const identity: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  async function send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const { body, type = "application/json", headers = {} } = options;
    const response = await fetch(server + path, {
      method,
      headers: {
        ...identity,
        "user-agent": "tester/1.0",
        ...(body === undefined ? {} : { "content-type": type }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body) }),
      tls,
    } as RequestInit);
    const text = await response.text();
    const isStream = response.ok && path.includes("watch=true");
    const isJson = !isStream && response.headers.get("content-type")?.startsWith("application/json");
    const answer = {
      code: response.status,
      body: isJson && text !== "" ? JSON.parse(text) : text,
      headers: response.headers,
    };
    heard(method, path, answer);
    return answer;
  }
  const patch = (kind: string) => (path: string, body: unknown) =>
    send("PATCH", path, { body, type: `application/${kind}` });

  return {
    send,
    get: (path: string, headers?: Record<string, string>) => send("GET", path, headers ? { headers } : {}),
    post: (path: string, body: unknown) => send("POST", path, { body }),
    put: (path: string, body: unknown) => send("PUT", path, { body }),
    delete: (path: string, body?: unknown) => send("DELETE", path, { body }),
    merge: patch("merge-patch+json"),
    strategic: patch("strategic-merge-patch+json"),
    jsonPatch: patch("json-patch+json"),
    apply: (path: string, body: unknown, manager = "m1", query = "") =>
      send("PATCH", `${path}?fieldManager=${manager}${query}`, {
        body,
        type: "application/apply-patch+yaml",
      }),
    /** The same cluster, asked with another token; without one by nobody. */
    as: (other?: string) => clientOf(server, { ca: tls.ca }, other, heard),
    /** The same client, whose requests are told of. */
    heardBy: (listener: Listener) => clientOf(server, tls, token, listener),
    /** The events of a watch as they come; `stop` ends it. */
    watch(path: string, headers: Record<string, string> = {}) {
      const events: any[] = [];
      const cut = new AbortController();
      const state = { ended: false, status: 0 };
      const run = async () => {
        const response = await fetch(server + path, {
          headers: { ...identity, ...headers },
          tls,
          signal: cut.signal,
        } as RequestInit);
        state.status = response.status;
        const decoder = new TextDecoder();
        let rest = "";
        for await (const chunk of response.body!) {
          rest += decoder.decode(chunk as Uint8Array, { stream: true });
          const lines = rest.split("\n");
          rest = lines.pop()!;
          events.push(...lines.filter((line) => line !== "").map((line) => JSON.parse(line)));
        }
      };
      const done = run()
        .catch(() => {})
        .finally(() => (state.ended = true));
      return {
        events,
        state,
        /** `ADDED c1`, as a short form for comparisons. */
        seen: () => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ""}`.trim()),
        async stop() {
          cut.abort();
          await done;
        },
      };
    },
  };
}
