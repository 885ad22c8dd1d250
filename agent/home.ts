import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "../lib/errors.ts";
import { newId } from "../lib/names.ts";

/** The id by which the server knows this agent again after a restart: made once, kept in the agent's home. */
export async function readInstanceId(home: string): Promise<string> {
  const path = join(home, "instance-id");
  try {
    const id = (await readFile(path, "utf8")).trim();
    if (id !== "") return id;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw unusable(home, thrown);
  }
  const id = newId();
  try {
    await mkdir(home, { recursive: true });
    await writeFile(`${path}.new`, `${id}\n`);
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  } catch (thrown) {
    throw unusable(home, thrown);
  }
  return id;
}

const endFile = "ended-epoch";

/** The epoch of a life that ended in order; undefined when there is none, or nobody can tell. */
export async function readEndedEpoch(home: string): Promise<number | undefined> {
  const text = await readFile(join(home, endFile), "utf8").catch(() => "");
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Keeps the epoch of a life that ends in order: its goodbye may not reach the server. */
export async function noteEndedEpoch(home: string, epoch: number): Promise<void> {
  await writeFile(join(home, endFile), String(epoch));
}

function unusable(home: string, thrown: unknown): AppError {
  const message = `The agent's folder ${home} cannot be used: ${messageOf(thrown)}.`;
  return new AppError("INVALID", message, { field: "STYRMIN_AGENT_HOME", cause: thrown });
}
