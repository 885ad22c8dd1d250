import { InvalidArgumentError } from "commander";
import { changedEntries } from "../../drivers/kit/index.ts";
import { pairValue, readJsonObject } from "./arguments.ts";

type ByComponent = Record<string, unknown>;

/** The options of `create` and `update` that set variables, overrides and configuration. */
export interface OverrideOptions {
  envVars?: string;
  env?: Record<string, string>;
  unsetEnv?: string[];
  containerOverrides?: string;
  override?: Record<string, string>;
  unsetOverride?: string[];
  config?: string;
  setConfig?: Record<string, string>;
  unsetConfig?: string[];
}

/** Single ones that are set, and taken away as null; undefined for none. `null` stands behind each `--unset-…`. */
export async function readChanges(options: OverrideOptions) {
  const env = await places(options.env, options.unsetEnv, "--env", variable);
  const override = await places(options.override, options.unsetOverride, "--override", words);
  const config = await places(options.setConfig, options.unsetConfig, "--set-config", entry);
  return { changeEnvVars: env, changeContainerOverrides: override, changeConfig: config };
}

/** What a new deployment begins with: the whole as JSON, and single ones on top of it. */
export async function readWhole(options: OverrideOptions) {
  const changes = await readChanges(options);
  const whole = async (text: string | undefined, option: string, single: ByComponent | undefined) => {
    if (text === undefined) return single;
    return changedEntries(await readJsonObject(text, option), single ?? {});
  };
  return {
    config: await whole(options.config, "--config", changes.changeConfig),
    envVars: await whole(options.envVars, "--env-vars", changes.changeEnvVars),
    containerOverrides: await whole(
      options.containerOverrides,
      "--container-overrides",
      changes.changeContainerOverrides,
    ),
  };
}

interface Form {
  /** How the place is spelled, for a message. */
  shape: string;
  fits: (parts: string[]) => boolean;
  read: (text: string, place: string) => unknown;
}

/** `web.LOG_LEVEL=DEBUG`. A name of a variable may have dots itself. */
const variable: Form = { shape: "component.NAME", fits: (parts) => parts.length === 2, read: (text) => text };

/** `web.main.args=["--fast"]`; taken away, `web.main` will do. */
const words: Form = {
  shape: "component.container.command or component.container.args",
  fits: (parts) => parts.length === 3,
  read(text, place) {
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) return value;
    } catch {
      // Said below.
    }
    throw new InvalidArgumentError(
      `--override ${place} must be a JSON list of words such as '["sh", "-c", "…"]'.`,
    );
  },
};

/** `standard_storage.storage_class=fast`: JSON, or else a text. */
const entry: Form = {
  shape: "key or key.key",
  fits: (parts) => parts.length > 0,
  read(text) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  },
};

async function places(
  set: Record<string, string> = {},
  unset: string[] = [],
  option: string,
  form: Form,
): Promise<ByComponent | undefined> {
  let changes: ByComponent = {};
  const put = (parts: string[], value: unknown) => {
    const nested = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as ByComponent;
    changes = merged(changes, nested);
  };
  for (const [place, pair] of Object.entries(set)) {
    const parts = partsOf(place, form);
    if (!form.fits(parts)) throw new InvalidArgumentError(`${option} ${place} must be ${form.shape}=value.`);
    put(parts, form.read(await pairValue(place, pair), place));
  }
  for (const place of unset) {
    const parts = partsOf(place, form);
    if (!form.fits(parts) && !(form === words && form.fits([...parts, ""])))
      throw new InvalidArgumentError(
        `${option.replace(/^--(set-)?/, "--unset-")} ${place} must be ${form.shape}.`,
      );
    put(parts, null);
  }
  return Object.keys(changes).length > 0 ? changes : undefined;
}

/** Components and containers have no dots in their names. */
function partsOf(place: string, form: Form): string[] {
  const parts = place.split(".");
  return form === variable ? [parts[0]!, parts.slice(1).join(".")].filter(Boolean) : parts.filter(Boolean);
}

/** Unlike `changedEntries` this keeps null, which tells the server to take something away. */
function merged(before: ByComponent, more: ByComponent): ByComponent {
  const after = { ...before };
  for (const [key, value] of Object.entries(more)) {
    const had = after[key];
    after[key] = isMap(had) && isMap(value) ? merged(had, value) : value;
  }
  return after;
}

const isMap = (value: unknown): value is ByComponent =>
  typeof value === "object" && value !== null && !Array.isArray(value);
