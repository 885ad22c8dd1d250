import { expect, test } from "bun:test";
import { tellLoaded } from "../../clients/cli/loaded.ts";

type Loaded = Parameters<typeof tellLoaded>[1];

function told(more: Partial<Loaded>): string {
  let text = "";
  const version = { driver: { id: "d", name: "notes" }, version: "1", digest: `sha256:${"b".repeat(64)}` };
  tellLoaded({ stderr: (written) => void (text += written) }, {
    ...version,
    outcome: "NEW",
    replaced: null,
    pinned: [],
    ...more,
  } as Loaded);
  return text;
}

test("a load is told to be new, unchanged, or in the place of other files, with who keeps those", () => {
  expect(told({})).toBe("notes 1 is new.\n");
  expect(told({ outcome: "UNCHANGED" })).toBe("notes 1 is unchanged: it has these very files already.\n");
  const digest = `sha256:${"a".repeat(64)}`;
  const pinned = ["a", "b\u001b[31m"].map((name) => ({
    id: name,
    name,
    environment: { name: "demo" },
    driverVersion: { digest },
  }));
  expect(told({ outcome: "REPLACED", replaced: { id: "v", digest }, pinned })).toBe(
    `notes 1 was loaded before, with other files: sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb. From now on these are taken for version 1.
These deployments keep the files that version 1 had when they were deployed:
  demo/a  sha256:aaaaaaaaaaaa
  demo/b\\x1b[31m  sha256:aaaaaaaaaaaa
Each is moved by an update, such as:
  styrminctl deployments update demo/a --driver-version 1 --wait
`,
  );
  const many = Array.from({ length: 25 }, () => pinned[0]!);
  expect(told({ outcome: "UNCHANGED", pinned: many })).toContain("  and 5 more\n");
});
