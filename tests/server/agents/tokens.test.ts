import { afterAll, beforeAll, expect, test } from "bun:test";
import { callerOfToken } from "../../../server/db/callers.ts";
import { type Refusal, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({}, { version: "1.4.0" });
});
afterAll(() => world.end());

const callerOf = (token: string) => callerOfToken(world.sql, token);

async function rotate(clusterId: string, graceSeconds?: number): Promise<string> {
  const document = `mutation ($c: ID!, $g: Int) { rotateAgentToken(cluster: $c, graceSeconds: $g) { token cluster { id } } }`;
  const answer = await world.ask(document, { c: clusterId, g: graceSeconds });
  expect(answer.rotateAgentToken.cluster.id).toBe(clusterId);
  return answer.rotateAgentToken.token;
}

/** Says hello with a token, as an agent does. */
async function helloWith(
  token: string,
  instanceId: string,
  version = "1.4.0",
  abilities: string[] | null = ["actions"],
) {
  const document = `mutation ($i: AgentHelloInput!) { agentHello(input: $i) { epoch notice } }`;
  const caller = await callerOf(token);
  return (await world.ask(document, { i: { instanceId, version, abilities } }, caller)).agentHello;
}

const agentOf = async (id: string) =>
  (
    await world.ask(`query ($id: ID!) { cluster(id: $id) { agent { state refused notice version } } }`, {
      id,
    })
  ).cluster.agent;

test("a rotated token is good until the agent has come in with the new one", async () => {
  const { clusterId, token } = await registerCluster(world, "rotating");
  await helloWith(token, "pod-1");
  const fresh = await rotate(clusterId);
  expect(fresh).not.toBe(token);
  expect(await callerOf(token)).toMatchObject({ kind: "agent", clusterId });
  expect((await agentOf(clusterId)).notice).toContain("token was rotated");

  // The next pod stands by with the new token while the present one still works with the old.
  await expect(helloWith(fresh, "pod-2")).rejects.toThrow("is alive");
  expect((await agentOf(clusterId)).refused).toContain("pod-2");
  const { epoch } = await helloWith(token, "pod-1");
  expect(await callerOf(token)).toBeDefined();

  const goodbye = `mutation ($e: Int!) { agentGoodbye(epoch: $e) }`;
  await world.ask(goodbye, { e: epoch }, await callerOf(token));
  await helloWith(fresh, "pod-2");
  expect(await callerOf(token)).toBeUndefined();
  expect(await agentOf(clusterId)).toMatchObject({ state: "CONNECTED", notice: null, refused: null });
});

test("a token in wrong hands ends at once, and twice rotated the first does not live longer", async () => {
  const { clusterId, token } = await registerCluster(world, "stolen");
  const second = await rotate(clusterId, 0);
  expect(await callerOf(token)).toBeUndefined();
  const third = await rotate(clusterId, 3600);
  expect(await callerOf(token)).toBeUndefined();
  for (const good of [second, third]) expect(await callerOf(good)).toBeDefined();
  for (const bad of [-1, 10_000_000]) {
    await expect(rotate(clusterId, bad)).rejects.toMatchObject({ field: "graceSeconds" } as Partial<Refusal>);
  }
});

test("an agent a minor version behind works, and both sides say so", async () => {
  const { clusterId, token } = await registerCluster(world, "older");
  expect((await helloWith(token, "pod-1", "1.3.0")).notice).toContain("upgrade the agent");
  const agent = await agentOf(clusterId);
  expect(agent).toMatchObject({ state: "CONNECTED", version: "1.3.0" });
  expect(agent.notice).toContain("upgrade the agent");
});

test("an agent that cannot run actions says so, and so does its cluster", async () => {
  const { clusterId, token } = await registerCluster(world, "without");
  const notice = "Agent 1.4.0 cannot run actions of drivers: tasks that have some wait until it is upgraded.";
  expect((await helloWith(token, "pod-1", "1.4.0", null)).notice).toBe(notice);
  expect((await agentOf(clusterId)).notice).toBe(notice);
  // It knows more than this server does.
  expect((await helloWith(token, "pod-1", "1.4.0", ["actions", "teleports"])).notice).toBeNull();
  expect((await agentOf(clusterId)).notice).toBeNull();
});

test("an agent too far behind is refused with a sentence that the cluster shows", async () => {
  const { clusterId, token } = await registerCluster(world, "ancient");
  const refused = helloWith(token, "pod-1", "1.1.0");
  await expect(refused).rejects.toMatchObject({ code: "CONFLICT", field: "version" } as Partial<Refusal>);
  expect(await agentOf(clusterId)).toMatchObject({
    state: "NEVER_SEEN",
    refused: expect.stringContaining("more than one minor version older"),
  });
});
