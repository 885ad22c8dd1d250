// The real reporter in a process of its own. It posts when told to, and each post of the pods is written down.
import { AsyncLocalStorage } from "node:async_hooks";
import { startReporter } from "../../../agent/reporter/reporter.ts";
import { startSession } from "../../../agent/session/session.ts";
import { createClient, ReportPodStatusesDocument } from "../../../clients/sdk/index.ts";
import { createSight } from "../../../kube/sight.ts";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { silentLog } from "../../../lib/log.ts";
import { serve } from "../child.ts";

export interface Post {
  kind: "FULL" | "DELTA" | "SAME";
  /** Pods in it. */
  pods: number;
  /** Of the request's body as it was sent. */
  bytes: number;
  /** From the request sent to its answer, milliseconds. */
  serverMs: number;
}

const env = process.env as Record<string, string>;
const kube = createKube({ config: await loadKubeAccess({ kubeconfig: env.BENCH_KUBECONFIG! }) });
const current = new AsyncLocalStorage<Partial<Post>>();
let posts: Post[] = [];

const plainFetch = globalThis.fetch;
globalThis.fetch = Object.assign(
  async (...[url, init]: Parameters<typeof fetch>) => {
    const from = performance.now();
    const response = await plainFetch(url, init);
    const post = current.getStore();
    const body = init?.body as string | ArrayBuffer | undefined;
    const bytes = typeof body === "string" ? Buffer.byteLength(body) : (body?.byteLength ?? 0);
    if (post) Object.assign(post, { bytes, serverMs: performance.now() - from });
    return response;
  },
  { preconnect: plainFetch.preconnect },
);

const plain = createClient({ url: env.BENCH_SERVER!, token: env.BENCH_TOKEN! });
const client: typeof plain = {
  ...plain,
  async execute(document, variables, options) {
    if ((document as unknown) !== ReportPodStatusesDocument)
      return plain.execute(document, variables, options);
    const { kind, pods } = (variables as { input: { kind: Post["kind"]; pods: unknown[] } }).input;
    const post: Partial<Post> = { kind, pods: pods.length };
    const answer = await current.run(post, () => plain.execute(document, variables, options));
    posts.push(post as Post);
    return answer;
  },
};

let running: { stop: () => Promise<void>; wake: () => void } | undefined;

async function post(count = 1): Promise<Post[]> {
  posts = [];
  const until = performance.now() + 30_000;
  for (let number = 1; number <= count; number++) {
    running?.wake();
    while (posts.length < number) {
      if (performance.now() > until) throw new Error("the reporter posted nothing");
      await Bun.sleep(1);
    }
  }
  return posts;
}

serve({
  /** A new life of the reporter: it lists and posts everything. Answers the post, and how long all of it took. */
  async begin() {
    await running?.stop();
    posts = [];
    const stop = new AbortController();
    const shared = { client, signal: stop.signal, log: silentLog };
    const session = startSession({ ...shared, instanceId: "bench", version: "0.0.0" });
    await session.ready(stop.signal);
    const from = performance.now();
    const reporter = startReporter({
      ...shared,
      session,
      sight: createSight(),
      kube,
      namespace: "styrmin-system",
      everyMs: 3_600_000,
      soonMs: 0,
    });
    running = {
      wake: reporter.loop.wake,
      async stop() {
        stop.abort();
        await Promise.all([reporter.done, session.done]);
      },
    };
    // The loop's first turn may come before the list.
    while (posts.length === 0) {
      reporter.loop.wake();
      await Bun.sleep(5);
    }
    return { post: posts[0], wholeMs: performance.now() - from };
  },
  post,
});
