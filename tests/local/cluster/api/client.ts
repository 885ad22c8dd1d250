import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Plain HTTP against a test cluster, as the identity of a kubeconfig. */
export function createClient(kubeconfig: string) {
  const config = parse(readFileSync(kubeconfig, "utf8"));
  const { server, "certificate-authority-data": ca64 } = config.clusters[0].cluster;
  const { token } = config.users[0].user;
  const ca = Buffer.from(ca64, "base64").toString();

  async function send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const { body, type = "application/json", headers = {} } = options;
    const response = await fetch(server + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "user-agent": "tester/1.0",
        ...(body === undefined ? {} : { "content-type": type }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body) }),
      tls: { ca },
    } as RequestInit);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return {
      code: response.status,
      body: isJson && text !== "" ? JSON.parse(text) : text,
      headers: response.headers,
    };
  }

  return {
    send,
    get: (path: string, headers?: Record<string, string>) => send("GET", path, headers ? { headers } : {}),
    post: (path: string, body: unknown) => send("POST", path, { body }),
    put: (path: string, body: unknown) => send("PUT", path, { body }),
    delete: (path: string, body?: unknown) => send("DELETE", path, { body }),
    merge: (path: string, body: unknown) =>
      send("PATCH", path, { body, type: "application/merge-patch+json" }),
    apply: (path: string, body: unknown, manager = "m1", query = "") =>
      send("PATCH", `${path}?fieldManager=${manager}${query}`, {
        body,
        type: "application/apply-patch+yaml",
      }),
    /** The events of a watch as they come; `stop` ends it. */
    watch(path: string) {
      const events: any[] = [];
      const cut = new AbortController();
      const state = { ended: false, status: 0 };
      const run = async () => {
        const response = await fetch(server + path, {
          headers: { authorization: `Bearer ${token}` },
          tls: { ca },
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

interface SendOptions {
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  code: number;
  body: any;
  headers: Headers;
}
