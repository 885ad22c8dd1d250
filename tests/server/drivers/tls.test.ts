import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppError } from "../../../lib/errors.ts";
import { loadFromGit } from "../../../server/drivers/git.ts";
import { type Authority, createAuthority } from "../../kube/certificates.ts";
import { commitDriver, type GitServer, startGitServer } from "../../helpers/git-server.ts";

const policy = { allowLoopback: true, allowPrivate: false };
const valid = (from: number, until: number) => {
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
  return { notBefore: inHours(from), notAfter: inHours(until) };
};
let own: Authority;
let other: Authority;
const servers: GitServer[] = [];

beforeAll(async () => {
  [own, other] = await Promise.all([createAuthority("own"), createAuthority("other")]);
});
afterAll(async () => void (await Promise.all(servers.map((server) => server.stop()))));

const here = { dns: ["localhost"], ip: ["127.0.0.1"] };

/** A server with a certificate of our authority. */
async function serve(...about: Parameters<Authority["issue"]>): Promise<GitServer> {
  const server = await startGitServer({ tls: await own.issue(...about) });
  servers.push(server);
  await commitDriver(server, "x", { "driver.styrmin.yml": "x" });
  return server;
}

async function outcome(url: string, ca?: string): Promise<string> {
  try {
    return Object.keys(
      (await loadFromGit({ url, ref: "main", ...(ca ? { ca } : {}) }, { policy })).files,
    ).join();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    expect(thrown).toMatchObject({ code: "UNAVAILABLE", field: "url" });
    return thrown.message;
  }
}

test("an authority of one's own counts for its repository, and for no other", async () => {
  const server = await serve(here);
  expect(await outcome(server.url("x"), own.cert)).toBe("driver.styrmin.yml");
  // By name too: the certificate is checked against the name, though the address was looked up before.
  const byName = server.url("x").replace("127.0.0.1", "localhost");
  expect(await outcome(byName, own.cert)).toBe("driver.styrmin.yml");
  expect(await outcome(server.url("x"))).toContain(
    "signed by none of the certificate authorities that count",
  );
  expect(await outcome(server.url("x"), other.cert)).toContain("signed by none");
  // With an authority of its own a repository trusts nobody else; it takes no other way when that fails.
  expect(await outcome(server.url("x").replace("https:", "http:"), own.cert)).not.toBe("driver.styrmin.yml");
});

test("a certificate that has expired, or is for another name, is told as such", async () => {
  const expired = await serve(here, valid(-48, -24));
  expect(await outcome(expired.url("x"), own.cert)).toContain("has expired");
  const early = await serve(here, valid(24, 48));
  expect(await outcome(early.url("x"), own.cert)).toContain("not valid yet");
  const named = await serve({ dns: ["git.example.org"] });
  expect(await outcome(named.url("x"), own.cert)).toContain("is for another name");
  const byName = named.url("x").replace("127.0.0.1", "localhost");
  expect(await outcome(byName, own.cert)).toContain("is for another name");
});
