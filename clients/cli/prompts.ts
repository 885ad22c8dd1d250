import { InvalidArgumentError } from "commander";
import { coerceParameter } from "../../drivers/kit/index.ts";
import type { DriverParameterFieldsFragment, GetDriverVersionQuery, PromptInput } from "../sdk/index.ts";
import { pairValue } from "./arguments.ts";
import type { Cli } from "./io.ts";

type Action = NonNullable<GetDriverVersionQuery["applicationDriverVersion"]>["actions"][number];

/** The actions that a command starts: those of a driver's version at a hook. */
export interface Started {
  driver: string;
  /** The driver's own version; the latest without one. */
  driverVersion?: string | undefined;
  hook: "setup" | "upgrade" | "delete";
}

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
  const version = started && (await cli.client.drivers.version(started.driver, started.driverVersion));
  const actions = version?.actions ?? [];
  const answers: PromptInput[] = [];
  for (const [key, pair] of given) {
    const { action, name } = splitPrompt(key);
    const text = await pairValue(key, pair);
    const prompt = actions.find((one) => one.name === action)?.prompts.find((one) => one.name === name);
    answers.push({ action, name, value: prompt ? valueOf(prompt, text) : text });
  }
  const own = actions.filter(({ hook, runs }) => runs && hook === started?.hook);
  if (ask) answers.push(...(await askMissing(ask, own, answers)));
  return answers.length > 0 ? answers : undefined;
}

async function askMissing(
  ask: (question: string) => Promise<string>,
  actions: Action[],
  given: PromptInput[],
): Promise<PromptInput[]> {
  const asked: PromptInput[] = [];
  for (const action of actions) {
    for (const prompt of action.prompts.filter(({ required }) => required)) {
      if (given.some((one) => one.action === action.name && one.name === prompt.name)) continue;
      const text = await ask(questionOf(action, prompt));
      asked.push({ action: action.name, name: prompt.name, value: valueOf(prompt, text) });
    }
  }
  return asked;
}

function questionOf({ name }: Action, { label, name: prompt, kind, values }: DriverParameterFieldsFragment) {
  return `${name} asks for ${label ?? prompt} (${values ? values.join(", ") : kind}): `;
}

const valueOf = (prompt: DriverParameterFieldsFragment, text: string) =>
  coerceParameter(prompt as Parameters<typeof coerceParameter>[0], text);

function splitPrompt(key: string): { action: string; name: string } {
  const [action, name, ...rest] = key.split(".");
  if (!action || !name || rest.length > 0) {
    throw new InvalidArgumentError(`--prompt "${key}=…" must be action.name=value.`);
  }
  return { action, name };
}
