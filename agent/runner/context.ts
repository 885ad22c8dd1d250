import { AsyncLocalStorage } from "node:async_hooks";
import type { ActionContext } from "../../drivers/kit/index.ts";
import type { Asking } from "./asking.ts";

export interface ContextOptions {
  context: ActionContext["context"];
  prompts: ActionContext["prompts"];
  asking: Asking;
  signal: AbortSignal;
}

/** Where calls are counted: the action's own body, or one step of it. */
interface Scope {
  prefix: string;
  calls: number;
}

const longestName = 200;

/**
 * Makes what an action is called with. Each call's key is its place among the calls of the action (or of its step),
 * its kind and what it is about. So a step that is skipped in a later run moves no key.
 */
export function createContext({ context, prompts, asking, signal }: ContextOptions): ActionContext {
  const body: Scope = { prefix: "", calls: 0 };
  const scopes = new AsyncLocalStorage<Scope>();
  const keyOf = (...words: string[]) => {
    const scope = scopes.getStore() ?? body;
    return `${scope.prefix}${++scope.calls} ${words.join(" ")}`.slice(0, 480);
  };

  return Object.freeze({
    context: frozen(context),
    prompts: frozen(prompts),
    signal,
    async step<T>(name: string, work: () => Promise<T> | T): Promise<T> {
      text(name, "ctx.step(name, work)", "name");
      if (typeof work !== "function") throw new TypeError("ctx.step(name, work): work must be a function.");
      if (scopes.getStore())
        throw new Error(`Step "${name}" lies within another step; steps come one after the other.`);
      const key = keyOf("step", name);
      const begun = (await asking.ask({ kind: "stepBegin", key, name })) as {
        recorded?: boolean;
        result?: T;
      };
      if (begun.recorded) return begun.result as T;
      let result: T;
      try {
        result = plain(await scopes.run({ prefix: `${key}/`, calls: 0 }, work), name);
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown.message : String(thrown);
        await asking.ask({ kind: "stepEnd", key, error: error.slice(0, 10_000) });
        throw thrown;
      }
      await asking.ask({ kind: "stepEnd", key, result });
      return result;
    },
    log(message: string, level: "info" | "warn" | "error" = "info"): void {
      if (!["info", "warn", "error"].includes(level))
        throw new TypeError(
          `ctx.log(message, level): level must be info, warn or error, not ${String(level)}.`,
        );
      asking.log(level, typeof message === "string" ? message : Bun.inspect(message));
    },
    async stopComponents(...components: string[]): Promise<void> {
      const names = list(components, "ctx.stopComponents(...components)");
      await asking.ask({ kind: "stopComponents", key: keyOf("stopComponents", ...names), components: names });
    },
    async startComponents(...components: string[]): Promise<void> {
      const names = list(components, "ctx.startComponents(...components)");
      await asking.ask({
        kind: "startComponents",
        key: keyOf("startComponents", ...names),
        components: names,
      });
    },
    async scale(component: string, replicas: number): Promise<void> {
      text(component, "ctx.scale(component, replicas)", "component");
      if (!Number.isInteger(replicas) || replicas < 0 || replicas > 10_000)
        throw new TypeError(
          "ctx.scale(component, replicas): replicas must be a whole number from 0 to 10000.",
        );
      await asking.ask({ kind: "scale", key: keyOf("scale", component), component, replicas });
    },
    async exec(component, command, options) {
      text(component, "ctx.exec(component, command)", "component");
      if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== "string"))
        throw new TypeError(
          'ctx.exec(component, command): command must be a list of texts, such as ["ls", "-l"].',
        );
      const call = { kind: "exec" as const, key: keyOf("exec", component), component, command };
      return (await asking.ask({ ...call, ...(options ? { options } : {}) })) as never;
    },
    async upgradeTo(version: string): Promise<void> {
      text(version, "ctx.upgradeTo(version)", "version");
      await asking.ask({ kind: "upgradeTo", key: keyOf("upgradeTo", version), version });
    },
  } satisfies ActionContext);
}

/** What the record will hold of a result, and what a later run gets. */
function plain<T>(result: T, name: string): T {
  if (result === undefined) return null as T;
  try {
    return JSON.parse(JSON.stringify(result) ?? "null");
  } catch (thrown) {
    throw new Error(`The result of step "${name}" cannot be recorded as JSON: ${(thrown as Error).message}`);
  }
}

function text(value: unknown, call: string, name: string): void {
  if (typeof value !== "string" || value === "" || value.length > longestName)
    throw new TypeError(`${call}: ${name} must be a text of 1 to ${longestName} characters.`);
}

/** Both `("a", "b")` and `(["a", "b"])`. */
function list(given: unknown[], call: string): string[] {
  const names = given.flat();
  for (const name of names) text(name, call, "each component");
  return names as string[];
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
