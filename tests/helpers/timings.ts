/** Seconds that the files take which take long, on a machine that does nothing else. They need not be exact. */
const slow: Record<string, number> = {
  "tests/agent/operator/helm.test.ts": 75,
  "tests/agent/operator/many.real.test.ts": 66,
  "tests/faults/zombie.real.test.ts": 57,
  "tests/faults/agent-crash.real.test.ts": 56,
  "tests/faults/lost-answers.real.test.ts": 55,
  "tests/e2e/direct.real.test.ts": 52,
  "tests/e2e/pull.real.test.ts": 51,
  "tests/conformance/conformance.test.ts": 50,
  "tests/local/cluster/clients/helm.test.ts": 50,
  "tests/e2e/actions.real.test.ts": 45,
  "tests/e2e/authors.real.test.ts": 45,
  "tests/agent/operator/messages.real.test.ts": 40,
  "tests/e2e/chart-tests.real.test.ts": 40,
  "tests/e2e/hands.real.test.ts": 40,
  "tests/e2e/rights.real.test.ts": 40,
  "tests/e2e/secrets.real.test.ts": 40,
  "tests/e2e/superseding.real.test.ts": 60,
  "tests/faults/freshness.real.test.ts": 40,
  "tests/faults/server-crash.real.test.ts": 40,
  "tests/faults/misbehaviour.test.ts": 38,
  "tests/server/drivers/git.test.ts": 32,
  "tests/agent/operator/kinds.real.test.ts": 30,
  "tests/docs/drivers.test.ts": 30,
  "tests/e2e/authors.test.ts": 30,
  "tests/e2e/kubectl.real.test.ts": 30,
  "tests/e2e/direct.test.ts": 27,
  "tests/faults/agent-crash.test.ts": 27,
  "tests/faults/zombie.test.ts": 27,
  "tests/faults/outages.test.ts": 25,
  "tests/faults/superseding.test.ts": 30,
  "tests/faults/poison.test.ts": 25,
  "tests/e2e/pull.test.ts": 22,
  "tests/agent/actions/sidecar.real.test.ts": 20,
  "tests/agent/operator/injected.real.test.ts": 20,
  "tests/agent/operator/steady.real.test.ts": 20,
  "tests/e2e/superseding.test.ts": 20,
  "tests/e2e/users.test.ts": 20,
  "tests/e2e/actions.test.ts": 18,
  "tests/faults/freshness.test.ts": 15,
  "tests/faults/lost-answers.test.ts": 15,
  "tests/faults/quiet.test.ts": 15,
  "tests/faults/server-crash.test.ts": 15,
  "tests/clients/authoring.test.ts": 14,
  "tests/e2e/rights.test.ts": 14,
  "tests/e2e/bad-input.test.ts": 12,
  "tests/e2e/hands.test.ts": 12,
  "tests/agent/operator/crash.test.ts": 10,
  "tests/drivers/killed.test.ts": 11,
  "tests/e2e/secrets.test.ts": 10,
  "tests/server/deploy/new-versions.test.ts": 10,
  "tests/faults/actions.test.ts": 10,
  "tests/faults/loops.test.ts": 10,
  "tests/faults/second-agent.test.ts": 10,
  "tests/agent/actions/author.test.ts": 8,
  "tests/agent/actions/fallback.test.ts": 8,
  "tests/agent/actions/hostile.test.ts": 8,
  "tests/agent/operator/faults.test.ts": 8,
  "tests/agent/operator/hook-end.test.ts": 8,
  "tests/agent/operator/many.test.ts": 8,
  "tests/agent/operator/stuck-pod.test.ts": 8,
  "tests/drivers/render.test.ts": 7,
  "tests/drivers/bundled.test.ts": 6,
  "tests/e2e/kubectl.test.ts": 7,
  "tests/e2e/simulated.test.ts": 7,
  "tests/agent/operator/rights.test.ts": 6,
  "tests/drivers/schema.test.ts": 5,
};

/**
 * Writes the file by which `bun test --timings` starts the longest files first, so that none of them begins when all
 * else is over; answers its path. Bun takes a file that is not in it for one of the longest, so it names every file.
 * Throws when the list names files that are no more.
 */
export async function writeTimings(root: string, path: string): Promise<string> {
  const files: Record<string, number> = {};
  for await (const file of new Bun.Glob("tests/**/*.test.ts").scan(root))
    files[file] = (slow[file] ?? 1) * 1000;
  const gone = Object.keys(slow).filter((file) => !(file in files));
  if (gone.length > 0)
    throw new Error(`tests/helpers/timings.ts lists what is not there: ${gone.join(", ")}`);
  await Bun.write(path, JSON.stringify({ version: 1, files }));
  return path;
}
