import {
  type DriverSpec,
  type KubeObjectLike,
  type Renderer,
  type StaleSecret,
  staleSecrets,
  valuesIn,
} from "../../../../drivers/kit/index.ts";
import type { Sound } from "../folder.ts";
import type { Problem } from "../problems.ts";
import { type Rendering, releaseName, sampleObjects, secretMark, title } from "./sample.ts";

/** How often a driver is rendered for this: a render takes some milliseconds, one of a chart a tenth of a second. */
const mostRenders = 24;

/** What is to be said of the pods that go on with the old value of a secret, by the objects of each version. */
export interface StaleFindings {
  problems: Map<KubeObjectLike[], Problem[]>;
  /** What is right, and to be known: sentences. */
  notes: string[];
}

/**
 * Which pods stay as they are when a secret parameter changes, by rendering with another value of one after the other: a
 * workload that restarts with one of them may not with the next.
 */
export async function staleOf(
  renderer: Renderer,
  folder: Sound,
  renderings: readonly Rendering[],
  signal: AbortSignal,
): Promise<StaleFindings> {
  const names = folder.spec.parameters.filter(({ kind }) => kind === "secret").map(({ name }) => name);
  const wanted = renderings
    .filter(({ objects }) => objects.some(({ kind }) => kind === "Secret"))
    .flatMap((rendering) => names.map((name) => ({ ...rendering, name })));
  const problems = new Map<KubeObjectLike[], Problem[]>();
  const notes = new Set<string>();
  for (const { version, objects, name } of wanted.slice(0, mostRenders)) {
    const changed = await sampleObjects(renderer, folder, { version, changed: name }, signal);
    for (const stale of staleSecrets(objects, changed ?? [])) {
      if (stale.taking === "AS_FILES" || !isOf(name, stale, objects, folder.spec)) continue;
      if (stale.object.kind === "StatefulSet") notes.add(onceText(name, stale));
      else
        problems.set(objects, [...(problems.get(objects) ?? []), { field: "", message: text(name, stale) }]);
    }
  }
  if (wanted.length > mostRenders) {
    const all = `${wanted.length}, which are all secrets in all versions`;
    notes.add(`What stays when a secret changes was looked at for ${mostRenders} changes of ${all}.`);
  }
  return { problems, notes: [...notes] };
}

/** Charts make things up, other ones at each render: of them only what holds the secret as it is counts. */
function isOf(name: string, { secret, keys }: StaleSecret, objects: KubeObjectLike[], spec: DriverSpec) {
  if (spec.helm === null) return true;
  const values = valuesIn(objects, "Secret", secret);
  return keys.some((key) => values[key]?.includes(`${secretMark}${name}`));
}

function text(name: string, { object, secret }: StaleSecret): string {
  const what = `${title(object)} is not restarted when "${name}" changes, and goes on with the old value from the Secret`;
  return `${what} ${short(secret)}: give its pods an annotation with the parameter's \`sha256\``;
}

/** Of a StatefulSet it is no warning: mostly it is a database, which a restart would not give the new password. */
function onceText(name: string, { object, secret }: StaleSecret): string {
  const what = `${title(object)} takes "${name}" from the Secret ${short(secret)}, and is not restarted when that changes.`;
  const why =
    "A database mostly keeps the password that it was first set up with, and refuses who comes with another";
  return `${what} ${why}: say in the parameter's description that it is not to be changed, or set it at each start and give the pods an annotation with its \`sha256\`.`;
}

const short = (secret: string) => secret.replaceAll(releaseName, "…");
