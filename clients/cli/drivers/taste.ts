import { createRenderer, type KubeObjectLike, type Renderer } from "../../../drivers/kit/index.ts";
import type { Sound } from "./folder.ts";
import type { Problem } from "./problems.ts";
import { lostKeys, lostMounts, lostPorts, type Remark, staleSecrets } from "./references.ts";
import { componentsOf } from "./taste/components.ts";
import { hostsOf, objectsOf } from "./taste/objects.ts";
import { releaseName, sampleObjects, secretMark, title } from "./taste/sample.ts";
import { nastyTexts } from "./taste/texts.ts";
import { templatesOf, unusedOf, wordsOf } from "./taste/words.ts";
import { unknownComponents, unknownParameters, unknownPrompts } from "./unknown-names.ts";

/** The objects of one version of the application. */
interface Rendering {
  version: string;
  objects: KubeObjectLike[];
}

/**
 * Warnings about a driver that loads: what is legal and nearly always a mistake. Each says what happens because of it.
 * Objects are looked at for each of the versions. A driver that does not render here has none.
 */
export async function tasteOf(
  folder: Sound,
  versions: readonly string[],
  signal: AbortSignal,
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
    return [
      ...wordsOf(spec, files),
      ...unusedOf(spec, files),
      ...unknownParameters(spec, files, templatesOf(spec, files)),
      ...unknownComponents(spec, files),
      ...unknownPrompts(spec, files),
      ...(all.length > 0 ? componentsOf(spec, files, all) : []),
      ...ofEach(renderings, (objects) => objectsOf(spec, objects)),
      ...ofEach(renderings, remarksOf(lostMounts, lostKeys, lostPorts)),
      ...(await staleOf(renderer, folder, renderings[0], signal)),
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

/** Which pods would go on with the old value of a secret, by rendering with other ones. */
async function staleOf(
  renderer: Renderer,
  folder: Sound,
  rendering: Rendering | undefined,
  signal: AbortSignal,
): Promise<Problem[]> {
  if (!rendering || !folder.spec.parameters.some(({ kind }) => kind === "secret")) return [];
  const { version, objects } = rendering;
  const changed = await sampleObjects(renderer, folder, { version, mark: `other-${secretMark}` }, signal);
  return staleSecrets(objects, changed ?? [], secretMark).map(problemOf);
}
