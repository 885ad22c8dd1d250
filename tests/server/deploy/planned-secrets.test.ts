import { expect, test } from "bun:test";
import { keepRandom, type KubeObjectLike } from "../../../drivers/kit/index.ts";
import { compareObjects } from "../../../server/deploy/compare.ts";
import { plannedStale } from "../../../server/deploy/planned-secrets.ts";

const instanceId = "0123456789abcdef";
const secret = (data: object): KubeObjectLike => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "own" },
  stringData: data,
});
const web = (more: object = {}, selector = {}): KubeObjectLike => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector,
    template: { spec: { containers: [{ envFrom: [{ secretRef: { name: "own" } }], ...more }] } },
  },
});
const planned = (before: KubeObjectLike[], once: KubeObjectLike[], again = once) => {
  const after = keepRandom(once, again, before);
  const objects = compareObjects(before, after);
  return plannedStale({ before, after, objects, instanceId });
};

test("a plan tells which pods keep the old value of which keys", () => {
  expect(planned([secret({ a: "1", b: "1" }), web()], [secret({ a: "2", b: "1" }), web()])).toEqual([
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", namespace: null, name: "web" },
      ...{ secret: "own", keys: ["a"], taking: "AT_START" },
      message:
        'Deployment web does not restart: it goes on with the old value of "a" of the Secret own until its pods are made anew.',
    },
  ]);
});

test("a plan leaves out what a chart makes up at each render", () => {
  const before = [secret({ a: "1", made: "x" }), web()];
  const after = (a: string, made: string) => [secret({ a, made }), web()];
  expect(planned(before, after("2", "y"), after("2", "z"))).toMatchObject([{ keys: ["a"] }]);
  expect(planned(before, after("1", "y"), after("1", "z"))).toEqual([]);
});

test("a plan leaves out pods that are made anew all the same", () => {
  const [before, after] = [secret({ a: "1" }), secret({ a: "2" })];
  const naming = web({ args: [`--id=${instanceId}`] });
  expect(planned([before, naming], [after, naming])).toEqual([]);
  const anew = web({}, { matchLabels: { app: "web" } });
  anew.metadata.annotations = { "styrmin.io/recreate": "true" };
  expect(planned([before, web()], [after, anew])).toEqual([]);
  expect(planned([before], [after, web()])).toEqual([]);
});
