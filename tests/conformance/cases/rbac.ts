import { eventually } from "../../helpers/eventually.ts";
import type { KubeHttp } from "../../helpers/kube-http.ts";
import { type Asked, cases, told } from "../case.ts";

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;
const cluster = `/apis/${group}/v1`;

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}
const rule = (resource: string, ...verbs: string[]): Rule => ({
  apiGroups: [""],
  resources: [resource],
  verbs,
});
const roleOf = (name: string, rules: Rule[]) => ({ apiVersion, kind: "Role", metadata: { name }, rules });
const bindingOf = (name: string, role: { kind: string; name: string }, subjects: object[]) => ({
  apiVersion,
  kind: "RoleBinding",
  metadata: { name },
  roleRef: { apiGroup: group, ...role },
  subjects,
});
const account = (namespace: string, name = "robot") => ({ kind: "ServiceAccount", name, namespace });
const map = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });

async function tokenOf({ post, at }: Asked, name: string): Promise<string> {
  await post(at("serviceaccounts"), { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  return (await post(at("serviceaccounts", name, "token"), request)).body.status.token;
}

/** A service account with these rights in the namespace, from the moment they are known to the cluster. */
async function robotWith(asked: Asked, ...rules: Rule[]): Promise<KubeHttp> {
  const { post, at, namespace } = asked;
  const robot = asked.as(await tokenOf(asked, "robot"));
  await post(at(`${apiVersion}/roles`), roleOf("robot", rules));
  const role = { kind: "Role", name: "robot" };
  await post(at(`${apiVersion}/rolebindings`), bindingOf("robot", role, [account(namespace)]));
  if (rules[0]) await known(asked, robot, rules[0]);
  return robot;
}

const mayI = (robot: KubeHttp, spec: object) =>
  robot.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec,
  });

async function known({ namespace }: Asked, robot: KubeHttp, one: Rule): Promise<void> {
  const resourceAttributes = {
    ...{ namespace, verb: one.verbs[0], group: one.apiGroups?.[0] },
    ...{ resource: one.resources?.[0]?.split("/")[0], subresource: one.resources?.[0]?.split("/")[1] },
    name: one.resourceNames?.[0],
  };
  await eventually("the rights of the service account", async () => {
    return (await mayI(robot, { resourceAttributes })).body.status.allowed;
  });
}

