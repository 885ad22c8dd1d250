import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import { type Product, startProduct } from "../helpers/product.ts";
import { writePodsDriver } from "./drivers.ts";

const folder = mkdtempSync(join(tmpdir(), "bad-"));
let product: Product;
beforeAll(async () => {
  product = await startProduct({ isDatabaseShared: true, env: { STYRMIN_DRIVER_ROOTS: folder } });
  await client().drivers.loadLocal(writePodsDriver(folder));
});
afterAll(async () => {
  await product?.stop();
  rmSync(folder, { recursive: true, force: true });
});
const client = () => createClient({ url: product.serverUrl });

const refused: [line: string[], code: number, ...says: string[]][] = [
  [["deployments", "create", "nope", "1.0.0", "demo"], 1, '"nope"', "styrminctl drivers list", "NOT_FOUND"],
  [["deployments", "create", "hello", "9.9.9", "demo"], 1, "9.9.9 is not supported", "1.0.0 || 1.1.0"],
  [["deployments", "create", "hello", "1.0.0", "prod"], 1, 'There is no environment "prod"'],
  [
    ["deployments", "create", "hello", "1.0.0", "demo", "-p", "replicas=many"],
    1,
    "parameters.replicas",
    "1 to 20",
  ],
  [["deployments", "create", "hello", "1.0.0", "demo", "-p", "colour=red"], 1, "blue, green, purple, orange"],
  [["deployments", "create", "hello", "1.0.0", "demo", "-p", "greting=Hi"], 1, 'did you mean "greeting"?'],
  [["deployments", "create", "hello", "1.0.0", "demo", "--config", "{"], 2, "--config is no JSON"],
  [["drivers", "load-version", "http://127.0.0.1:1/nope.git", "main"], 1, "nope.git", "Check the address"],
  [["drivers", "load-version", "ssh://git@h/x", "main"], 1, "http:// or https://"],
  [["drivers", "load-local-version", "/nope"], 1, '"/nope"'],
  [["environments", "create", "demo", "local"], 1, "demo already", "EXISTS"],
  [["clusters", "delete", "local", "--yes"], 1, "demo", "delete them first"],
  [["deployments", "update", "demo/nope", "-p", "greeting=Hi"], 1, '"nope"'],
  [["tasks", "get", "nope"], 1, '"nope"'],
];

test("styrminctl tells what was refused in a sentence, with an exit code, and nothing is left of it", async () => {
  const before = await everything();
  const answers = await Promise.all(refused.map(([line]) => product.cli(...line)));
  for (const [index, { code, stdout, stderr }] of answers.entries()) {
    const [line, wanted, ...says] = refused[index]!;
    expect([line, code, stdout]).toEqual([line, wanted, ""]);
    for (const words of says) expect(stderr).toContain(words);
    expect(stderr).toStartWith("styrminctl: ");
    expect(stderr).not.toMatch(/\.ts:|\n\s+at /);
  }
  expect(await everything()).toEqual(before);
  console.log(`bad input: ${refused.length} cases about styrminctl`);
});

describe("images", () => {
  const created = (name: string, image: string, timeoutSeconds = 60) =>
    client().deployments.create({
      driver: "pods",
      environment: "demo",
      name,
      parameters: { image },
      timeoutSeconds,
    });
  const podsOf = async (deployment: { id: string }) =>
    client().pods.list({ filter: { deployment: deployment.id } });

  test("that are not known here are simulated, and say so, beside real ones", async () => {
    const [real, unknown] = await Promise.all([created("real", "busybox"), created("unknown", "nginx:1.27")]);
    await eventually("both RUNNING", async () =>
      (await client().deployments.list({})).every((one) => one.status === "RUNNING"),
    );
    expect(await podsOf(real.deployment)).toMatchObject([{ ready: true, simulated: false }]);
    expect(await podsOf(unknown.deployment)).toMatchObject([{ ready: true, simulated: true }]);
    const statuses = await client().deploymentStatuses.list({});
    expect(statuses.map((one) => [one.deployment.name, one.simulated]).sort()).toEqual([
      ["real", false],
      ["unknown", true],
    ]);
    expect(product.output()).not.toContain("Pods are simulated");
    const list = (await product.cli("deployments", "list")).stdout;
    expect(list.match(/\(simulated\)/g)).toHaveLength(1);
  });

  test("that do not exist are told of in the pod's status, in the log of the task and in its end", async () => {
    const seconds = Math.ceil(6 * pace());
    const { deployment, task } = await created("missing", "busybox:missing", seconds);
    const [pod] = await eventually("the pod to back off", async () => {
      const pods = await podsOf(deployment);
      return pods[0]?.reason === "ImagePullBackOff" ? pods : undefined;
    });
    expect(pod).toMatchObject({ ready: false, simulated: false, phase: "Pending" });
    const ended = await eventually("the end of the task", async () => {
      const found = await client().tasks.get(task!.id);
      return found?.state === "FAILED" ? found : undefined;
    });
    const why = "container main: the image busybox:missing cannot be pulled";
    expect(ended.reason).toStartWith(`It was not ready within ${seconds} s. Last: `);
    expect(ended.reason).toContain(why);
    const log = (await client().tasks.log(task!.id)) ?? [];
    expect(
      log
        .filter((line) => line.level === "info")
        .map((line) => line.message)
        .join("\n"),
    ).toContain(why);
    const status = (await client().deployments.get("missing", { environment: "demo" }))!;
    expect([status.status, status.statusReason]).toEqual(["FAILED", expect.stringContaining(why)]);
  });
});

async function everything() {
  const { clusters, environments, drivers, deployments, tasks } = client();
  return Promise.all([clusters, environments, drivers, deployments, tasks].map((noun) => noun.list({}))).then(
    (all) => all.map((rows) => rows.map((row) => row.id)),
  );
}
