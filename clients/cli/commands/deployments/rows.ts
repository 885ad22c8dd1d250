import type { DeploymentFieldsFragment } from "../../../sdk/index.ts";
import { age, type Column, duration } from "../../output.ts";

/** What a list of deployments shows of each. */
export const columns: Column<DeploymentFieldsFragment>[] = [
  ["NAME", (deployment) => deployment.name],
  ["ENVIRONMENT", (deployment) => deployment.environment.name],
  ["DRIVER", (deployment) => `${deployment.driverVersion.driver.name} ${deployment.driverVersion.version}`],
  ["VERSION", (deployment) => deployment.applicationVersion],
  ["STATUS", (deployment) => cut(statusText(deployment))],
  ["OBSERVED", ({ observed }) => (observed ? `${duration(observed.ageSeconds)} ago` : "never")],
  ["AGE", (deployment) => age(deployment.createdAt)],
  ["URL", ({ services }) => services.find((service) => service.url)?.url],
];

/** A row of a list is to stay readable; `deployments get` has the whole text. */
const cut = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function statusText({ status, statusReason, lastKnown, observed }: DeploymentFieldsFragment): string {
  const how = observed?.simulated ? `${status} (simulated)` : status;
  const word = lastKnown ? `${how} (was ${lastKnown})` : how;
  return status === "RUNNING" || status === "STOPPED" ? word : `${word}: ${statusReason}`;
}
