import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalRunner } from "../../agent/actions/local.ts";
import { silentLog } from "../../lib/log.ts";
import type { Section } from "./figure.ts";
import { timedInTurns } from "./turns.ts";

const [warmUps, rounds] = [5, 60];
const action = "export async function go(): Promise<number> {\n  return 7;\n}\n";

/** From a job to its result, against a bare Bun that runs the same file, in turns. */
export async function measureActions(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "styrmin-bench-"));
  const file = join(folder, "actions.ts");
  writeFileSync(file, `${action}console.log(await go());\n`);
  const runner = createLocalRunner({ log: silentLog });
  const job = {
    ...{ files: { "actions.ts": Buffer.from(action) }, location: "actions.ts::go" },
    ...{ context: {} as never, prompts: {}, timeoutMs: 10_000 },
  };
  const run = () => runner.run(job, async () => null, new AbortController().signal);
  const runBare = async () => {
    const child = Bun.spawn([process.execPath, "--no-install", "--smol", file], {
      ...{ cwd: "/", env: {}, stdio: ["ignore", "pipe", "ignore"] as const },
    });
    if ((await new Response(child.stdout).text()) !== "7\n")
      throw new Error("the bare run said something else");
    await child.exited;
  };
  try {
    const { first, own, bare, ratio } = await timedInTurns(run, runBare, { warmUps, rounds });
    const { namespaces, landlock, seccomp } = runner.isolation()!;
    const held = Object.entries({ namespaces, landlock, seccomp }).filter(([, here]) => here);
    return {
      title: `An action, held by ${held.map(([name]) => name).join(", ") || "nothing"}`,
      figures: [
        {
          name: "job → result, times bare Bun",
          unit: "",
          digits: 2,
          value: ratio,
          target: { atMost: 6 },
        },
        {
          ...{ name: "job → result", unit: "ms", digits: 0, value: own },
          baseline: { name: "bare Bun, the same file", value: bare },
        },
        { name: "the first one, with the runner's own start", unit: "ms", digits: 0, value: first },
      ],
      quotes: [],
    };
  } finally {
    await runner.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
