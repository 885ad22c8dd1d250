import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";

/**
 * What was just applied is seldom healthy in the same instant, and often in the next: "Progressing" is told only
 * after a moment's grace, which saves a write wherever nothing has to be waited for. `mark` names a Release and
 * a generation.
 */
export interface StartLedger {
  /** How much of the grace is left, milliseconds; it begins with the first call for a mark. */
  graceMs(resource: StyrminDeployment, mark: string): number;
  /** How long ago a mark was first seen applied, milliseconds. */
  ageMs(resource: StyrminDeployment, mark: string): number;
  /** Notes that a mark was applied, where no status will say so soon. */
  note(resource: StyrminDeployment, mark: string): void;
  /** Whether a mark was applied before, though no status says so yet. */
  isKnown(resource: StyrminDeployment, mark: string): boolean;
  forget(name: string): void;
}

export function createStartLedger({ forMs = 50, now = () => performance.now() } = {}): StartLedger {
  const started = new Map<string, { uid: string | undefined; mark: string; at: number }>();

  const find = ({ metadata }: StyrminDeployment, mark: string) => {
    const known = started.get(metadata.name);
    return known?.mark === mark && known.uid === metadata.uid ? known : undefined;
  };

  const ageMs = (resource: StyrminDeployment, mark: string): number => {
    const known = find(resource, mark);
    if (known) return now() - known.at;
    const { name, uid } = resource.metadata;
    started.set(name, { uid, mark, at: now() });
    return 0;
  };

  return {
    graceMs: (resource, mark) => Math.max(0, forMs - ageMs(resource, mark)),
    ageMs,
    note: (resource, mark) => void ageMs(resource, mark),
    isKnown: (resource, mark) => find(resource, mark) !== undefined,
    forget: (name) => void started.delete(name),
  };
}
