import { ClientError, type DriverSourceFieldsFragment } from "../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "./io.ts";

const [lookMs, patienceMs] = [300, 180_000];

/**
 * Waits until the repository of a source was asked after that moment, and what moved was loaded, or cannot be. Survives a
 * restart of the server. Throws `Exit` when the source goes away or the time is up.
 */
export async function waitUntilLoaded(
  { client, io }: Cli,
  { id, name }: Pick<DriverSourceFieldsFragment, "id" | "name">,
  before: string | null,
): Promise<DriverSourceFieldsFragment> {
  const until = performance.now() + patienceMs;
  let isAway = false;
  while (performance.now() < until) {
    io.signal.throwIfAborted();
    const source = await client.sources.get(id).catch(unlessAway);
    if (source === "away" && !isAway) io.stderr("  … the server does not answer; waiting for it\n");
    isAway = source === "away";
    if (!source) throw new Exit(exitCodes.refused, `The driver source ${name} was ended meanwhile.`);
    if (source !== "away") {
      const isAsked = source.polledAt !== null && source.polledAt !== before;
      if (isAsked && !["WAITING", "LOADING"].includes(source.state)) return source;
    }
    await Bun.sleep(lookMs);
  }
  const text = `The driver source ${name} is not loaded after ${patienceMs / 1000} s. See \`styrminctl drivers sources ${name}\`.`;
  throw new Exit(exitCodes.timeout, text);
}

function unlessAway(thrown: unknown): "away" {
  if (thrown instanceof ClientError && thrown.mayPass) return "away";
  throw thrown;
}
