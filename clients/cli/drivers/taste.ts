import { createRenderer, type KubeObjectLike } from "../../../drivers/kit/index.ts";
import type { Sound } from "./folder.ts";
import type { Problem } from "./problems.ts";
import { lostKeys, lostMounts, lostPorts, type Remark } from "./references.ts";
import { componentsOf, hiddenOf, portsOf } from "./taste/components.ts";
import { hostsOf, objectsOf } from "./taste/objects.ts";
import { type Rendering, releaseName, sampleObjects, title } from "./taste/sample.ts";
import { staleOf } from "./taste/secrets.ts";
import { unprintedOf } from "./taste/settings.ts";
import { nastyTexts } from "./taste/texts.ts";
import { templatesOf, unusedOf, wordsOf } from "./taste/words.ts";
import { unknownComponents, unknownParameters, unknownPrompts } from "./unknown-names.ts";

/**
 * Warnings about a driver that loads: what is legal and nearly always a mistake. Each says what happens because of it.
 * Objects are looked at for each of the versions. A driver that does not render here has none.
 * What is right and to be known is noted in a sentence.
 */
export async function tasteOf(
  folder: Sound,
  versions: readonly string[],
  signal: AbortSignal,
  note: (sentence: string) => void,
): Promise<Problem[]> {
  const { spec, files } = folder;
  const renderer = createRenderer();
  try {
    const renderings: Rendering[] = [];
    for (const version of versions) {
      const objects = await sampleObjects(renderer, folder, { version }, signal);
      if (objects) renderings.push({ version, objects });
    }
    const [version] = versions;
    const nameless = await sampleObjects(renderer, folder, { version, cluster: {} }, signal);
    const all = renderings.flatMap(({ objects }) => objects);
    const stale = await staleOf(renderer, folder, renderings, signal);
    for (const sentence of stale.notes) note(sentence);
    return [
      ...wordsOf(spec, files),
      ...unusedOf(spec, files),
      ...unknownParameters(spec, files, templatesOf(spec, files)),
      ...unknownComponents(spec, files),
      ...unknownPrompts(spec, files),
      ...(all.length > 0 ? componentsOf(spec, files, all) : []),
      ...portsOf(spec, files, all),
      ...hiddenOf(spec, files, all),
      ...(all.length > 0 ? await unprintedOf(renderer, folder, versions, all, signal) : []),
      ...ofEach(renderings, (objects) => objectsOf(spec, objects)),
      ...ofEach(renderings, remarksOf(lostMounts, lostKeys, lostPorts)),
      ...ofEach(renderings, (objects) => stale.problems.get(objects) ?? []),
      ...hostsOf(nameless ?? []),
      ...(all.length > 0 ? await nastyTexts(renderer, folder, version, signal) : []),
    ].map((problem) => ({ ...problem, warning: true }));
  } finally {
    await renderer.close();
  }
}

/** What is to be said of the objects of each version, once: with the version where it is not the first. */
function ofEach(renderings: readonly Rendering[], look: (objects: KubeObjectLike[]) => Problem[]): Problem[] {
  const said = new Set<string>();
  return renderings.flatMap(({ version, objects }, index) =>
    look(objects).flatMap((problem) => {
      if (said.has(problem.message)) return [];
      said.add(problem.message);
      return [index === 0 ? problem : { ...problem, message: `${problem.message} (version ${version})` }];
    }),
  );
}

const remarksOf =
  (...looks: ((objects: KubeObjectLike[]) => Remark[])[]) =>
  (objects: KubeObjectLike[]): Problem[] =>
    looks.flatMap((look) => look(objects)).map(problemOf);

const problemOf = ({ object, message }: Remark): Problem => ({
  field: "",
  message: `${title(object)} ${message.replaceAll(releaseName, "…")}`,
});
