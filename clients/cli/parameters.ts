import { coerceParameter } from "../../drivers/kit/index.ts";
import { pairValue } from "./arguments.ts";
import type { Cli } from "./io.ts";
import { type Started, versionOf } from "./prompts.ts";

/**
 * Turns `-p name=value` into typed values by the driver's declarations. A name that the driver does not know
 * is sent as it is: the server says so, with the nearest name that it does know.
 */
export async function readParameters(
  cli: Cli,
  which: Pick<Started, "driver" | "driverVersion" | "versionId">,
  pairs: Record<string, string> | undefined,
): Promise<Record<string, unknown> | undefined> {
  if (!pairs) return undefined;
  const version = await versionOf(cli, which);
  const declared = new Map((version?.parameters ?? []).map((parameter) => [parameter.name, parameter]));
  const values: Record<string, unknown> = {};
  for (const [name, pair] of Object.entries(pairs)) {
    const text = await pairValue(name, pair);
    const parameter = declared.get(name);
    values[name] = parameter
      ? coerceParameter(parameter as Parameters<typeof coerceParameter>[0], text)
      : text;
  }
  return values;
}
