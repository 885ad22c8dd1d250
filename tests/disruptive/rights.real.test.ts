import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { allows, isRefused, rightsIn, spell, type Use, usesOfNode } from "../helpers/granted.ts";
import { hasNodeAudit, nodeAudit } from "../helpers/node-audit.ts";

/** The folder of this run was made when the run began. */
const beganAt = new Date(statSync(tmpdir()).birthtimeMs);
const lines = hasNodeAudit ? await nodeAudit(beganAt, ":styrmin-") : [];
const account = /^system:serviceaccount:([^:]+):styrmin-(agent|server)$/;

interface Own extends Use {
  who: "agent" | "server";
  ownNamespace: string;
}

/**
 * What agents and servers did; but for those from which a test took rights, to see what they say, and for what a test
 * asked in their name.
 */
const own = lines.filter(({ userAgent }) => !userAgent?.startsWith("tester/"));
const uses = usesOfNode(own).flatMap((use): Own[] => {
  const [, ownNamespace = "", who] = account.exec(use.user) ?? [];
  if (ownNamespace === "" || ownNamespace.startsWith("reconcile-system")) return [];
  return [{ ...use, who: who as Own["who"], ownNamespace }];
});

// Alone, without the tests before it, there is nothing to look at.
describe.skipIf(uses.length === 0)("what agents and servers did on the real node in all tests", () => {
  test.each(["agent", "server"] as const)("was granted to the %s by its manifest", (who) => {
    const granted = rightsIn(`${who}.yaml`);
    const done = uses.filter((use) => use.who === who);
    const isGranted = (use: Own) => granted.some((right) => allows(right, use, use.ownNamespace));
    // An API server that has just started refuses what is granted, too. Whether a refused apply would have made its
    // object is not known.
    const beyond = done.filter(
      (use) =>
        !isGranted(use) ||
        (use.verb === "patch" && isRefused(use, done) && !isGranted({ ...use, verb: "create" })),
    );
    const used = granted.filter((right) => done.some((use) => allows(right, use, use.ownNamespace)));
    const identities = new Set(done.map(({ user }) => user)).size;
    console.log(
      `rights of styrmin-${who}, all tests on the real node: ${granted.length} granted, ${used.length} used; ` +
        `${identities} identities, ${done.length} requests, ${beyond.length} beyond`,
    );
    const told = beyond.map(({ user, verb, resource, namespace, code }) =>
      [user, verb, resource, namespace ?? "", code].join(" "),
    );
    expect([...new Set(told)]).toEqual([]);
    expect(used.map(spell).length).toBeGreaterThan(0);
  });
});
