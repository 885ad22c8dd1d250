import DataLoader from "dataloader";
import { agentsOfClusters } from "../db/agents.ts";
import { blockersOfTasks } from "../db/blockers.ts";
import { clustersById } from "../db/clusters.ts";
import { statusesOfDeployments } from "../db/deployment-statuses.ts";
import { deploymentsById, deploymentsOfEnvironments, readableHosts } from "../db/deployments.ts";
import { driversById, driverVersionOrders, driverVersionsById } from "../db/drivers.ts";
import { environmentsById, environmentsOfClusters } from "../db/environments.ts";
import { instancesById } from "../db/instances.ts";
import { podsOfDeployments } from "../db/pod-statuses.ts";
import { sourcesById } from "../db/sources.ts";
import type { Queries } from "../db/sql.ts";
import { statusFacts } from "../db/status-facts.ts";
import { waitsOfTasks } from "../db/task-waits.ts";
import { stepsOfTasks, testResultsOfTasks } from "../db/task-steps.ts";
import { lastTests, tasksById } from "../db/tasks.ts";

export type Loaders = ReturnType<typeof createLoaders>;

/** Gathers the reads of one request: what is asked for in one turn of the executor becomes one statement. */
export function createLoaders(sql: Queries) {
  const lazy = <T>(make: () => T): (() => T) => {
    let made: T | undefined;
    return () => (made ??= make());
  };
  const id = (row: { id: string }) => row.id;
  const ofDeployment = (row: { deploymentId: string }) => row.deploymentId;
  return {
    cluster: lazy(() => one((ids) => clustersById(sql, ids), id)),
    agent: lazy(() =>
      one(
        (ids) => agentsOfClusters(sql, ids),
        (row) => row.clusterId,
      ),
    ),
    environment: lazy(() => one((ids) => environmentsById(sql, ids), id)),
    environmentsOfCluster: lazy(() =>
      many(
        (ids) => environmentsOfClusters(sql, ids),
        (row) => row.clusterId,
      ),
    ),
    driver: lazy(() => one((ids) => driversById(sql, ids), id)),
    driverVersion: lazy(() => one((ids) => driverVersionsById(sql, ids), id)),
    versionsOfDriver: lazy(() =>
      many(
        (driverIds) => driverVersionOrders(sql, { driverIds }),
        (row) => row.driverId,
      ),
    ),
    source: lazy(() => one((ids) => sourcesById(sql, ids), id)),
    deployment: lazy(() => one((ids) => deploymentsById(sql, ids), id)),
    deploymentsOfEnvironment: lazy(() =>
      many(
        (ids) => deploymentsOfEnvironments(sql, ids),
        (row) => row.environmentId,
      ),
    ),
    readableHostsOfEnvironment: lazy(() =>
      many(
        (ids) => readableHosts(sql, ids),
        (row) => row.environmentId,
      ),
    ),
    instance: lazy(() => one((ids) => instancesById(sql, ids), id)),
    facts: lazy(() => one((ids) => statusFacts(sql, ids), ofDeployment)),
    status: lazy(() => one((ids) => statusesOfDeployments(sql, ids), ofDeployment)),
    podsOfDeployment: lazy(() => many((ids) => podsOfDeployments(sql, ids), ofDeployment)),
    task: lazy(() => one((ids) => tasksById(sql, ids), id)),
    blockerOfTask: lazy(() =>
      one(
        (ids) => blockersOfTasks(sql, ids),
        (row) => row.taskId,
      ),
    ),
    waitOfTask: lazy(() =>
      one(
        (ids) => waitsOfTasks(sql, ids),
        (row) => row.taskId,
      ),
    ),
    stepsOfTask: lazy(() =>
      many(
        (ids) => stepsOfTasks(sql, ids),
        (row) => row.taskId,
      ),
    ),
    testResultsOfTask: lazy(() =>
      many(
        (ids) => testResultsOfTasks(sql, ids),
        (row) => row.taskId,
      ),
    ),
    lastTestOfDeployment: lazy(() => one((ids) => lastTests(sql, ids), ofDeployment)),
  };
}

type Read<Row> = (ids: readonly string[]) => Promise<readonly Row[]>;

function one<Row>(read: Read<Row>, keyOf: (row: Row) => string) {
  return new DataLoader<string, Row | undefined>(async (ids) => {
    const rows = new Map((await read(ids)).map((row) => [keyOf(row), row]));
    return ids.map((id) => rows.get(id));
  });
}

function many<Row>(read: Read<Row>, keyOf: (row: Row) => string) {
  return new DataLoader<string, Row[]>(async (ids) => {
    const rows = Map.groupBy(await read(ids), keyOf);
    return ids.map((id) => rows.get(id) ?? []);
  });
}
