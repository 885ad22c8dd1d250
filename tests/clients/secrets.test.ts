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
  environment: { namespace: "env-demo" },
  secrets,
});
const own = "  kubectl -n env-demo describe secrets -l styrmin.io/deployment=01-2\n";

test("whoever may is told how to read secrets, as far as their places are known", () => {
  expect(waysText(found(place))).toStartWith(
    "Who may read Secrets there prints a value with:\n  kubectl get\n",
  );
  expect(waysText(found({ ...place, namespace: null, command: null }))).toContain("known once the agent");
  for (const one of [found(), found(place)]) expect(waysText(one)).toEndWith(own);
  expect(waysText(found()).split("\n")).toHaveLength(3);
});

test("the places and the commands are one answer, and nothing has no table", () => {
  expect(secretsText(found(place))).toBe(
    `PARAMETER  NAMESPACE  NAME      KEY\ntoken      agents     params-1  token\n${waysText(found(place))}`,
  );
  expect(secretsText(found())).toBe(`No secret parameter is set.\n${waysText(found())}`);
});
