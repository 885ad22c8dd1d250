import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { parse } from "yaml";
import { type ByComponent, type DriverSpec, driverSchema, supports } from "../../../drivers/kit/index.ts";
import { isElsewhere, withCharts } from "../drivers/charts.ts";
import { readCases } from "../drivers/cases.ts";
import { type Folder, readFolder, type Sound } from "../drivers/folder.ts";
import { readGivenParameters, resolveGiven } from "../drivers/given.ts";
import { initDriver } from "../drivers/init.ts";
import { lint } from "../drivers/lint.ts";
import { countText, type Problem, problemsText } from "../drivers/problems.ts";
import { createTrial, objectsText } from "../drivers/render.ts";
import { type CaseResult, deployCases, renderCases, resultText } from "../drivers/test.ts";
import { collectPair, pairValue, readFileText, readJsonObject, timeSpan } from "../arguments.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { neutralise, renderValue } from "../output.ts";

interface RenderOptions {
  parameter?: Record<string, string>;
  parameters?: string;
  config?: string;
  envVars?: string;
  containerOverrides?: string;
  name?: string;
  namespace?: string;
  releaseName?: string;
  chart?: string;
  context?: boolean;
  values?: boolean;
}

/** The commands for those who write drivers. None of them needs a server. */
export function addAuthoring(drivers: Command, cliOf: () => Cli): void {
  drivers
    .command("init <path>")
    .description("make a new driver that works as it is, in a new folder")
    .option("--name <name>", "the driver's name; the folder's by default")
    .option("--helm", "with a chart of its own instead of manifests")
    .option("--actions", "with an action")
    .addHelpText("after", "\nExample:\n  styrminctl drivers init my-app")
    .action(async (path: string, options: { name?: string; helm?: boolean; actions?: boolean }) => {
      const { io } = cliOf();
      const paths = await initDriver(resolve(path), options.name ?? basename(resolve(path)), options);
      io.stdout(paths.map((each) => `${path.replace(/\/+$/, "")}/${each}\n`).join(""));
      io.stderr(`Now: styrminctl drivers lint ${path} · styrminctl drivers test ${path}\n`);
    });

  drivers
    .command("schema")
    .description("print the JSON Schema of driver.styrmin.yml, by which editors complete and check it")
    .addHelpText("after", "\nExample:\n  styrminctl drivers schema > driver.schema.json")
    .action(() => cliOf().io.stdout(`${JSON.stringify(driverSchema(), null, 2)}\n`));

  drivers
    .command("lint <path> [version]")
    .description("say everything that is wrong with a driver, and what may be meant otherwise")
    .option("--strict", "also fail on warnings")
    .option("--chart <file>", "the packed chart that the driver names elsewhere, to look at it too")
    .addHelpText("after", `${lintHelp}\n\nExample:\n  styrminctl drivers lint ./my-app --strict`)
    .action(async (path: string, version: string | undefined, { strict, chart }: LintOptions) => {
      const { io, format } = cliOf();
      const folder = await readFolder(path);
      if (version !== undefined && folder.spec && !supports(folder.spec, version)) {
        const known = `the supported versions (${folder.spec.supportedVersions})`;
        throw new Exit(exitCodes.refused, `${version} is none of ${known}.`);
      }
      const elsewhere = folder.spec && isElsewhere(folder.spec);
      const charted = elsewhere && chart !== undefined ? await withCharts(folder, chart, io.signal) : folder;
      if (elsewhere && chart === undefined)
        io.stderr("The chart lies elsewhere and is not looked at; --chart FILE names a packed one.\n");
      const note = (sentence: string) => io.stderr(`${neutralise(sentence)}\n`);
      const problems = await lint(charted, io.signal, note, version);
      if (format !== "table") io.stdout(renderValue(problems, format));
      else io.stdout(shown(problems, folder));
      io.stderr(`${path}: ${countText(problems)}\n`);
      const counts = strict ? problems.length : problems.filter(({ warning }) => !warning).length;
      if (counts === 0) return;
      const sentence = problems.every(({ warning }) => warning)
        ? "There are warnings, and --strict fails on them."
        : "The driver is not right.";
      throw new Exit(exitCodes.refused, sentence);
    });

  drivers
    .command("render <path> [version]")
    .description("print the objects that a driver makes for a version of its application")
    .option(
      "-p, --parameter <name=value>",
      "set a parameter; name=@FILE reads it; may be given again",
      collectPair,
    )
    .option("--parameters <file>", "parameters by name, as YAML or JSON")
    .option("--config <json>", "the merged configuration, as JSON or @FILE")
    .option("--env-vars <json>", "{component: {NAME: value}}, as JSON or @FILE")
    .option("--container-overrides <json>", "{component: {container: {command, args}}}, as JSON or @FILE")
    .option("--name <name>", "the deployment's name; the driver's by default")
    .option("--namespace <namespace>", "where the objects go", "env-sample")
    .option("--release-name <name>", "what the objects are named after; the deployment's name by default")
    .option("--chart <file>", chartHelp)
    .option("--values", "print what the chart is given instead")
    .option("--context", "print what the templates see instead")
    .addHelpText(
      "after",
      '\nSecrets that are not given are placeholders.\n\nExample:\n  styrminctl drivers render ./my-app 1.2.0 -p replicas=3 --config \'{"fqdn_suffix": "example.org"}\'',
    )
    .action(async (path: string, version: string | undefined, options: RenderOptions) => {
      const { io, format } = cliOf();
      const folder = await readSound(io, path);
      const name = options.name ?? folder.spec.name;
      const given = {
        version,
        parameters: await parametersOf(folder.spec, options),
        config: await jsonOf(options.config, "--config"),
        envVars: (await jsonOf(options.envVars, "--env-vars")) as ByComponent,
        containerOverrides: (await jsonOf(
          options.containerOverrides,
          "--container-overrides",
        )) as ByComponent,
        name,
        namespace: options.namespace,
        releaseName: options.releaseName ?? name,
      };
      if (options.context) {
        const { problems, context } = resolveGiven(folder.spec, given);
        return problems ? refuse(io, problems, folder) : io.stdout(renderValue(context, format));
      }
      const trial = createTrial(await withCharts(folder, options.chart, io.signal));
      try {
        const outcome = await trial.render(given, io.signal);
        if (outcome.problems) refuse(io, outcome.problems, folder);
        const { objects, hooks, chartValues } = outcome;
        if (options.values && format === "json") io.stdout(renderValue(parse(chartValues), format));
        else if (options.values) io.stdout(`${neutralise(chartValues).trimEnd()}\n`);
        else if (format === "table") io.stdout(neutralise(objectsText([...objects, ...hooks])));
        else io.stdout(renderValue([...objects, ...hooks], format));
      } finally {
        await trial.close();
      }
    });

  addTest(drivers, cliOf);
}

