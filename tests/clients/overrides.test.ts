import { describe, expect, test } from "bun:test";
import { readChanges, readWhole } from "../../clients/cli/overrides.ts";

describe("entries of the configuration", () => {
  const setConfig = { "storage.class": "fast", replicas: "2", "storage.zones": '["a"]', tag: '"1.0"' };

  test("are set and taken away one by one, as JSON or else as a text", async () => {
    expect(await readChanges({ setConfig, unsetConfig: ["old", "storage.size"] })).toMatchObject({
      changeConfig: {
        storage: { class: "fast", zones: ["a"], size: null },
        replicas: 2,
        tag: "1.0",
        old: null,
      },
    });
    expect((await readChanges({})).changeConfig).toBeUndefined();
    await expect(readChanges({ unsetConfig: ["."] })).rejects.toThrow("--unset-config . must be key");
  });

  test("go over the whole when something is created", async () => {
    expect(
      (await readWhole({ config: '{"a": 1, "storage": {"class": "slow", "b": 1}}', setConfig })).config,
    ).toEqual({ a: 1, storage: { class: "fast", b: 1, zones: ["a"] }, replicas: 2, tag: "1.0" });
    expect((await readWhole({})).config).toBeUndefined();
  });
});
