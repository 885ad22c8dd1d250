import type { DeploymentRow } from "../db/deployments.ts";
import type { ObjectChanges } from "../deploy/compare.ts";
import type { ActionOfPlan } from "../deploy/planned-work.ts";
import { planUpdate } from "../deploy/update-plan.ts";
import type { RequestContext } from "./context.ts";
import type { QueryResolvers, UpdatePlanResolvers, VersionPlanResolvers } from "./generated.ts";

export const planQueries: Pick<QueryResolvers, "updatePlan"> = {
  updatePlan: (_, { input }, { deps, signal }) => planUpdate(deps, input, signal),
};

/** What all plans have in common. */
const plan = {
  deployment: ({ deployment }: { deployment: DeploymentRow }, _: unknown, { loaders }: RequestContext) => {
    loaders.deployment().prime(deployment.id, deployment);
    return deployment;
  },
  actions: ({ actions }: { actions: ActionOfPlan[] }) =>
    actions.map(({ takes = [], prompts = [], ...action }) => ({ ...action, takes, prompts })),
  added: ({ objects }: { objects: ObjectChanges }) => objects.added,
  removed: ({ objects }: { objects: ObjectChanges }) => objects.removed,
  // Plans that an older server kept do not tell what is refused.
  changed: ({ objects }: { objects: ObjectChanges }) =>
    objects.changed.map((one) => ({ ...one, refused: one.refused ?? null })),
};

export const VersionPlan: VersionPlanResolvers = plan;

export const UpdatePlan: UpdatePlanResolvers = {
  ...plan,
};