export const rbac = cases({
  "what a Role gives is allowed, and other verbs are not": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get", "list"));
    const path = asked.at("configmaps");
    return [
      told(await robot.get(path)),
      told(await robot.get(asked.at("configmaps", "none"))),
      told(await robot.post(path, map("c"))),
      told(await robot.delete(asked.at("configmaps", "c"))),
      told(await robot.delete(path)),
      told(await robot.get(`${path}?watch=true`)),
    ];
  },
  "a refusal names the kind with its group": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get"));
    return [
      told(await robot.get(asked.at("apps/v1/deployments"))),
      told(await robot.put(asked.at("apps/v1/deployments", "d"), {})),
    ];
  },
  "a Role reaches neither another namespace nor the whole cluster": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get", "list"));
    return [
      told(await robot.get("/api/v1/namespaces/default/configmaps")),
      told(await robot.get("/api/v1/configmaps")),
      told(await robot.get("/api/v1/nodes")),
    ];
  },
  "a ClusterRole bound in a namespace counts there": async (asked) => {
    const { post, at, namespace, later } = asked;
    const name = `reader-${namespace}`;
    later(`${cluster}/clusterroles/${name}`);
    const rules = [rule("configmaps", "list"), rule("nodes", "list")];
    await post(`${cluster}/clusterroles`, { apiVersion, kind: "ClusterRole", metadata: { name }, rules });
    const robot = asked.as(await tokenOf(asked, "robot"));
    const role = { kind: "ClusterRole", name };
    await post(at(`${apiVersion}/rolebindings`), bindingOf("reader", role, [account(namespace)]));
    await known(asked, robot, rules[0]!);
    return [
      told(await robot.get(at("configmaps"))),
      told(await robot.get("/api/v1/namespaces/default/configmaps")),
      told(await robot.get("/api/v1/nodes")),
    ];
  },
  "a ClusterRoleBinding counts everywhere": async (asked) => {
    const { post, at, namespace, later } = asked;
    const name = `anywhere-${namespace}`;
    later(`${cluster}/clusterroles/${name}`);
    later(`${cluster}/clusterrolebindings/${name}`);
    const rules = [rule("endpoints", "list")];
    await post(`${cluster}/clusterroles`, { apiVersion, kind: "ClusterRole", metadata: { name }, rules });
    const robot = asked.as(await tokenOf(asked, "robot"));
    const binding = bindingOf(name, { kind: "ClusterRole", name }, [account(namespace)]);
    await post(`${cluster}/clusterrolebindings`, { ...binding, kind: "ClusterRoleBinding" });
    await known(asked, robot, rules[0]!);
    return [
      told(await robot.get(at("endpoints"))),
      told(await robot.get("/api/v1/endpoints")),
      told(await robot.get(at("configmaps"))),
    ];
  },
  "an aggregated ClusterRole gathers the rules of others by their labels": async (asked) => {
    const { post, get, delete: remove, namespace, later } = asked;
    const [all, one, two] = ["all", "one", "two"].map((name) => `${name}-${namespace}`);
    for (const name of [all, one, two]) later(`${cluster}/clusterroles/${name}`);
    const labels = { gather: namespace };
    const clusterRole = { apiVersion, kind: "ClusterRole" };
    const part = (name: string, resource: string) =>
      post(`${cluster}/clusterroles`, {
        ...clusterRole,
        metadata: { name, labels },
        rules: [rule(resource, "get")],
      });
    await part(one!, "pods");
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] };
    await post(`${cluster}/clusterroles`, { ...clusterRole, metadata: { name: all }, aggregationRule });
    const rulesWhen = (count: number) =>
      eventually(`${count} rules`, async () => {
        const { rules } = (await get(`${cluster}/clusterroles/${all}`)).body;
        return (rules ?? []).length === count && { rules };
      });
    const first = await rulesWhen(1);
    await part(two!, "services");
    const both = await rulesWhen(2);
    await remove(`${cluster}/clusterroles/${one}`);
    return [first, both, await rulesWhen(1)];
  },
  "resourceNames limit a rule to single objects, also in a list of one name": async (asked) => {
    const names: Rule = { ...rule("configmaps", "get", "list", "watch"), resourceNames: ["one"] };
    const robot = await robotWith(asked, names);
    const path = asked.at("configmaps");
    return [
      told(await robot.get(`${path}/one`)),
      told(await robot.get(`${path}/two`)),
      told(await robot.get(path)),
      told(await robot.get(`${path}?fieldSelector=metadata.name%3Done`)),
      told(await robot.get(`${path}?fieldSelector=metadata.name%3Dtwo`)),
    ];
  },
  "a subresource is a right of its own": async (asked) => {
    const robot = await robotWith(asked, rule("pods", "get"), {
      apiGroups: ["apps"],
      resources: ["deployments/status"],
      verbs: ["get"],
    });
    return [
      told(await robot.get(asked.at("pods", "p"))),
      told(await robot.get(asked.at("pods", "p", "log"))),
      told(await robot.post(asked.at("pods", "p", "exec?command=id"), undefined)),
      told(await robot.get(asked.at("apps/v1/deployments", "d", "status"))),
      told(await robot.get(asked.at("apps/v1/deployments", "d", "scale"))),
      told(await robot.get(asked.at("apps/v1/deployments", "d"))),
    ];
  },
  "a subresource of every kind can be given": async (asked) => {
    const robot = await robotWith(asked, { apiGroups: ["apps"], resources: ["*/scale"], verbs: ["get"] });
    return [
      told(await robot.get(asked.at("apps/v1/statefulsets", "s", "scale"))),
      told(await robot.get(asked.at("apps/v1/statefulsets", "s"))),
    ];
  },
  "exec over GET needs the right to create too": async (asked) => {
    const robot = await robotWith(asked, rule("pods/exec", "get"));
    return told(await robot.get(asked.at("pods", "p", "exec?command=id")));
  },
  "a wildcard stands for every verb, group and kind": async (asked) => {
    const robot = await robotWith(asked, { apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
    return [
      told(await robot.post(asked.at("configmaps"), map("c"))),
      told(await robot.get(asked.at("apps/v1/deployments"))),
      told(await robot.get("/api/v1/namespaces/default/configmaps")),
    ];
  },
  "the namespace itself is in the namespace": async (asked) => {
    const robot = await robotWith(asked, rule("namespaces", "get", "list"));
    return [
      told(await robot.get(`/api/v1/namespaces/${asked.namespace}`), "kind"),
      told(await robot.get("/api/v1/namespaces/default")),
      told(await robot.get("/api/v1/namespaces")),
    ];
  },
  "what is not there is refused before it is missed": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get"));
    return [
      told(await robot.get("/apis/nothing.test/v1/things/t")),
      told(await robot.get(asked.at("nothing.test/v1/things", "t"))),
    ];
  },
  "paths that are no resources: discovery is everybody's, others are not": async (asked) => {
    const robot = await robotWith(asked);
    const nobody = asked.as();
    return [
      (await robot.get("/api")).code,
      (await robot.get("/apis/apps/v1")).code,
      (await robot.get("/version")).code,
      told(await robot.get("/metrics")),
      (await nobody.get("/version")).code,
      (await nobody.get("/livez")).code,
      told(await nobody.get("/apis")),
    ];
  },
  "nonResourceURLs are given by a ClusterRole": async (asked) => {
    const { post, namespace, later } = asked;
    const name = `urls-${namespace}`;
    later(`${cluster}/clusterroles/${name}`);
    later(`${cluster}/clusterrolebindings/${name}`);
    const rules = [{ nonResourceURLs: ["/debug/*"], verbs: ["get"] }];
    await post(`${cluster}/clusterroles`, { apiVersion, kind: "ClusterRole", metadata: { name }, rules });
    const robot = asked.as(await tokenOf(asked, "robot"));
    const binding = bindingOf(name, { kind: "ClusterRole", name }, [account(namespace)]);
    await post(`${cluster}/clusterrolebindings`, { ...binding, kind: "ClusterRoleBinding" });
    const may = async (path: string, verb = "get") =>
      (await mayI(robot, { nonResourceAttributes: { path, verb } })).body.status;
    await eventually("the right", async () => (await may("/debug/x")).allowed);
    return [await may("/debug/x"), await may("/debug"), await may("/debug/x", "post")];
  },
  "who sends no token is anonymous, and who sends a wrong one is refused": async ({ as, at }) => [
    told(await as().get(at("configmaps"))),
    told(await as("wrong").get(at("configmaps"))),
  ],
  "an apply that makes its object needs the right to create": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "patch"));
    await asked.post(asked.at("configmaps"), map("there"));
    const labelled = { ...map("there"), metadata: { name: "there", labels: { a: "b" } } };
    return [
      told(await robot.apply(asked.at("configmaps", "there"), labelled)),
      told(await robot.apply(asked.at("configmaps", "new"), map("new"))),
      told(await robot.apply(asked.at("configmaps", "new"), map("new"), "m1", "&dryRun=All")),
      told(await asked.get(asked.at("configmaps", "new"))),
    ];
  },
  "a deletion of many is a verb of its own": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "delete"));
    return told(await robot.delete(asked.at("configmaps")));
  },
  "a binding to a role that is not there gives nothing and is named": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get"));
    const missing = bindingOf("lost", { kind: "Role", name: "nowhere" }, [account(asked.namespace)]);
    await asked.post(asked.at(`${apiVersion}/rolebindings`), missing);
    return eventually("the binding is known", async () => {
      const answer = told(await robot.get(asked.at("secrets")));
      return String(answer.message).includes("nowhere") && answer;
    });
  },
  "nobody gives what they have not got": async (asked) => {
    const roles: Rule = {
      apiGroups: [group],
      resources: ["roles", "rolebindings"],
      verbs: ["create", "patch", "get"],
    };
    const robot = await robotWith(asked, roles, rule("configmaps", "get", "list"));
    const path = asked.at(`${apiVersion}/roles`);
    const named: Rule = { ...rule("configmaps", "delete"), resourceNames: ["a", "b"] };
    const more = [
      { apiGroups: ["", "apps"], resources: ["secrets", "pods"], verbs: ["get", "list"] },
      rule("configmaps", "get"),
      named,
    ];
    const bindings = asked.at(`${apiVersion}/rolebindings`);
    const bind = (name: string, kind: string, role: string) =>
      robot.post(bindings, bindingOf(name, { kind, name: role }, [account(asked.namespace, "default")]));
    return [
      told(await robot.post(path, roleOf("more", more))),
      told(await robot.post(path, roleOf("less", [rule("configmaps", "get")]))),
      told(
        await robot.apply(
          `${path}/less`,
          roleOf("less", [rule("configmaps", "get", "delete")]),
          "m1",
          "&force=true",
        ),
      ),
      told(await robot.apply(`${path}/made`, roleOf("made", [rule("*", "*")]))),
      told(await bind("admin", "ClusterRole", "cluster-admin")),
      told(await bind("less", "Role", "less")),
      told(await bind("none", "Role", "nothing")),
    ];
  },
  "who may escalate and bind gives what they have not got": async (asked) => {
    const all: Rule = {
      apiGroups: [group],
      resources: ["roles", "rolebindings"],
      verbs: ["create", "escalate", "bind"],
    };
    const robot = await robotWith(asked, all);
    const binding = bindingOf("b", { kind: "Role", name: "more" }, [account(asked.namespace, "default")]);
    return [
      told(await robot.post(asked.at(`${apiVersion}/roles`), roleOf("more", [rule("secrets", "get")]))),
      told(await robot.post(asked.at(`${apiVersion}/rolebindings`), binding)),
    ];
  },
  "a role needs verbs, groups and kinds, and is of resources alone in a namespace": async (asked) => {
    const rules = [
      { ...rule("configmaps"), verbs: [] },
      { verbs: ["get"] },
      { nonResourceURLs: ["/a"], verbs: ["get"] },
    ];
    return told(await asked.post(asked.at(`${apiVersion}/roles`), roleOf("r", rules)));
  },
  "a binding names subjects of three kinds, and its role for good": async (asked) => {
    const { post, put, at, namespace } = asked;
    const path = at(`${apiVersion}/rolebindings`);
    const wrong = [account(namespace), { kind: "Robot", name: "r" }, { kind: "User", name: "u" }];
    const good = bindingOf("good", { kind: "Role", name: "a" }, [{ kind: "Group", name: "g" }]);
    return [
      told(await post(path, bindingOf("wrong", { kind: "Role", name: "a" }, wrong))),
      told(await post(path, good), "roleRef", "subjects"),
      told(await put(`${path}/good`, { ...good, roleRef: { ...good.roleRef, name: "b" } })),
    ];
  },
  "a review answers why, or that it is not allowed": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get"));
    const { namespace } = asked;
    const about = async (spec: object) => told(await mayI(robot, spec), "status");
    return [
      await about({ resourceAttributes: { namespace, verb: "get", resource: "configmaps" } }),
      await about({ resourceAttributes: { namespace, verb: "get", resource: "secrets" } }),
      await about({ resourceAttributes: { verb: "get", resource: "configmaps" } }),
      await about({ nonResourceAttributes: { path: "/api", verb: "get" } }),
      await about({}),
      told(await robot.get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")),
    ];
  },
  "a review lists the rules of a namespace": async (asked) => {
    const robot = await robotWith(asked, rule("configmaps", "get"), rule("pods/log", "get"));
    const { code, body } = await robot.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace: asked.namespace },
    });
    const { resourceRules, nonResourceRules, incomplete } = body.status;
    const urls = nonResourceRules.flatMap((one: Rule) => one.nonResourceURLs);
    return { code, spec: body.spec, resourceRules, discovers: urls.includes("/apis/*"), incomplete };
  },
  "a review tells who one is": async (asked) => {
    const robot = await robotWith(asked);
    const answer = await robot.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
    });
    return told(answer, "status.userInfo.username", "status.userInfo.groups");
  },
  "a token is asked for as long as is wanted, within limits": async (asked) => {
    const { post, at } = asked;
    await tokenOf(asked, "robot");
    const request = (name: string, spec: object) =>
      post(at("serviceaccounts", name, "token"), {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec,
      });
    const { code, body } = await request("robot", { expirationSeconds: 7200 });
    const [, payload = ""] = body.status.token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    return [
      { code, spec: body.spec, lasts: claims.exp - claims.iat, subject: claims.sub, audience: claims.aud },
      told(await request("robot", { expirationSeconds: 10 })),
      told(await request("none", {})),
    ];
  },
  "one may be somebody else with the right to": async (asked) => {
    const { get, at, namespace } = asked;
    const robot = await robotWith(asked, rule("configmaps", "list"));
    const name = `system:serviceaccount:${namespace}:robot`;
    return [
      told(await get(at("configmaps"), { "impersonate-user": name })),
      told(await get(at("secrets"), { "impersonate-user": name })),
      told(await get(at("configmaps"), { "impersonate-user": "jane", "impersonate-group": "staff" })),
      told(await robot.get(at("configmaps"), { "impersonate-user": "jane" })),
      told(await robot.get(at("configmaps"), { "impersonate-user": name })),
    ];
  },
});
