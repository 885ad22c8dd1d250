import { afterAll, beforeAll, expect, test } from "bun:test";
import { hello, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.end());

test("a deployment goes from its mutation to a claim", async () => {
  const { agent } = await registerCluster(world);
  await world.load();
  const { createDeployment } = await world.ask(`mutation {
    createDeployment(input: { driver: "hello", environment: "demo", parameters: { greeting: "ahoy" } }) {
      task { id kind state } deployment {
        id name status statusReason lastKnown parameters services { name url } instances { id active } observed { at }
        environment { name namespace cluster { name agent { state } } } driverVersion { version driver { name latest { version } } }
        tasks { id } pods { name } activeInstance { id } phase replicas intentGeneration } } }`);
  expect(createDeployment.deployment).toMatchObject({
    name: "hello",
    status: "DEPLOYING",
    parameters: { greeting: "ahoy", replicas: 2, password: { set: true } },
    environment: { namespace: "env-demo", cluster: { agent: { state: "NEVER_SEEN" } } },
  });
  expect(createDeployment.deployment.services[0].url).toMatch(/^http:\/\/web-[0-9a-f]{8}\.localhost$/);
  const epoch = await hello(world, agent);
  const { claimTask } = await world.ask(
    `mutation ($e: Int!) { claimTask(epoch: $e) { id kind token attempts resourceName namespace driverDigest payload steps { name } } }`,
    { e: epoch },
    agent,
  );
  expect(claimTask).toMatchObject({
    id: createDeployment.task.id,
    kind: "DEPLOY",
    attempts: 1,
    payload: { first: true },
  });
});
