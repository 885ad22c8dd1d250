/**
 * The process of one action: `launch.ts` has become it. It reads one `start` and then answers on its standard input,
 * and writes calls and its end to the channel. Whatever the action does to this program, it does to its own run.
 */
import { join } from "node:path";
import { format } from "node:util";
import { createFrameReader } from "../actions/frames.ts";
import { messageBytes, type Outcome, type ToAction } from "../actions/messages.ts";
import { createAsking } from "./asking.ts";
import { createContext } from "./context.ts";
import { explain } from "./explain.ts";

type Start = Extract<ToAction, { start: unknown }>["start"];

const stop = new AbortController();
const asking = createAsking();
let ended = false;

const messagesIn = createFrameReader(2 * messageBytes);
for await (const chunk of Bun.stdin.stream()) {
  for (const message of messagesIn(chunk)) {
    if (message.start) void begin(message.start as Start);
    else if (typeof message.abort === "string") stop.abort(new Error(message.abort));
    else asking.hear(message as never);
  }
}

async function begin({ folder, location, context, prompts }: Start): Promise<void> {
  const [file = "", name = ""] = location.split("::");
  const place = { folder, file };
  const failed = (thrown: unknown) => end({ failure: "failed", message: explain(thrown, place) });
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  for (const level of ["log", "info", "debug", "warn", "error"] as const) {
    const word = level === "warn" || level === "error" ? level : "info";
    console[level] = (...values: unknown[]) => asking.log(word, format(...values));
  }
  process.chdir(folder);
  try {
    const module = await import(join(folder, file));
    const action: unknown = module[name];
    if (typeof action !== "function") throw new Error(missing(file, name, module));
    const result = await action(createContext({ context, prompts, asking, signal: stop.signal }));
    await asking.settled();
    end({ result: plain(result, location) });
  } catch (thrown) {
    failed(thrown);
  }
}

function end(outcome: Outcome): void {
  if (ended) return;
  ended = true;
  asking.end(outcome);
}

/** A result as the JSON that it will be. */
function plain(result: unknown, location: string): unknown {
  try {
    return result === undefined ? null : JSON.parse(JSON.stringify(result) ?? "null");
  } catch (thrown) {
    throw new Error(`What ${location} returns cannot be written as JSON: ${(thrown as Error).message}`);
  }
}

function missing(file: string, name: string, module: object): string {
  const functions = Object.keys(module).filter((key) => typeof module[key as keyof object] === "function");
  const known = functions.length > 0 ? `it exports ${functions.join(", ")}` : "it exports no function";
  return `${file} has no exported function ${name}; ${known}. Write: export async function ${name}(ctx: ActionContext)`;
}
