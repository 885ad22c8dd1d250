import type { KindRef, KubeObject } from "../../kube/types.ts";
import { definesKind } from "./manifests.ts";

/**
 * The definitions of kinds that were written of late. For a moment, and longer where there are several API servers,
 * objects of these kinds still meet the earlier schema.
 */
export interface NewDefinitions {
  note(definition: KubeObject): void;
  isNew(kind: KindRef): boolean;
}

export function createNewDefinitions({ forMs = 30_000, now = () => performance.now() } = {}): NewDefinitions {
  const written = new Map<string, { definition: KubeObject; at: number }>();
  const forget = () => {
    for (const [name, { at }] of written) if (now() - at > forMs) written.delete(name);
  };

  return {
    note(definition) {
      forget();
      written.set(definition.metadata.name, { definition, at: now() });
    },
    isNew(kind) {
      forget();
      return definesKind(
        [...written.values()].map(({ definition }) => definition),
        kind,
      );
    },
  };
}
