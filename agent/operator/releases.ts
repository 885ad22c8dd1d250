import { labels } from "../../kube/styrmin-deployment.ts";
import type { KubeObject, ObjectRef } from "../../kube/types.ts";

/**
 * What was rendered for an Instance, kept in the cluster before anything of it is applied: drift is repaired
 * and an earlier Instance brought back from it without the server.
 */
export interface Release {
  /** The name of its Secret; further pieces have a number behind it. */
  name: string;
  /** Grows with each Release of a deployment. */
  revision: number;
  deploymentId: string;
  instanceId: string;
  /** Stands for all that went into the render, so that the same is not rendered twice. */
  key: string;
  /** As rendered and normalised, in the order of applying; before replicas and phase. */
  objects: KubeObject[];
  /**
   * Objects of earlier Releases that are not in this one and may still exist: to be pruned, or volumes and
   * whatever the policies keep, so that they are known when the deployment is deleted.
   */
  leftovers: ObjectRef[];
  /** Objects pruned so far, by this Release and those before. */
  pruned: number;
  /** The hooks of a chart, normalised. They are no part of what is kept as it is. */
  hooks: KubeObject[];
  /** Which of them have run. */
  runs: HookRuns;
}

/** How far the hooks of a Release are. Each event of a Release runs once. */
export interface HookRuns {
  /** What the Release is to the one before. */
  cause: "install" | "upgrade" | "rollback";
  /** Hooks that ended well, and events that are through, by the keys of `hooks.ts`. */
  done: string[];
  /** The hook under way, since when, and the object that was made for it. */
  running?: { key: string; since: string; uid: string };
  /** How often one failed: what was made for an earlier try is not taken for the next one's. */
  failures?: number;
  /** The hook that failed, and in which generation of the intent; a later one may try again. */
  failed?: { key: string; message: string; generation: number };
}

export const noRuns = (cause: HookRuns["cause"]): HookRuns => ({ cause, done: [] });

export const releaseType = "styrmin.io/release";
/** What `labels.role` says of a Release's Secrets. */
export const releaseRole = "release";
const revisionLabel = "styrmin.io/revision";
const keyAnnotation = "styrmin.io/render-key";
const piecesAnnotation = "styrmin.io/pieces";

/** The most bytes of a piece; a Secret may hold 1 MiB. */
export const pieceBytes = 900_000;

/** The Secrets of a Release, in the order of writing: the head, which makes it whole, is the last. */
export function secretsOf(release: Release, namespace: string): KubeObject[] {
  const { name, revision, deploymentId, instanceId, key, objects, hooks } = release;
  const packed = Bun.gzipSync(JSON.stringify(hooks.length > 0 ? { objects, hooks } : objects));
  const pieces = Math.max(1, Math.ceil(packed.byteLength / pieceBytes));
  const secrets = Array.from({ length: pieces }, (_, piece): KubeObject => {
    const content = packed.subarray(piece * pieceBytes, (piece + 1) * pieceBytes);
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: pieceName(name, piece),
        namespace,
        labels: {
          [labels.deployment]: deploymentId,
          [labels.instance]: instanceId,
          [labels.role]: releaseRole,
          [revisionLabel]: String(revision),
        },
        annotations: { [keyAnnotation]: key, [piecesAnnotation]: String(pieces) },
      },
      type: releaseType,
      data: {
        release: content.toBase64(),
        // Apart from the objects, so that striking one off changes the head alone.
        ...(piece === 0 ? { rest: packRest(release) } : {}),
      },
    };
  });
  return secrets.reverse();
}

function packRest({ leftovers, pruned, hooks, runs }: Release): string {
  const some = hooks.length > 0 ? { runs } : {};
  if (leftovers.length === 0 && pruned === 0 && hooks.length === 0) return nothingLeft;
  return Bun.gzipSync(JSON.stringify({ leftovers, pruned, ...some })).toBase64();
}

/** Most Releases leave nothing behind: that is packed once. */
const nothingLeft = Bun.gzipSync(JSON.stringify({ leftovers: [], pruned: 0 })).toBase64();

/** Whether a Secret is the head of a Release. */
export const isHead = ({ metadata }: KubeObject): boolean =>
  metadata.name.endsWith(`-r${metadata.labels?.[revisionLabel]}`);

export const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.labels?.[revisionLabel]);

/**
 * Reads a Release from its head and the other pieces. Undefined when pieces are missing: it was never written
 * in full, so nothing of it was applied. Throws an Error when it is there and cannot be read.
 */
export function releaseOf(
  head: KubeObject,
  piece: (name: string) => KubeObject | undefined,
): Release | undefined {
  const { name, labels: given = {}, annotations = {} } = head.metadata;
  const count = Number(annotations[piecesAnnotation] ?? 1);
  const parts = Array.from({ length: count }, (_, number) =>
    number === 0 ? head : piece(pieceName(name, number)),
  );
  if (parts.some((part) => part?.data?.release === undefined)) return undefined;
  try {
    const packed = Buffer.concat(parts.map((part) => Buffer.from(part!.data.release, "base64")));
    const content = unpack(packed) as KubeObject[] | Pick<Release, "objects" | "hooks">;
    const { objects, hooks } = Array.isArray(content) ? { objects: content, hooks: [] } : content;
    const rest = unpack(Buffer.from(head.data.rest, "base64")) as Pick<Release, "leftovers" | "pruned"> & {
      runs?: HookRuns;
    };
    return {
      name,
      revision: revisionOf(head),
      deploymentId: given[labels.deployment]!,
      instanceId: given[labels.instance]!,
      key: annotations[keyAnnotation]!,
      objects,
      hooks,
      ...rest,
      runs: rest.runs ?? noRuns("install"),
    };
  } catch (thrown) {
    throw new Error(`Release ${name} cannot be read; delete its Secret, and it is rendered anew`, {
      cause: thrown,
    });
  }
}

const unpack = (packed: Uint8Array<ArrayBuffer>): unknown =>
  JSON.parse(new TextDecoder().decode(Bun.gunzipSync(packed)));

const pieceName = (name: string, piece: number) => (piece === 0 ? name : `${name}-${piece}`);
