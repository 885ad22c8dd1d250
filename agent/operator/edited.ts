import { editsOf } from "../../kube/edits.ts";
import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { StallError } from "./refusal.ts";

/**
 * Why a resource is not to be acted upon: its spec is not the server's word. What a person asks for with kubectl
 * might remove what the server wants kept, so nothing is done until the server has written it again. Pure.
 */
export function editedByHand(resource: StyrminDeployment): StallError | undefined {
  const { name } = resource.metadata;
  const { releaseName } = resource.spec;
  if (name !== releaseName) return stalled(`it is a copy of ${releaseName} that somebody made; delete it`);
  const edits = editsOf(resource);
  if (edits === undefined) {
    return stalled("it was not written by the server; create deployments there, and delete this");
  }
  if (edits.length === 0) return undefined;
  const told = edits.slice(0, 5).map(({ field, manager }) => `${field} by "${manager}"`);
  return stalled(
    `it was changed by hand (${told.join(", ")}); nothing is done until the server has put it right`,
  );
}

/**
 * Whether somebody raised the generation of the intent. It never decreases, so that the server could not write its
 * own any more: the resource has to go, its objects stay, and the server writes it anew.
 */
export const isGenerationMadeUp = (resource: StyrminDeployment): boolean =>
  editsOf(resource)?.some(({ field }) => field === ".spec.intentGeneration") ?? false;

const stalled = (message: string) => new StallError(reasons.EditedByHand, message, { mayPass: true });
