import { type DriverSpec, sampleVersion } from "../../../drivers/kit/index.ts";
import type { Cli } from "../io.ts";
import { deployProblems } from "./case-problems.ts";
import type { Case } from "./cases.ts";
import { deployCase } from "./deploy.ts";
import { failuresOf } from "./expect.ts";
import type { Sound } from "./folder.ts";
import type { Deployed } from "./remove.ts";
import { createTrial } from "./render.ts";
import { type Site, startSite } from "./site.ts";

export interface CaseResult {
  name: string;
  file: string;
  line: number;
  /** Whether it was deployed, or only rendered. */
  deployed: boolean;
  /** What does not hold; empty when it passed. */
  failures: string[];
  /** The last lines of its components and of its task when it was deployed and failed. */
  log: string[];
}

/** Renders the driver for each case and compares; looks at its answers to prompts, too. `show` is called with each result as it comes. */
export async function renderCases(
  folder: Sound,
  cases: readonly Case[],
  signal: AbortSignal,
  show: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const trial = createTrial(folder);
  const results: CaseResult[] = [];
  try {
    for (const one of cases) {
      const { version, parameters, config, envVars, containerOverrides } = one;
      const releaseName = folder.spec.name;
      const given = { version, parameters, config, envVars, containerOverrides, releaseName };
      const rendered = await trial.render(given, signal);
      const wrong = [...(rendered.problems ?? []), ...deployProblems(folder.spec, one)];
      const outcome = wrong.length > 0 ? { problems: wrong } : rendered;
      results.push(resultOf(one, false, { failures: failuresOf(one.expect, outcome), log: [] }));
      show(results.at(-1)!);
    }
  } finally {
    await trial.close();
  }
  return results;
}

export interface DeployCasesOptions {
  /** One of the server that runs, which has loaded the driver; without it all of Styrmin is started for the purpose. */
  environment?: string;
  timeout: number;
}

/** Deploys the cases that say so, one after the other, and deletes each again. */
export async function deployCases(
  cli: Cli,
  path: string,
  spec: DriverSpec,
  cases: readonly Case[],
  { environment, timeout }: DeployCasesOptions,
  show: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const wanted = cases.filter(({ deploy }) => deploy !== null);
  if (wanted.length === 0) {
    cli.io.stderr("No case says `deploy`; nothing is deployed.\n");
    return [];
  }
  const site: Site =
    environment === undefined
      ? await startSite(cli, path)
      : { client: cli.client, environment, isLasting: true, end: async () => {} };
  const results: CaseResult[] = [];
  try {
    if (!site.isLasting) await site.client.drivers.loadLocal(path);
    for (const one of wanted) {
      const options = { spec, version: sampleVersion(spec), timeout };
      results.push(resultOf(one, true, await deployCase(cli, site, one, options)));
      show(results.at(-1)!);
    }
  } finally {
    await site.end();
  }
  return results;
}

export function resultText({ name, file, line, deployed, failures, log }: CaseResult): string {
  const where = failures.length > 0 ? ` (${file}:${line})` : "";
  const lines = [
    ...failures.map((failure) => `    ${failure.replaceAll("\n", "\n    ")}\n`),
    ...log.map((said) => `      ${said}\n`),
  ].join("");
  return `${failures.length > 0 ? "✗" : "✓"} ${name}${deployed ? ", deployed" : ""}${where}\n${lines}`;
}

const resultOf = ({ name, file, line }: Case, deployed: boolean, found: Deployed): CaseResult => ({
  ...{ name, file, line, deployed },
  ...found,
});
