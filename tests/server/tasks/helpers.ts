import { newId } from "../../../lib/names.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import type { World } from "../world.ts";

let count = 0;

/** Creates a deployment of the `hello` driver and answers its id and its task's. */
export async function deploy(world: World, name = `app-${++count}`, environment = "demo") {
  const answer = await world.ask(
    `mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { deployment { id name } task { id } } }`,
    { i: { name, driver: "hello", environment } },
  );
  const { deployment, task } = answer.createDeployment;
  return { id: deployment.id as string, name, taskId: task.id as string };
}

export async function update(world: World, deployment: string, greeting: string) {
  const answer = await world.ask(
    `mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id state } deployment { parameters } } }`,
    { i: { deployment, parameters: { greeting } } },
  );
  return answer.updateDeployment.task as { id: string; state: string } | null;
}

export async function remove(world: World, deployment: string) {
  const answer = await world.ask(
    `mutation ($d: ID!) { deleteDeployment(deployment: $d) { task { id state } } }`,
    {
      d: deployment,
    },
  );
  return answer.deleteDeployment.task as { id: string; state: string };
}

export interface Claimed {
  id: string;
  kind: string;
  token: string;
  attempts: number;
  payload: Record<string, unknown>;
  intentGeneration: number;
  steps: { name: string; state: string; result: unknown }[];
}

export async function claim(
  world: World,
  agent: Caller,
  epoch: number,
  waitMs = 0,
  request: string | null = null,
): Promise<Claimed | null> {
  const answer = await world.ask(
    `mutation ($e: Int!, $w: Int, $r: ID) { claimTask(epoch: $e, waitMs: $w, request: $r) {
      id kind token attempts payload intentGeneration instanceId steps { name state result } } }`,
    { e: epoch, w: waitMs, r: request },
    agent,
  );
  return answer.claimTask;
}

/** Makes a task one that has actions of its driver to run: nothing takes its place while it runs. */
export const giveActions = async (world: World, task: string) => {
  await world.sql`update tasks set payload = payload || '{"actions": {"list": []}}' where id = ${task}`;
};

const calls = {
  renewTask: "renewTask(task: $task, token: $token)",
  startTaskStep: `startTaskStep(task: $task, token: $token, name: "one") { lease step { name state result } }`,
  finishTaskStep: `finishTaskStep(task: $task, token: $token, name: "one", state: SUCCEEDED, result: { a: 1 })`,
  appendTaskLog: `appendTaskLog(task: $task, token: $token, lines: [{ level: "info", message: "line" }])`,
  releaseIntent: "releaseIntent(task: $task, token: $token) { lease generation }",
  releaseVersion: `releaseIntent(task: $task, token: $token, applicationVersion: "1.5.0") { lease generation }`,
  rollBack: "rollBack(task: $task, token: $token) { lease generation }",
  activateInstance: "activateInstance(task: $task, token: $token)",
  closeDeployment: `closeDeployment(task: $task, token: $token, kept: ["env-demo/data"])`,
  finishTask: "finishTask(task: $task, token: $token, state: SUCCEEDED)",
  failTask: `finishTask(task: $task, token: $token, state: FAILED, reason: "it broke")`,
  giveUpTask: "finishTask(task: $task, token: $token, state: CANCELLED)",
};
export type LeaseCall = keyof typeof calls;
/** Every write that a lease allows. */
export const leaseCalls = Object.keys(calls) as LeaseCall[];

/** Sends one of the agent's writes for a task. */
export async function write(
  world: World,
  agent: Caller,
  call: LeaseCall,
  lease: { id: string; token: string },
) {
  const document = `mutation ($task: ID!, $token: String!) { answer: ${calls[call]} }`;
  return (await world.ask(document, { task: lease.id, token: lease.token }, agent)).answer;
}

/** Carries a claimed deploy or delete out to its end, as an agent would. */
export async function carryOut(world: World, agent: Caller, task: Claimed): Promise<void> {
  const steps: LeaseCall[] =
    task.kind === "DELETE"
      ? ["releaseIntent", "closeDeployment", "finishTask"]
      : ["releaseIntent", "activateInstance", "finishTask"];
  for (const step of steps) await write(world, agent, step, task);
}

export async function taskOf(world: World, id: string) {
  const answer = await world.ask(
    `query ($id: ID!) { task(id: $id) { id kind state reason attempts kept finishedAt deployment { id } deploymentName
      steps { name state attempts error } log { number message } } }`,
    { id },
  );
  return answer.task;
}

/** A fingerprint of all rows a stale agent could have changed. */
export async function rowsOf(world: World): Promise<string> {
  const [row] = await world.sql`
    select md5(coalesce((select string_agg(t::text, '|' order by id) from tasks t), '') ||
      coalesce((select string_agg(s::text, '|' order by position) from task_steps s), '') ||
      coalesce((select string_agg(l::text, '|' order by task_id, number) from task_log l), '') ||
      coalesce((select string_agg(i::text, '|' order by deployment_id, generation) from intents i), '') ||
      coalesce((select string_agg(d::text, '|' order by id) from deployments d), '')) as print`;
  return row!.print;
}

export const someToken = () => newId();
