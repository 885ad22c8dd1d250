import type { PrinterColumn } from "./schema/crd.ts";
import type { ResourceName } from "./types.ts";

/** A kind as the API serves it, in one version. */
export interface Resource extends ResourceName {
  version: string;
  kind: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  namespaced: boolean;
  /** Name of its type in `fields/types.json`; custom kinds take theirs from the CRD's schema. */
  type: string;
  /** Has `/status`, which alone writes the field `status`. */
  status: boolean;
  /** Has `/scale`: where in the object the counts and the selector are. */
  scale?: ScalePaths;
  /** Counts changes of its spec in `metadata.generation`. */
  generation: boolean;
  verbs: string[];
  /** The version objects are stored in, for kinds with more than one. */
  storageVersion: string;
  custom?: CustomVersion;
}

export interface ScalePaths {
  specReplicas: string;
  statusReplicas: string;
  selector?: string;
}

/** What a CRD says of one version of its kind. */
export interface CustomVersion {
  schema: unknown;
  /** Keeps fields that the schema does not know. */
  preserve: boolean;
  columns: PrinterColumn[] | undefined;
  selectableFields: string[];
}

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const replicas: ScalePaths = {
  specReplicas: "spec.replicas",
  statusReplicas: "status.replicas",
  selector: "spec.selector",
};

/**
 * The built-in kinds. Each line: group/version, kind, plural, short names, then flags:
 * n namespaced, s status, c scale, g generation, a in category `all`, x in `api-extensions`, r only a question, never stored.
 */
const lines = `
core/v1 Namespace namespaces ns s
core/v1 Node nodes no s
core/v1 PersistentVolume persistentvolumes pv s
core/v1 Pod pods po nsga
core/v1 Service services svc nsa
core/v1 ConfigMap configmaps cm n
core/v1 Secret secrets - n
core/v1 ServiceAccount serviceaccounts sa n
core/v1 PersistentVolumeClaim persistentvolumeclaims pvc ns
core/v1 Endpoints endpoints ep n
core/v1 Event events ev n
core/v1 LimitRange limitranges limits n
core/v1 ResourceQuota resourcequotas quota ns
core/v1 PodTemplate podtemplates - n
core/v1 ReplicationController replicationcontrollers rc nscga
apps/v1 Deployment deployments deploy nscga
apps/v1 ReplicaSet replicasets rs nscga
apps/v1 StatefulSet statefulsets sts nscga
apps/v1 DaemonSet daemonsets ds nsga
apps/v1 ControllerRevision controllerrevisions - n
batch/v1 Job jobs - nsga
batch/v1 CronJob cronjobs cj nsga
networking.k8s.io/v1 Ingress ingresses ing nsg
networking.k8s.io/v1 IngressClass ingressclasses - g
networking.k8s.io/v1 NetworkPolicy networkpolicies netpol ng
rbac.authorization.k8s.io/v1 Role roles - n
rbac.authorization.k8s.io/v1 RoleBinding rolebindings - n
rbac.authorization.k8s.io/v1 ClusterRole clusterroles - -
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings - -
authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews - r
authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews - r
authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews - r
policy/v1 PodDisruptionBudget poddisruptionbudgets pdb nsg
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers hpa nsa
storage.k8s.io/v1 StorageClass storageclasses sc -
coordination.k8s.io/v1 Lease leases - n
discovery.k8s.io/v1 EndpointSlice endpointslices - ng
scheduling.k8s.io/v1 PriorityClass priorityclasses pc g
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions crd,crds sgx
`;

export const builtIns: Resource[] = lines
  .trim()
  .split("\n")
  .map((line) => {
    const [groupVersion, kind, resource, shortNames, flags] = line.split(" ") as [
      string,
      string,
      string,
      string,
      string,
    ];
    const [group, version] = groupVersion.split("/") as [string, string];
    return {
      group: group === "core" ? "" : group,
      version,
      resource,
      kind,
      singular: kind.toLowerCase(),
      shortNames: shortNames === "-" ? [] : shortNames.split(","),
      categories: [
        ...(flags.includes("a") ? ["all"] : []),
        ...(flags.includes("x") ? ["api-extensions"] : []),
      ],
      namespaced: flags.includes("n"),
      type: `${group.split(".")[0]}.${version}.${kind}`,
      status: flags.includes("s"),
      ...(flags.includes("c") ? { scale: replicas } : {}),
      generation: flags.includes("g"),
      verbs: verbsOf(kind, flags),
      storageVersion: version,
    };
  });

function verbsOf(kind: string, flags: string): string[] {
  if (flags.includes("r")) return ["create"];
  return kind === "Namespace" ? allVerbs.filter((verb) => verb !== "deletecollection") : allVerbs;
}

/** `apiVersion` of the objects of a resource. */
export function apiVersionOf(resource: { group: string; version: string }): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** The key of a resource in maps and in the database: `pods`, `deployments.apps`. */
export function resourceKey(resource: ResourceName): string {
  return resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
}

/** Every kind that is served: the built-in ones and those of the CRDs. */
export interface Registry {
  /** The stored version of a resource. */
  find(resource: ResourceName): Resource | undefined;
  version(group: string, version: string, resource: string): Resource | undefined;
  all(): Resource[];
  /** Replaces what a CRD serves; an empty list takes the kind away. */
  set(resource: ResourceName, versions: Resource[]): void;
}

export function createRegistry(): Registry {
  const byKey = new Map<string, Resource[]>();
  for (const resource of builtIns) byKey.set(resourceKey(resource), [resource]);
  return {
    find(name) {
      const versions = byKey.get(resourceKey(name));
      return versions?.find((one) => one.version === one.storageVersion) ?? versions?.[0];
    },
    version(group, version, resource) {
      return byKey.get(resourceKey({ group, resource }))?.find((one) => one.version === version);
    },
    all: () => [...byKey.values()].flat(),
    set(name, versions) {
      if (versions.length === 0) byKey.delete(resourceKey(name));
      else byKey.set(resourceKey(name), versions);
    },
  };
}
