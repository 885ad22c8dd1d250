import { describe, expect, test } from "bun:test";
import { finish } from "../../clients/cli/commands/deployments/finish.ts";
import { scaleText } from "../../clients/cli/commands/deployments/update.ts";
import type { Cli } from "../../clients/cli/io.ts";
import { updatePlanText } from "../../clients/cli/commands/plans.ts";
import type { UpdatePlanQuery } from "../../clients/sdk/index.ts";

type Plan = UpdatePlanQuery["updatePlan"];
const version = (id: string) => ({ id, version: id, commit: null, digest: `sha256:${id.repeat(64)}` });
const plan = {
  deployment: { id: "d", name: "shop", environment: { name: "demo" } },
  flow: "UPGRADE",
  ...{ from: version("1"), to: version("2"), fromApplicationVersion: "1.0.0", toApplicationVersion: "1.1.0" },
  added: [{ apiVersion: "v1", kind: "Service", namespace: null, name: "web" }],
  ...{
    removed: [],
    changed: [],
    problems: [],
    changedSecrets: [],
    madeSecrets: [],
    staleSecrets: [],
    heldReplicas: [],
  },
  actions: [
    {
      name: "stop",
      hook: "upgrade",
      mode: "pre",
      description: "No orders\nare taken.",
      unanswered: [],
      takes: [],
      prompts: [],
    },
    {
      ...{ name: "migrate", hook: "upgrade", mode: "post", description: "" },
      unanswered: ["window", "way"],
      takes: ["integer from 1 to 9"],
      prompts: [
        { name: "window", takes: "integer from 1 to 9", value: null, answered: false },
        { name: "way", takes: "text", value: null, answered: false },
        { name: "dry_run", takes: "true or false", value: false, answered: false },
        { name: "note", takes: "text", value: null, answered: false },
        { name: "tables", takes: "list", value: ["a"], answered: true },
      ],
    },
  ],
  hooks: [
    {
      event: "pre-upgrade",
      weight: -5,
      apiVersion: "batch/v1",
      kind: "Job",
      namespace: null,
      name: "shop-db",
    },
  ],
} as unknown as Plan;

test("the plan of an update says what would be changed and run, and how to answer", () => {
  expect(updatePlanText(plan)).toBe(`demo/shop: upgrade, version 1.0.0 → 1.1.0, driver 1 → 2

Objects
  + Service/web

Actions
  upgrade/pre stop: No orders are taken.
  upgrade/post migrate
      asks for window (integer from 1 to 9): --prompt migrate.window=VALUE
      asks for way: --prompt migrate.way=VALUE
      asks for dry_run (true or false), else false: --prompt migrate.dry_run=VALUE
      asks for note (text), else nothing: --prompt migrate.note=VALUE
      is told tables: ["a"]

Hooks of the chart
  pre-upgrade Job/shop-db (weight -5)
`);
});

test("a plan without anything to run has no heading for it, and one of nothing is a line", () => {
  const plain = { ...plan, flow: "DEPLOY", to: plan.from, actions: [], hooks: [], added: [] } as Plan;
  expect(updatePlanText(plain)).toBe(
    "demo/shop: deploy, version 1.0.0 → 1.1.0, driver 1\n\nObjects\n  (no difference)\n",
  );
  const files = { ...plain, to: { ...plan.from, id: "other", digest: plan.to.digest } };
  expect(updatePlanText(files)).toContain(
    ", driver 1 with other files: sha256:111111111111 → sha256:222222222222\n",
  );
  expect(updatePlanText({ ...plain, flow: null })).toBe("demo/shop: nothing is to be changed.\n");
  const problems = [{ field: "chart", message: "there is no helm here" }];
  expect(updatePlanText({ ...plain, problems })).toContain("  ! chart there is no helm here\n");
});

test("a plan says that a secret changes, and not from what to what", () => {
  const fields = [
    { path: ".stringData.token", before: "…", after: "…" },
    { path: '.data["new.key"]', before: null, after: "…" },
    { path: ".data.old", before: "…", after: null },
    { path: ".metadata.labels.a", before: "1", after: "2" },
  ];
  const changed = [{ kind: "Secret", name: "shop", recreate: false, fields }];
  const staleSecrets = [{ message: "Deployment web does not restart." }];
  const heldReplicas = ["The component web stays at 3."];
  const secrets = { changedSecrets: ["token", "key"], madeSecrets: ["key"], staleSecrets, heldReplicas };
  const text = updatePlanText({ ...plan, added: [], changed, ...secrets } as unknown as Plan);
  expect(text).toContain(`driver 1 → 2

Parameters
  ~ token: (secret, changed)
  ~ key: (secret, made anew)

Objects
  ~ Secret/shop
      ~ .stringData.token: (secret, changed)
      + .data["new.key"]: (secret)
      - .data.old: (secret)
      ~ .metadata.labels.a: "1" → "2"
  ! Deployment web does not restart.
  ! The component web stays at 3.
`);
});

test("a plan tells what is made anew from what cannot be changed", () => {
  const fields = [{ path: ".spec.podManagementPolicy", before: "OrderedReady", after: "Parallel" }];
  const changed = [
    { kind: "StatefulSet", name: "one", recreate: true, refused: null, fields },
    { kind: "StatefulSet", name: "two", recreate: false, refused: "cannot be changed", fields },
  ];
  const problems = [{ field: "StatefulSet/two", message: "cannot be changed" }];
  const text = updatePlanText({ ...plan, added: [], changed, problems } as unknown as Plan);
  const field = `      ~ .spec.podManagementPolicy: "OrderedReady" → "Parallel"\n`;
  expect(text).toContain(`Objects
  ! StatefulSet/two cannot be changed
  ~ StatefulSet/one (to be deleted and made anew)
${field}  ~ StatefulSet/two (cannot be changed)
${field}`);
});

test("the answer of an update says which components stay as they were scaled", () => {
  const shop = { name: "shop", environment: { id: "e", name: "demo" } };
  expect(scaleText({ ...shop, replicas: { stats: 3 } })).toBe(
    "Component stats stays at 3, as it was scaled, whatever the parameters say; " +
      "styrminctl deployments scale demo/shop stats default ends that.\n",
  );
  expect(scaleText({ ...shop, replicas: {} })).toBe("");
});

describe("the answer of a change", () => {
  const web = { url: "http://web-1.localhost", humanReadableUrl: "http://web-demo.localhost" };
  async function told(get: () => Promise<unknown>): Promise<string> {
    let err = "";
    const io = { stdout() {}, stderr: (text: string) => (err += text) };
    const cli = { client: { deployments: { get } }, io, format: "json" } as unknown as Cli;
    await finish(cli, { deployment: { id: "d" }, task: null } as never, {});
    return err;
  }

  test("says which readable address is another deployment's as well", async () => {
    const services = [
      { ...web, humanReadableUrlSharedWith: ["a", "b", "c", "d", "e"] },
      { ...web, humanReadableUrlSharedWith: [] },
    ];
    expect(await told(async () => ({ services }))).toBe(
      "http://web-demo.localhost is the address of a, b, c, 2 more as well, and may lead there; " +
        "only http://web-1.localhost is this one's alone.\n",
    );
  });

  test("does not fail for want of that hint", async () => {
    expect(await told(() => Promise.reject(new Error("away")))).toBe("");
    expect(await told(async () => null)).toBe("");
  });
});
