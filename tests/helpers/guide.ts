import { resolve } from "node:path";
import { tiedToParent } from "../../lib/child.ts";

const root = resolve(import.meta.dir, "../..");

/** A page of `docs/`, whose commands a test runs as they stand there. */
export interface Guide {
  /** The shell blocks below a heading, in order. */
  blocks(heading: string): string[];
  /**
   * Runs the blocks below a heading, all or from one to before another; answers what they printed. Throws with it when
   * one fails.
   */
  run(heading: string, from?: number, to?: number): Promise<string>;
  /** Runs a command of the test's own in the same surroundings. */
  shell(script: string): Promise<string>;
  /** Starts the only block below a heading that is to go on (`index` says which), until it is killed. */
  start(heading: string, index: number): ReturnType<typeof spawn>;
}

export interface GuideOptions {
  env: Record<string, string | undefined>;
  /** What a reader on another machine would write differently: literal texts. */
  replace?: Record<string, string>;
}

export async function readGuide(file: string, { env, replace = {} }: GuideOptions): Promise<Guide> {
  const text = await Bun.file(resolve(root, file)).text();
  const sections = new Map<string, string[]>();
  for (const section of text.split(/^## /m).slice(1)) {
    const heading = section.slice(0, section.indexOf("\n"));
    const found = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1]!);
    sections.set(heading, found.map(asHere));
  }
  return { blocks, run, shell, start: (heading, index) => spawn(blocks(heading)[index]!, env) };

  function asHere(block: string): string {
    return Object.entries(replace).reduce((whole, [from, to]) => whole.replaceAll(from, to), block);
  }

  function blocks(heading: string): string[] {
    const found = sections.get(heading);
    if (!found?.length) throw new Error(`${file} has no commands below "${heading}"`);
    return found;
  }

  function run(heading: string, from = 0, to?: number): Promise<string> {
    return shell(blocks(heading).slice(from, to).join("\n"));
  }

  async function shell(script: string): Promise<string> {
    const child = spawn(script, env);
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`This ended with ${code}:\n${script}\n${out}\n${err}`);
    return out;
  }
}

/** Whether the shell or a command in it fails, the whole does. */
function spawn(script: string, env: GuideOptions["env"]) {
  return Bun.spawn(tiedToParent(["bash", "-euo", "pipefail", "-c", script]), {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
