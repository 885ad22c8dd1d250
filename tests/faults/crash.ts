import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import { armAt, type Boundary, boundariesIn, isReached, marksOf, type When } from "./boundaries.ts";
import { type Picture, pictureOf } from "./picture.ts";
import type { Asked, World } from "./world.ts";

/** One crash: of which program, or only of the connection, at which write. */
export interface Crash {
  victim: "agent" | "server" | "connection";
  boundary: Boundary;
  when: When;
}

export interface Clean {
  deploy: { boundaries: Boundary[]; picture: Picture };
  delete: { boundaries: Boundary[]; picture: Picture };
}

const secretPassword = "not-for-the-log";

/** Runs a deploy and a delete without a fault, and learns their writes and their ends. */
export async function runClean(world: World, name: string): Promise<Clean> {
  const learn = async (act: () => Promise<Asked>) => {
    const marks = marksOf(world);
    const asked = await act();
    await world.succeeded(asked.taskId);
    const picture = await settled(world, name, asked);
    return { boundaries: boundariesIn(world, name, marks), picture };
  };
  return {
    deploy: await learn(() => world.deploy(name, { password: secretPassword })),
    delete: await learn(() => world.delete(name)),
  };
}

/** The picture once nothing moves any more. */
async function settled(world: World, name: string, { deploymentId }: Asked): Promise<Picture> {
  let last = "";
  let since = performance.now();
  return eventually(
    "the picture stands still",
    async () => {
      const picture = await pictureOf(world, name, deploymentId);
      const text = JSON.stringify(picture);
      if (text !== last) [last, since] = [text, performance.now()];
      return performance.now() - since > 1_000 * pace() ? picture : undefined;
    },
    { everyMs: 30 },
  );
}

/** Runs a deploy and a delete with a crash in each, and answers what is not as in the clean run. */
export async function runCrashes(
  world: World,
  name: string,
  clean: Clean,
  crashes: { deploy: Crash | undefined; delete: Crash | undefined },
): Promise<string[]> {
  const deploy = await runPhase(world, name, crashes.deploy, clean.deploy.picture, () =>
    world.deploy(name, { password: secretPassword }),
  );
  const gone = await runPhase(world, name, crashes.delete, clean.delete.picture, () => world.delete(name));
  return [...deploy, ...gone];
}

async function runPhase(
  world: World,
  name: string,
  crash: Crash | undefined,
  expected: Picture,
  act: () => Promise<Asked>,
): Promise<string[]> {
  const where = crash
    ? `${name}: ${crash.victim} ${crash.when} ${crash.boundary.label} #${crash.boundary.nth}`
    : name;
  const problems: string[] = [];
  const program = crash && crash.victim !== "connection" ? world[crash.victim] : undefined;
  const armed = crash && armAt(world, name, crash.boundary, crash.when, async () => program?.kill());
  try {
    const asking = act();
    asking.catch(() => {});
    if (armed) {
      // A server that is killed may take the answer to what was asked with it: the asker asks again.
      const ended = asking.then(({ taskId }) => world.succeeded(taskId));
      const hit = await isReached(armed, crash.boundary, ended);
      armed.disarm();
      if (!hit && crash.boundary.required) problems.push(`${where}: was not reached`);
      const recorded = await recordedSteps(world, name);
      if (hit) await program?.start();
      const { taskId } = await asking;
      await world.succeeded(taskId);
      problems.push(...(await ranAgain(world, name, recorded)).map((what) => `${where}: ${what}`));
    }
    const asked = await asking;
    await world.succeeded(asked.taskId);
    problems.push(...(await differences(world, name, asked, expected)).map((what) => `${where}: ${what}`));
  } catch (thrown) {
    problems.push(`${where}: ${thrown}`);
  } finally {
    armed?.disarm();
  }
  return problems;
}

interface RecordedStep {
  task: string;
  name: string;
  attempts: number;
  finishedAt: Date;
}

/** The steps that are recorded as done, of all tasks of a deployment. */
async function recordedSteps({ sql }: World, deployment: string): Promise<RecordedStep[]> {
  return sql<RecordedStep[]>`
    select t.id as task, s.name, s.attempts, s.finished_at from task_steps s join tasks t on t.id = s.task_id
    where t.deployment_name = ${deployment} and s.state = 'SUCCEEDED'`;
}

/** Steps that were recorded and yet begun anew. */
async function ranAgain(world: World, deployment: string, before: RecordedStep[]): Promise<string[]> {
  const now = await recordedSteps(world, deployment);
  const isSame = (one: RecordedStep, other: RecordedStep) =>
    one.task === other.task &&
    one.name === other.name &&
    one.attempts === other.attempts &&
    one.finishedAt.getTime() === other.finishedAt.getTime();
  return before
    .filter((one) => !now.some((other) => isSame(one, other)))
    .map(({ name }) => `the step ${name} was recorded and ran again`);
}

async function differences(world: World, name: string, asked: Asked, expected: Picture): Promise<string[]> {
  const wanted = JSON.stringify(expected);
  let last: Picture | undefined;
  try {
    await eventually(
      "the end is that of the clean run",
      async () => {
        last = await pictureOf(world, name, asked.deploymentId);
        return JSON.stringify(last) === wanted;
      },
      { timeoutMs: 30_000 * pace(), everyMs: 30 },
    );
    return [];
  } catch {
    return compare(expected, last!);
  }
}

function compare(expected: Picture, found: Picture): string[] {
  return differencesOf(expected, found).map((what) => `not as in the clean run: ${what}`);
}

/** The paths at which two values differ, with both of what is there. */
function differencesOf(clean: unknown, found: unknown, path = ""): string[] {
  const [one, other] = [JSON.stringify(clean), JSON.stringify(found)];
  if (one === other) return [];
  const isMap = (value: unknown) => typeof value === "object" && value !== null;
  if (!isMap(clean) || !isMap(found)) return [`${path}: clean ${one}, found ${other}`];
  const [before, after] = [clean as Record<string, unknown>, found as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differencesOf(before[key], after[key], `${path}/${key}`));
}

/** The objects whose making the worlds' requests brought about more than once. */
export function madeTwice(worlds: World[]): string[] {
  const made = new Map<string, number>();
  for (const { name, toCluster, fromServer } of worlds) {
    for (const seen of [...toCluster.requests, ...fromServer.requests]) {
      if (seen.given !== 201 || seen.path.includes("/leases")) continue;
      const { pathname } = new URL(seen.path, "http://cluster");
      const object = seen.method === "POST" ? `${pathname}/${JSON.parse(seen.body).metadata.name}` : pathname;
      made.set(`${name} ${object}`, (made.get(`${name} ${object}`) ?? 0) + 1);
    }
  }
  return [...made].filter(([, count]) => count !== 1).map(([key, count]) => `${key} was made ${count} times`);
}
