import { expect, test } from "bun:test";
import { secretsText, waysText } from "../../clients/cli/commands/deployments/secrets.ts";

const place = {
  parameter: "token",
  namespace: "agents",
  name: "params-1",
  key: "token",
  command: "kubectl get",
};
const found = (...secrets: Parameters<typeof waysText>[0]["secrets"]) => ({
  id: "01-2",
  environment: { namespace: "env-demo", cluster: { name: "lab" } },
  secrets,
});
const own = "  kubectl -n env-demo describe secrets -l styrmin.io/deployment=01-2\n";
const where = "For a kubectl that speaks to the cluster lab; --kubeconfig FILE names another than its own.\n";

test("whoever may is told how to read secrets, as far as their places are known", () => {
  expect(waysText(found(place))).toStartWith(
    "Who may read Secrets there prints a value with:\n  kubectl get\n",
  );
  expect(waysText(found({ ...place, namespace: null, command: null }))).toContain("known once the agent");
  for (const one of [found(), found(place)]) expect(waysText(one)).toEndWith(own + where);
  expect(waysText(found()).split("\n")).toHaveLength(4);
});

test("the places and the commands are one answer, and nothing has no table", () => {
  expect(secretsText(found(place))).toBe(
    `PARAMETER  NAMESPACE  NAME      KEY\ntoken      agents     params-1  token\n${waysText(found(place))}`,
  );
  expect(secretsText(found())).toBe(`No secret parameter is set.\n${waysText(found())}`);
});

test("where the cluster's kubeconfig is known the commands name it", () => {
  expect(waysText(found(place), "--kubeconfig /k")).toBe(
    `Who may read Secrets there prints a value with:
  kubectl --kubeconfig /k get
What the application's own Secrets hold, what a chart has made at random too, by name and key:
${own.replace("kubectl", "kubectl --kubeconfig /k")}`,
  );
});
