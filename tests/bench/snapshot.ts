import { join } from "node:path";
import type { Section } from "./figure.ts";
import type { Post } from "./programs/reporter.ts";
import { startCluster } from "./ground.ts";
import type { Stack } from "./stack.ts";
import { spreadOf } from "./statistics.ts";

const [pods, rounds] = [10_000, 3];

/** 10,000 pods through the whole path: listed from the embedded API, projected, posted over HTTP, written. */
export async function measureSnapshot(stack: Stack): Promise<Section> {
  const { kubeconfig, cluster } = await startCluster(stack, join(stack.dir, "snapshot"));
  await cluster.ask("addPods", pods, stack.deploymentIds);
  const reporter = stack.start("reporter.ts", { BENCH_KUBECONFIG: kubeconfig });

  const first: Post[] = [];
  const delta: Post[] = [];
  const same: Post[] = [];
  const whole: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    await stack.sql`truncate pod_statuses`;
    const begun = await reporter.ask<{ post: Post; wholeMs: number }>("begin");
    if (begun.post.kind !== "FULL" || begun.post.pods !== pods)
      throw new Error("the first post has not all pods");
    if (round > 0) first.push(begun.post); // the round before everything is warm does not count
    if (round > 0) whole.push(begun.wholeMs / 1000);
  }
  for (let round = 0; delta.length < rounds + 2; round++) {
    const changed = await cluster.ask<number>("restartEvery", 100, round + 1);
    await Bun.sleep(300); // the watch brings them
    const [post] = await reporter.ask<Post[]>("post");
    const isWhole = post!.kind === "DELTA" && post!.pods === changed;
    // On a busy machine some are still under way; the next round, of the same pods, has them.
    if (isWhole && round > 0) delta.push(post!);
    if (round > 20) throw new Error(`a post has ${post!.pods} pods, where ${changed} changed`);
  }
  for (const post of await reporter.ask<Post[]>("post", 21)) {
    if (post.kind !== "SAME") throw new Error("something changed by itself");
    same.push(post);
  }
  const [stored] = await stack.sql<
    { count: number }[]
  >`select count(*)::int as count from pod_statuses where restarts > 0`;
  if (stored!.count !== pods / 100) throw new Error(`${stored!.count} restarted pods are stored`);
  await reporter.stop();
  await cluster.stop();

  const seconds = (posts: Post[]) => spreadOf(posts.map((post) => post.serverMs / 1000));
  const kilobytes = (posts: Post[]) => spreadOf(posts.map((post) => post.bytes / 1000)).median;
  return {
    title: `Snapshot of ${pods.toLocaleString("en-US")} pods, time from request to answer`,
    figures: [
      {
        name: `first, ${kilobytes(first).toFixed(0)} kB on the wire`,
        unit: "s",
        digits: 2,
        value: seconds(first),
        target: { atMost: 0.6 },
      },
      {
        name: `1 % changed, ${kilobytes(delta).toFixed(1)} kB`,
        unit: "s",
        digits: 3,
        value: seconds(delta),
        target: { atMost: 0.2 },
      },
      {
        name: `unchanged, ${kilobytes(same).toFixed(1)} kB`,
        unit: "ms",
        digits: 1,
        value: spreadOf(same.map((post) => post.serverMs)),
        target: { atMost: 20 },
      },
      { name: "list, project, post and write of the first", unit: "s", digits: 2, value: spreadOf(whole) },
    ],
    quotes: ["Strawberry at its best, of another run: 1.6 / 1.5 / 1.5 s, 3,700 kB each time"],
  };
}
