import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { Glob } from "bun";
import kit from "../../drivers/kit/package.json" with { type: "json" };
import whole from "../../package.json" with { type: "json" };

const folder = resolve(import.meta.dir, "../../drivers/kit");

test("the kit's package has this version, and asks for what the kit imports, as pinned here", async () => {
  expect(kit.version).toBe(whole.version);
  const imported = new Set<string>();
  for await (const path of new Glob("*.ts").scan(folder)) {
    const text = await Bun.file(`${folder}/${path}`).text();
    for (const [, name] of text.matchAll(/^(?:import|export) .*?from "([^."][^"]*)"/gm))
      if (!/^(node:|bun)/.test(name!))
        imported.add(
          name!
            .split("/")
            .slice(0, name!.startsWith("@") ? 2 : 1)
            .join("/"),
        );
  }
  expect(Object.keys(kit.dependencies).sort()).toEqual([...imported].sort());
  const pinned: Record<string, string> = { ...whole.dependencies, ...whole.devDependencies };
  for (const [name, version] of Object.entries(kit.dependencies))
    expect([name, version]).toEqual([name, pinned[name]!]);
});

test("what the package exports is there", async () => {
  for (const path of Object.values(kit.exports))
    expect(await Bun.file(resolve(folder, path)).exists()).toBe(true);
});