interface LintOptions {
  strict?: boolean;
  chart?: string;
}

const lintHelp = `
It is rendered for VERSION or the default version, for the ends of the supported versions as far as they are written
out, and for the versions that the driver's cases name.`;

const chartHelp = "the packed chart that the driver names elsewhere; else your helm pulls it";

interface TestOptions {
  chart?: string;
  deploy?: boolean;
  environment?: string;
  timeout: number;
}

function addTest(drivers: Command, cliOf: () => Cli): void {
  drivers
    .command("test <path>")
    .description("run the cases in a driver's tests/*.yaml")
    .option("--deploy", "also deploy those that say so, into a Styrmin of its own that goes away afterwards")
    .option("-e, --environment <environment>", "deploy into this environment of the server that runs instead")
    .option("--chart <file>", chartHelp)
    .option("--timeout <time>", "how long a deployment may take, such as 90s or 10m", timeSpan, 300)
    .addHelpText("after", `${caseHelp}\n\nExample:\n  styrminctl drivers test ./my-app --deploy`)
    .action(async (path: string, options: TestOptions) => {
      const cli = cliOf();
      const { io, format } = cli;
      const folder = await readSound(io, path);
      const { cases, problems } = readCases(folder.files);
      if (problems.length > 0) refuse(io, problems, folder, "The cases cannot be read");
      if (cases.length === 0)
        throw new Exit(exitCodes.refused, `There are no cases in ${path}/tests/*.yaml.${caseHelp}`);
      const show = (result: CaseResult) => {
        if (format === "table") io.stdout(neutralise(resultText(result)));
      };
      // A server that may not read the folder says so before anything else is done.
      if (options.environment !== undefined && cases.some(({ deploy }) => deploy !== null))
        await cli.client.drivers.loadLocal(resolve(path));
      const charted = await withCharts(folder, options.chart, io.signal);
      const results = await renderCases(charted, cases, io.signal, show);
      if (options.deploy || options.environment !== undefined)
        results.push(...(await deployCases(cli, resolve(path), folder.spec, cases, options, show)));
      if (format !== "table") io.stdout(renderValue(results, format));
      const failed = results.filter(({ failures }) => failures.length > 0).length;
      io.stderr(`${results.length - failed} passed, ${failed} failed\n`);
      if (failed > 0) throw new Exit(exitCodes.refused, "The driver does not do what its cases say.");
    });
}

const caseHelp = `

A case is a YAML document:
  name: has an address                     # what it shows
  version: 1.2.0                           # of the application; the default without it
  parameters: { replicas: 2 }
  config: { fqdn_suffix: example.org }     # merged, as templates see it
  env_vars: { web: { LOG_LEVEL: debug } }  # also container_overrides
  expect:
    objects: [{ kind: Ingress, name: my-app, fields: { "spec.rules[0].host": web-00000000.example.org } }]
    absent: [{ kind: CronJob }]
    count: 3
    problems: []                           # or parts of what must be refused: [parameters.replicas]
  deploy: [{ path: /, contains: Hello }]   # with --deploy: deployed, and asked this
  upgrade: { version: 1.3.0, answers: [] } # afterwards; see docs/drivers/testing.md`;

/** Reads a driver whose specification is right. Throws `Exit` after having printed what is wrong with it. */
async function readSound(io: Cli["io"], path: string): Promise<Sound> {
  const folder = await readFolder(path);
  if (!folder.spec || folder.problems.length > 0) refuse(io, folder.problems, folder);
  return folder as Sound;
}

function refuse(
  io: Cli["io"],
  problems: Problem[],
  folder: Folder,
  what = "The driver cannot be rendered",
): never {
  io.stderr(shown(problems, folder));
  throw new Exit(exitCodes.refused, `${what}: ${countText(problems)}.`);
}

const jsonOf = async (text: string | undefined, option: string) =>
  text === undefined ? {} : await readJsonObject(text, option);

async function parametersOf(spec: DriverSpec, { parameter = {}, parameters }: RenderOptions) {
  const pairs: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameter)) pairs[name] = await pairValue(name, value);
  const text = parameters === undefined ? undefined : await readFileText(parameters, "--parameters");
  try {
    return readGivenParameters(spec, text, pairs);
  } catch (thrown) {
    throw new Exit(exitCodes.usage, `--parameters: ${parameters} ${(thrown as Error).message}.`);
  }
}

/** A driver's own text may come from anywhere. */
const shown = (problems: Problem[], { files }: Folder) => neutralise(problemsText(problems, files));
