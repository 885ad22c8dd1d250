import { join } from "node:path";
import { cagedCommand, cagedOptions, watchMemory, watchTime } from "./cage.ts";
import type { ChartRequest, ChildAnswer, ChildRequest, TemplateRequest } from "./render-child.ts";
import type { RenderLimits } from "./rendering.ts";

/** Why a child was stopped, that it ended by itself, or that it was killed from outside. */
export type ChildFailure = "time" | "memory" | "output" | "ended" | "killed";

export interface RenderProcess {
  /** One request at a time; the caller sees to that. Rejects only when the signal is aborted. */
  run(
    request: ChartRequest | (TemplateRequest & Required<Pick<TemplateRequest, "templates" | "partials">>),
    signal?: AbortSignal,
  ): Promise<Exclude<ChildAnswer, { need: true }> | { failure: ChildFailure }>;
  close(): Promise<void>;
}

export interface RenderProcessOptions {
  limits: RenderLimits;
  rendersPerChild: number;
  idleMs: number;
}

/** What the child needs beside the engine's memory: its own code, and the parsed objects. */
const ownBytes = 448 * 1024 * 1024;
/** JSON of the objects is longer than their YAML, at the most by so much. */
const growth = 8;

/** Keeps one child for rendering: starts it when it is needed, ends it after any trouble. */
export function createRenderProcess({
  limits,
  rendersPerChild,
  idleMs,
}: RenderProcessOptions): RenderProcess {
  let child: Child | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;

  const stop = async () => {
    clearTimeout(idle);
    const ended = child?.stop();
    child = undefined;
    await ended;
  };

  return {
    async run(request, signal) {
      clearTimeout(idle);
      const own = (child ??= startChild(limits));
      let outcome = await own.ask(shortened(request, own.keys), limits, signal);
      if ("need" in outcome) outcome = await own.ask(request, limits, signal);
      if ("aborted" in outcome) {
        await stop();
        throw signal?.reason;
      }
      if ("key" in request) own.keys.add(request.key);
      own.renders++;
      const wentWell = "objects" in outcome || "values" in outcome;
      if (!wentWell || own.renders >= rendersPerChild) await stop();
      else if (child === own) {
        idle = setTimeout(() => void stop(), idleMs);
        idle.unref();
      }
      return "need" in outcome ? { failure: "ended" } : outcome;
    },
    close: stop,
  };
}

/** Templates that a child was sent before need not be sent again. */
function shortened(request: ChildRequest, sent: Set<string>): ChildRequest {
  if (!("key" in request) || !sent.has(request.key)) return request;
  const { templates: _, partials: __, ...short } = request;
  return short;
}

type Answer = ChildAnswer | { failure: ChildFailure } | { aborted: true };
type Child = ReturnType<typeof startChild>;

function startChild({ memoryBytes }: RenderLimits) {
  const command = cagedCommand(join(import.meta.dir, "render-child.ts"), memoryBytes + ownBytes);
  const process = Bun.spawn(command, { ...cagedOptions, stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  process.unref();
  const output = process.stdout.getReader();
  let isStopped = false;

  const stop = (): Promise<number> => {
    isStopped = true;
    process.kill("SIGKILL");
    return process.exited;
  };

  /** Why there is no answer: the system kills what it finds where memory is short. */
  const whyEnded = async (): Promise<Answer> => {
    await process.exited;
    return { failure: process.signalCode === "SIGKILL" && !isStopped ? "killed" : "ended" };
  };

  async function ask(request: ChildRequest, limits: RenderLimits, signal?: AbortSignal): Promise<Answer> {
    let cut: Answer | undefined;
    const end = (reason: Answer) => {
      cut ??= reason;
      process.kill("SIGKILL");
    };
    const aborted = () => end({ aborted: true });
    const ended = async () => {
      const answer = await whyEnded();
      return cut ?? answer;
    };
    const untime = watchTime(process.pid, limits.timeMs, () => end({ failure: "time" }));
    const unwatch = watchMemory(process.pid, memoryBytes + ownBytes, () => end({ failure: "memory" }));
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      process.stdin.write(`${JSON.stringify(request)}\n`);
      await process.stdin.flush();
      const line = await readLine(limits.outputBytes * growth);
      if (line === "too long") end({ failure: "output" });
      if (cut) return cut;
      return typeof line === "string" ? (JSON.parse(line) as ChildAnswer) : await ended();
    } catch {
      return await ended();
    } finally {
      untime();
      unwatch();
      signal?.removeEventListener("abort", aborted);
    }
  }

  /** The next line; undefined when the child ended. The child writes exactly one per request. */
  async function readLine(maxBytes: number): Promise<string | undefined> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { value, done } = await output.read();
      if (done) return undefined;
      chunks.push(value);
      bytes += value.byteLength;
      if (bytes > maxBytes) return "too long";
      if (value.at(-1) === 10) return Buffer.concat(chunks).toString("utf8");
    }
  }

  return { stop, ask, keys: new Set<string>(), renders: 0 };
}
