import type { LoadedVersionFieldsFragment } from "../sdk/index.ts";
import type { Cli } from "./io.ts";
import { neutralise } from "./output.ts";

const maxTold = 20;

/**
 * Says what a load came to, and which deployments stay with the files that a version's name stood for before. Beside
 * the answer: a script that reads it is not disturbed.
 */
export function tellLoaded(io: Pick<Cli["io"], "stderr">, loaded: LoadedVersionFieldsFragment): void {
  io.stderr(loadedText(loaded).split("\n").map(neutralise).join("\n"));
}

function loadedText({
  driver,
  version,
  digest,
  outcome,
  replaced,
  pinned,
}: LoadedVersionFieldsFragment): string {
  const name = `${driver.name} ${version}`;
  const said = {
    NEW: `${name} is new.\n`,
    UNCHANGED: `${name} is unchanged: it has these very files already.\n`,
    REPLACED:
      `${name} was loaded before, with other files: ${shortDigest(replaced?.digest ?? "?")} → ${shortDigest(digest)}. ` +
      `From now on these are taken for version ${version}.\n`,
  };
  return `${outcome ? said[outcome] : ""}${pinnedText(version, pinned)}`;
}

function pinnedText(version: string, pinned: LoadedVersionFieldsFragment["pinned"]): string {
  if (pinned.length === 0) return "";
  const told = pinned
    .slice(0, maxTold)
    .map((one) => `  ${one.environment.name}/${one.name}  ${shortDigest(one.driverVersion.digest)}\n`);
  const more = pinned.length > maxTold ? `  and ${pinned.length - maxTold} more\n` : "";
  const [one] = pinned as [(typeof pinned)[number]];
  return (
    `These deployments keep the files that version ${version} had when they were deployed:\n${told.join("")}${more}` +
    `Each is moved by an update, such as:\n` +
    `  styrminctl deployments update ${one.environment.name}/${one.name} --driver-version ${version} --wait\n`
  );
}

/** As in the column DIGEST. */
export const shortDigest = (digest: string) => digest.slice(0, 19);
