import { InvalidArgumentError } from "commander";
import { coerceParameter, kindText, type ParameterSpec, valueFault } from "../../drivers/kit/index.ts";
import type { DriverParameterFieldsFragment, GetDriverVersionQuery, PromptInput } from "../sdk/index.ts";
import { pairValue } from "./arguments.ts";
import type { Cli } from "./io.ts";
import { neutralise } from "./output.ts";

type Version = NonNullable<GetDriverVersionQuery["applicationDriverVersion"]>;
type Action = Version["actions"][number];

/** The actions that a command starts: those of a driver's version at a hook. */
export interface Started {
  driver: string;
  /** The driver's own version by its name; the latest without one. */
  driverVersion?: string | undefined;
  /** The very version, of which there may be several by one name. */
  versionId?: string | undefined;
  hook: "setup" | "upgrade" | "delete";
  /** Which of them; all by default. */
  starts?: (action: Pick<Action, "when">, version: Pick<Version, "id">) => boolean;
}

/** The version of a driver that a command is about. */
export const versionOf = (
  { client }: Cli,
  { driver, driverVersion, versionId }: Pick<Started, "driver" | "driverVersion" | "versionId">,
): Promise<Version | null> =>
  versionId === undefined
    ? client.drivers.version(driver, driverVersion)
    : client.drivers.versionById(versionId);

/**
 * The answers to what actions ask for: those of `--prompt action.name=value`, and on a terminal those that are asked
 * for because they are missing. Where nobody can be asked, the server says what is missing.
 */
export async function readPrompts(
  cli: Cli,
  started: Started | undefined,
  pairs: Record<string, string> | undefined,
): Promise<PromptInput[] | undefined> {
  const given = Object.entries(pairs ?? {});
  const { ask } = cli.io.interactive ? cli.io : { ask: undefined };
  if (given.length === 0 && !ask) return undefined;
  const version = started && (await versionOf(cli, started));
  const actions = version?.actions ?? [];
  const answers: PromptInput[] = [];
  for (const [key, pair] of given) {
    const { action, name } = splitPrompt(key);
    const text = await pairValue(key, pair);
    const prompt = actions.find((one) => one.name === action)?.prompts.find((one) => one.name === name);
    answers.push({ action, name, value: prompt ? valueOf(prompt, text) : text });
  }
  const { starts = () => true } = started ?? {};
  const own = actions.filter(
    (action) => action.runs && action.hook === started?.hook && starts(action, version!),
  );
  if (ask) answers.push(...(await askMissing({ ask, stderr: cli.io.stderr }, own, answers)));
  return answers.length > 0 ? answers : undefined;
}

/** So often a question is asked; what was answered last is for the server to refuse. */
const mostTries = 5;

async function askMissing(
  io: { ask: (question: string) => Promise<string> } & Pick<Cli["io"], "stderr">,
  actions: Action[],
  given: PromptInput[],
): Promise<PromptInput[]> {
  const asked: PromptInput[] = [];
  for (const action of actions) {
    for (const prompt of action.prompts.filter(({ required }) => required)) {
      if (given.some((one) => one.action === action.name && one.name === prompt.name)) continue;
      asked.push({ action: action.name, name: prompt.name, value: await askOne(io, action, prompt) });
    }
  }
  return asked;
}

/** Asks until the answer can be right: somebody who has answered much should not begin anew for a slip. */
async function askOne(
  { ask, stderr }: Parameters<typeof askMissing>[0],
  { name }: Action,
  prompt: DriverParameterFieldsFragment,
): Promise<unknown> {
  const question = `${name} asks for ${prompt.label ?? prompt.name} (${kindText(prompt)}): `;
  for (let tries = 1; ; tries++) {
    const value = valueOf(prompt, await ask(neutralise(question)));
    const fault = valueFault(specOf(prompt), value);
    if (fault === undefined || tries === mostTries) return value;
    stderr(`  ${neutralise(fault)}\n`);
  }
}

/** As the kit has it: what is not declared is absent. */
const specOf = (prompt: DriverParameterFieldsFragment) =>
  Object.fromEntries(
    Object.entries(prompt).filter(([, value]) => value !== null),
  ) as unknown as ParameterSpec;

const valueOf = (prompt: DriverParameterFieldsFragment, text: string) =>
  coerceParameter(specOf(prompt), text);

function splitPrompt(key: string): { action: string; name: string } {
  const [action, name, ...rest] = key.split(".");
  if (!action || !name || rest.length > 0) {
    throw new InvalidArgumentError(`--prompt "${key}=…" must be action.name=value.`);
  }
  return { action, name };
}
