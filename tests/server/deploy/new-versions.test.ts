import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  beyondBounds,
  defaultNewVersionPolicy,
  type PlanFacts,
} from "../../../server/deploy/new-version-policy.ts";
import { settleNotices } from "../../../server/db/version-notices.ts";
import { lookForVersions, wantsWork } from "../../../server/deploy/new-versions.ts";
import { AppError } from "../../../lib/errors.ts";
import type { Deps } from "../../../server/deps.ts";
import { helloDriver, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
let count = 0;
beforeAll(async () => {
  world = await startWorld();
  await registerCluster(world);
});
afterAll(() => world.end());
beforeEach(() => void count++);

const signal = new AbortController().signal;
const look = () => lookForVersions(world.deps, signal);

/** A driver of a test's own: its files with the given changes. */
function driver(version: string, { extra = "", manifest = "" } = {}): Record<string, string> {
  const files = helloDriver({ version, extra });
  return {
    ...files,
    "driver.styrmin.yml": files["driver.styrmin.yml"]!.replace("name: hello }", `name: d${count} }`),
    "manifests/web.yaml": files["manifests/web.yaml"]! + manifest,
  };
}

/** Deploys the test's driver and lets the deploy have succeeded. */
async function deploy(policy?: object, name = `d${count}`): Promise<string> {
  const { createDeployment } = await world.ask(
    `mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id } } }`,
    {
      input: {
        name,
        driver: `d${count}`,
        environment: "demo",
        ...(policy ? { policies: { newVersions: policy } } : {}),
      },
    },
  );
  await succeed();
  return createDeployment.deployment.id;
}

async function succeed(state = "SUCCEEDED", reason: string | null = null) {
  const ended =
    await world.sql`update tasks set state = ${state}, reason = ${reason}, finished_at = now(), lease_until = null
    where finished_at is null returning deployment_id`;
  if (state !== "SUCCEEDED") return;
  for (const { deploymentId } of ended)
    await world.sql`update deployments set active_instance_id = instance_id where id = ${deploymentId}`;
}

async function news(deployment: string): Promise<any[]> {
  const answer = await world.ask(
    `query ($d: ID) { newVersions(filter: { deployment: $d }) { state reason version { version } deployment { driverVersion { version } }
      plan { level added { kind } removed { kind } changed { kind } } task { kind state } } }`,
    { d: deployment },
  );
  return answer.newVersions;
}

describe("a new version", () => {
  test("does nothing to a deployment, unless its policy says so", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy();
    await world.load(driver("1.0.1"));
    await look();
    expect(await news(id)).toEqual([]);
    const { deployment } = await world.ask(
      `{ deployment(id: "${id}") { policies { newVersions { do level } } driverVersion { version } } }`,
    );
    expect(deployment).toEqual({
      policies: { newVersions: { do: "NOTHING", level: "PATCH" } },
      driverVersion: { version: "1.0.0" },
    });
  });

  test("is told, planned, and told anew when a newer one comes; what is not newer is not told", async () => {
    await world.load(driver("1.0.0"));
    const [told, planned] = [
      await deploy({ do: "NOTIFY" }),
      await world.ask(
        `mutation { createDeployment(input: { name: "p${count}", driver: "d${count}", environment: "demo" }) { deployment { id } } }`,
      ),
    ];
    await succeed();
    const plannedId: string = planned.createDeployment.deployment.id;
    const set = `mutation ($d: ID!) { setDeploymentPolicies(deployment: $d, policies: { newVersions: { do: PLAN } }) { policies { newVersions { do } } intentGeneration } }`;
    const before = await world.ask(`{ deployment(id: "${plannedId}") { intentGeneration } }`);
    const after = await world.ask(set, { d: plannedId });
    // Nothing of this is for the cluster.
    expect(after.setDeploymentPolicies.intentGeneration).toBe(before.deployment.intentGeneration);
    await look();
    expect([...(await news(told)), ...(await news(plannedId))]).toEqual([]);
    await world.load(driver("0.9.0"));
    await look();
    expect(await news(told)).toEqual([]);

    await world.load(
      driver("1.1.0", {
        manifest:
          "---\napiVersion: v1\nkind: Service\nmetadata: { name: new }\nspec: { ports: [{ port: 1 }] }\n",
      }),
    );
    await look();
    expect(await news(told)).toMatchObject([{ state: "NEW", version: { version: "1.1.0" }, plan: null }]);
    expect(await news(plannedId)).toMatchObject([
      {
        state: "PLANNED",
        version: { version: "1.1.0" },
        plan: { level: "MINOR", added: [{ kind: "Service" }], removed: [], changed: [] },
        task: null,
      },
    ]);
    await world.load(driver("1.2.0", { extra: "    - { name: needed, kind: string }\n" }));
    await look();
    expect(await news(told)).toMatchObject([{ state: "NEW", version: { version: "1.2.0" } }]);
    expect(await news(plannedId)).toMatchObject([
      { state: "HELD", reason: expect.stringContaining("needed") },
    ]);
    // Looked at again, nothing is written.
    const [{ xmin }] =
      (await world.sql`select max(xmin::text::bigint) as xmin from version_notices`) as never as [
        { xmin: string },
      ];
    await look();
    expect((await world.sql`select max(xmin::text::bigint) as xmin from version_notices`)[0]!.xmin).toBe(
      xmin,
    );

    await world.ask(
      `mutation { updateDeployment(input: { deployment: "${told}", driverVersion: "1.1.0" }) { task { id } } }`,
    );
    await world.ask(
      `mutation { updateDeployment(input: { deployment: "${plannedId}", driverVersion: "1.2.0", parameters: { needed: "x" } }) { task { id } } }`,
    );
    await look();
    expect(await news(plannedId)).toEqual([]);
  });

  test("is taken by itself within bounds, once, and after what is under way", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.ask(
      `mutation { updateDeployment(input: { deployment: "${id}", parameters: { greeting: "ahoy" } }) { task { id } } }`,
    );
    await world.load(driver("1.0.1"));
    await look();
    expect(await news(id)).toMatchObject([
      { state: "PLANNED", reason: expect.stringContaining("under way"), task: null },
    ]);
    await succeed();
    // Two servers at once.
    await Promise.all([look(), look(), look()]);
    const [row] = await news(id);
    expect(row).toMatchObject({
      state: "UPGRADING",
      deployment: { driverVersion: { version: "1.0.1" } },
      task: { state: "QUEUED" },
    });
    const tasks = await world.sql`select from tasks where deployment_id = ${id}`;
    expect(tasks).toHaveLength(3);
    await succeed();
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADED", reason: null, plan: { level: "PATCH" } }]);
    // What the user gave stays.
    expect(
      (await world.ask(`{ deployment(id: "${id}") { parameters } }`)).deployment.parameters,
    ).toMatchObject({ greeting: "ahoy" });
  });

  test("is carried out by a later update that keeps it", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.load(driver("1.0.1"));
    await look();
    const document = `mutation { updateDeployment(input: { deployment: "${id}", parameters: { greeting: "later" } }) { task { id } } }`;
    const { updateDeployment } = await world.ask(document);
    await look();
    const [row] = await world.sql`select task_id, state from version_notices where deployment_id = ${id}`;
    expect(row).toEqual({ taskId: updateDeployment.task.id, state: "UPGRADING" });
    await succeed();
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADED", reason: null }]);
  });

  test("is carried out by a later update that is recorded while tasks are looked at", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.load(driver("1.0.1"));
    await look();
    const document = `mutation { updateDeployment(input: { deployment: "${id}", parameters: { greeting: "later" } }) { task { id } } }`;
    let statements = 0;
    let heir: string | undefined;
    /** Records the update before the second statement. */
    const sql = (async (text: TemplateStringsArray) => {
      if (++statements === 2) heir = (await world.ask(document)).updateDeployment.task.id;
      return world.sql(text);
    }) as never;
    await settleNotices(sql);
    expect(heir).toBeString();
    expect(await news(id)).toMatchObject([{ state: "UPGRADING" }]);
    await settleNotices(world.sql);
    const [row] = await world.sql`select task_id, state from version_notices where deployment_id = ${id}`;
    expect(row).toEqual({ taskId: heir, state: "UPGRADING" });
    await succeed();
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADED", reason: null }]);
  });

  test("that failed is not tried again; a newer one is", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE", level: "MAJOR" });
    await world.load(driver("2.0.0"));
    await look();
    await succeed("FAILED", "it did not become ready");
    await look();
    expect(await news(id)).toMatchObject([{ state: "FAILED", reason: "it did not become ready" }]);
    await world.sql`update deployments set updated_at = now() + interval '1 second' where id = ${id}`;
    await look();
    expect(await world.sql`select from tasks where deployment_id = ${id}`).toHaveLength(2);
    await world.load(driver("2.0.1"));
    await world.sql`update deployments set active_instance_id = instance_id where id = ${id}`;
    await look();
    expect((await news(id)).map(({ state, version }) => [state, version.version])).toEqual([
      ["UPGRADING", "2.0.1"],
      ["FAILED", "2.0.0"],
    ]);
  });

  test("that comes back is taken again, once, whether it had been taken or had failed", async () => {
    const [one, other] = [driver("1.0.0"), driver("1.0.0", { manifest: "# Other files.\n" })];
    await world.load(one);
    const id = await deploy({ do: "UPGRADE" });
    const tasks = () => world.sql`select from tasks where deployment_id = ${id}`;
    const digest = async () =>
      (await world.ask(`{ deployment(id: "${id}") { driverVersion { digest } } }`)).deployment.driverVersion
        .digest;
    const digests = [await digest()];
    for (const files of [other, one, other, one]) {
      await world.load(files);
      await look();
      expect((await news(id))[0]).toMatchObject({ state: "UPGRADING", task: { state: "QUEUED" } });
      digests.push(await digest());
      await succeed();
    }
    expect(digests).toEqual([0, 1, 0, 1, 0].map((which) => digests[which]!));
    expect(new Set(digests).size).toBe(2);
    expect(await tasks()).toHaveLength(5);
    const moveTo = (which: 0 | 1) =>
      world.sql`update deployments set driver_version_id = v.id, active_instance_id = instance_id, updated_at = now()
        from application_driver_versions v where v.digest = ${digests[which]!} and deployments.id = ${id}`;

    // That it was taken is not noted yet when it comes back.
    await world.load(other);
    await moveTo(1);
    await world.load(one);
    await look();
    expect(await digest()).toBe(digests[0]);
    expect(await tasks()).toHaveLength(6);
    await succeed();

    await world.load(other);
    await look();
    await succeed("FAILED", "it did not become ready");
    await moveTo(0);
    await look();
    await look();
    expect(await news(id)).toMatchObject([{ state: "FAILED" }, { state: "UPGRADED" }]);
    expect(await tasks()).toHaveLength(7);
    await world.load(one);
    await world.load(other);
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADING", task: { state: "QUEUED" } }]);
    expect(await tasks()).toHaveLength(8);
    await succeed();
  });

  test("beyond its bounds is held with the reason, until the bounds are others", async () => {
    const service =
      "---\napiVersion: v1\nkind: Service\nmetadata: { name: old }\nspec: { ports: [{ port: 1 }] }\n";
    await world.load(driver("1.0.0", { manifest: service }));
    const id = await deploy({ do: "UPGRADE" });
    await world.load(driver("1.1.0"));
    await look();
    const [held] = await news(id);
    expect(held).toMatchObject({ state: "HELD", plan: { removed: [{ kind: "Service" }] }, task: null });
    expect(held.reason).toBe("it is a minor change, and patch is allowed; it removes Service/old");
    await world.ask(
      `mutation { setDeploymentPolicies(deployment: "${id}", policies: { newVersions: { do: UPGRADE, level: MINOR, deletions: true } }) { id } }`,
    );
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADING" }]);
    await succeed();
  });

  test("that changes what cannot be changed is held, with how to let it, whatever may be", async () => {
    const stats = (more: string) => `---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: stats${more.includes("anew") ? ', annotations: { styrmin.io/recreate: "true" }' : ""} }
spec:
  ${more.startsWith("Parallel") ? "podManagementPolicy: Parallel" : "replicas: 1"}
  selector: { matchLabels: { app: hello } }
  template: { metadata: { labels: { app: hello } } }
`;
    await world.load(driver("1.0.0", { manifest: stats("") }));
    const id = await deploy({ do: "UPGRADE", level: "MAJOR", recreate: true });
    await world.load(driver("1.1.0", { manifest: stats("Parallel") }));
    await look();
    const [held] = await news(id);
    expect(held).toMatchObject({ state: "HELD", plan: { changed: [{ kind: "StatefulSet" }] }, task: null });
    expect(held.reason).toBe(
      "StatefulSet/stats cannot be changed (.spec.podManagementPolicy): the update will be refused; " +
        'give the object another name, or let it be made anew by its annotation styrmin.io/recreate: "true"',
    );
    await world.load(driver("1.2.0", { manifest: stats("Parallel anew") }));
    await look();
    expect((await news(id)).map(({ state }) => state)).toContain("UPGRADING");
    await succeed();
  });

  test("is taken up again by another server when one died with it in hand", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.load(driver("1.0.1"));
    await world.sql`insert into version_notices (deployment_id, version_id, state, updated_at)
      select ${id}, v.id, 'UPGRADING', now() - interval '5 minutes' from application_driver_versions v
      join application_drivers d on d.id = v.driver_id where d.name = ${`d${count}`} and v.version = '1.0.1'`;
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADING", task: { state: "QUEUED" } }]);
    await succeed();
  });

  test("is held when an upgrade to it was left in the middle and is out of bounds by now", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.load(driver("1.1.0"));
    await world.sql`insert into version_notices (deployment_id, version_id, state, updated_at)
      select ${id}, v.id, 'UPGRADING', now() - interval '5 minutes' from application_driver_versions v
      join application_drivers d on d.id = v.driver_id where d.name = ${`d${count}`} and v.version = '1.1.0'`;
    await look();
    expect(await news(id)).toMatchObject([
      { state: "HELD", reason: expect.stringContaining("minor change") },
    ]);
  });

  test("is not said to be taken while that cannot be recorded, and is held when it is out of bounds then", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE", level: "MINOR" });
    await world.load(driver("1.1.0"));
    const unavailable = async (): Promise<never> => {
      throw new AppError("UNAVAILABLE", "The renderer is away; try again.");
    };
    await lookForVersions({ ...world.deps, checkManifests: unavailable }, signal);
    expect(await news(id)).toMatchObject([{ state: "PLANNED", task: null }]);
    await world.ask(
      `mutation { setDeploymentPolicies(deployment: "${id}", policies: { newVersions: { do: UPGRADE } }) { id } }`,
    );
    await look();
    expect(await news(id)).toMatchObject([
      { state: "HELD", reason: expect.stringContaining("minor change") },
    ]);
  });

  test("is taken together with its notice, or not at all", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.load(driver("1.0.1"));
    await world.sql.unsafe(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'the disk is full' using errcode = '53100'; end $$;
      create trigger refuse before update on version_notices
        for each row when (new.task_id is not null and new.deployment_id = '${id}') execute function refuse()`);
    await look();
    await world.sql.unsafe("drop trigger refuse on version_notices; drop function refuse");
    expect(await news(id)).toMatchObject([
      { state: "PLANNED", deployment: { driverVersion: { version: "1.0.0" } }, task: null },
    ]);
    await look();
    expect(await news(id)).toMatchObject([{ state: "UPGRADING", task: { state: "QUEUED" } }]);
    await succeed();
  });

  const moments = ["before its turn", "while it is planned", "while its update is prepared"] as const;
  const decisions = ["wants nothing of new versions any more", "is moved to a newer one"] as const;
  for (const [moment, decision] of moments.flatMap((one) => decisions.map((other) => [one, other] as const)))
    test(`is not taken when the deployment ${decision} ${moment}`, async () => {
      await world.load(driver("1.0.0"));
      if (moment === "before its turn") await deploy({ do: "UPGRADE" }, `before-${count}`);
      const id = await deploy({ do: "UPGRADE" });
      await world.load(driver("1.0.1"));
      let isDecided = false;
      const decide = async (of: string) => {
        if (isDecided || of !== `d${count}`) return;
        isDecided = true;
        if (decision === "wants nothing of new versions any more")
          return void (await world.ask(
            `mutation { setDeploymentPolicies(deployment: "${id}", policies: { newVersions: { do: NOTHING } }) { id } }`,
          ));
        const newer = await world.load(driver("1.0.2"));
        // As another server would: in this one updates take turns.
        await world.sql`update deployments set driver_version_id = ${newer}, updated_at = now() where id = ${id}`;
      };
      const deps: Deps = {
        ...world.deps,
        async render(check, ...more) {
          if (moment !== "while its update is prepared") await decide(check.spec.name);
          return world.deps.render(check, ...more);
        },
        async checkManifests(check, ...more) {
          if (moment === "while its update is prepared") await decide(check.spec.name);
          return world.deps.checkManifests(check, ...more);
        },
      };
      await lookForVersions(deps, signal);
      expect(isDecided).toBe(true);
      await look();
      const { deployment } = await world.ask(`{ deployment(id: "${id}") { driverVersion { version } } }`);
      expect(deployment.driverVersion.version).toBe(
        decision === "is moved to a newer one" ? "1.0.2" : "1.0.0",
      );
      expect(await world.sql`select from tasks where deployment_id = ${id}`).toHaveLength(1);
      expect(await news(id)).toEqual([]);
      await succeed();
    });

  test("waits for a deployment that is stopped", async () => {
    await world.load(driver("1.0.0"));
    const id = await deploy({ do: "UPGRADE" });
    await world.ask(`mutation { stopDeployment(deployment: "${id}") { id } }`);
    await world.load(driver("1.0.1"));
    await look();
    expect(await news(id)).toMatchObject([{ state: "PLANNED", reason: expect.stringContaining("started") }]);
  });
});

const fine: PlanFacts = {
  level: "PATCH",
  parameters: [],
  objects: { added: [], removed: [], changed: [] },
  problems: [],
};
const web = { apiVersion: "apps/v1", kind: "StatefulSet", namespace: null, name: "web" };
const bounds: [string, Partial<PlanFacts>, Partial<typeof defaultNewVersionPolicy>, RegExp | null][] = [
  ["nothing", {}, {}, null],
  ["a minor change", { level: "MINOR" }, {}, /minor change, and patch/],
  ["a minor change that may be", { level: "MINOR" }, { level: "MINOR" }, null],
  ["a major change where minor may be", { level: "MAJOR" }, { level: "MINOR" }, /major change, and minor/],
  ["a patch where major may be", {}, { level: "MAJOR" }, null],
  ["an object that is new", { objects: { ...fine.objects, added: [web] } }, {}, null],
  [
    "an object that is changed",
    { objects: { ...fine.objects, changed: [{ ...web, recreate: false, refused: null, fields: [] }] } },
    {},
    null,
  ],
  [
    "an object made anew",
    { objects: { ...fine.objects, changed: [{ ...web, recreate: true, refused: null, fields: [] }] } },
    {},
    /StatefulSet\/web anew/,
  ],
  [
    "one that may be",
    { objects: { ...fine.objects, changed: [{ ...web, recreate: true, refused: null, fields: [] }] } },
    { recreate: true },
    null,
  ],
  ["an object that goes", { objects: { ...fine.objects, removed: [web] } }, {}, /removes StatefulSet\/web/],
  ["one that may go", { objects: { ...fine.objects, removed: [web] } }, { deletions: true }, null],
  ["a new parameter", { parameters: [{ path: "[a]", after: {} }] }, {}, null],
  ["a parameter that goes", { parameters: [{ path: "[a]", before: {} }] }, {}, /parameters \[a\]/],
  [
    "another label, description, group or order",
    {
      parameters: ["label", "description", "group", "order"].map((field) => ({
        ...{ path: `[a].${field}`, before: "1", after: "2" },
      })),
    },
    {},
    null,
  ],
  ["another maximum", { parameters: [{ path: "[a].max", before: 1, after: 2 }] }, {}, /parameters \[a\].max/],
  [
    "a parameter that may change",
    { parameters: [{ path: "[a].default", before: 1, after: 2 }] },
    { parameters: true },
    null,
  ],
  [
    "a problem, whatever may be",
    { problems: [{ field: "parameters.a", message: "is required" }] },
    { level: "MAJOR", recreate: true, deletions: true, parameters: true },
    /parameters.a is required/,
  ],
];
for (const [what, plan, policy, reason] of bounds) {
  test(`bounds: ${what} is ${reason ? "held" : "taken"}`, () => {
    const reasons = beyondBounds(
      { ...fine, ...plan },
      { ...defaultNewVersionPolicy, do: "UPGRADE", ...policy },
    ).join("; ");
    if (reason) expect(reasons).toMatch(reason);
    else expect(reasons).toBe("");
  });
}

test("what was tried is over, whatever was changed since", () => {
  const policy = { ...defaultNewVersionPolicy, do: "UPGRADE" as const };
  const [then, now] = [new Date(1_000), new Date(2_000)];
  for (const state of ["UPGRADED", "FAILED"] as const)
    expect(wantsWork({ policy, changedAt: now }, { state, updatedAt: then })).toBe(false);
  expect(wantsWork({ policy, changedAt: then }, { state: "UPGRADING", updatedAt: now })).toBe(false);
  expect(wantsWork({ policy, changedAt: then }, { state: "HELD", updatedAt: now })).toBe(false);
});
