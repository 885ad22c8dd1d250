import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { lookup } from "node:dns";
import library, { type HttpClient } from "isomorphic-git";
import { createServer, type Server } from "node:net";
import { AppError } from "../../../lib/errors.ts";
import { checkAddress, parseRepositoryUrl } from "../../../server/drivers/address.ts";
import { type GitOptions, loadFromGit } from "../../../server/drivers/git.ts";
import { createGitHttp, type GitHttpOptions } from "../../../server/git/http.ts";
import { guarded } from "../../../server/git/guard.ts";
import { defaultLoadLimits } from "../../../server/drivers/limits.ts";
import { commitDriver, type GitServer, startGitServer } from "../../helpers/git-server.ts";

/** Where nobody may come: it counts who does, on IPv4 and on IPv6. */
let canary: Server;
let port: number;
let reached = 0;
let git: GitServer;
beforeAll(async () => {
  git = await startGitServer();
  await commitDriver(git, "x", { a: "1" });
  canary = createServer((socket) => {
    reached++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen({ port: 0, host: "::" }, resolve));
  port = (canary.address() as { port: number }).port;
});
afterAll(async () => {
  canary.close();
  await git.stop();
});

const strict = { allowLoopback: false, allowPrivate: false };
const options: GitOptions = { policy: strict };
const limits = { wireBytes: 1_000_000, silenceMs: 3_000 };

const ask = (http: HttpClient, url: string) =>
  library.listServerRefs({
    http: guarded(http, { url, limits: defaultLoadLimits }),
    url,
    protocolVersion: 1,
  });

/** Tries an address as loading does, but for the child: all checks are the same. */
async function tryToReach(text: string, more: Partial<GitHttpOptions> = {}): Promise<string> {
  try {
    const { url } = parseRepositoryUrl(text);
    await ask(createGitHttp({ policy: strict, ...limits, ...more }), url);
    return "reached";
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
}

/** PORT is the canary's. */
const literal = [
  "http://127.0.0.1:PORT/x",
  "http://127.0.0.1.:PORT/x",
  "http://127.1:PORT/x",
  "http://127.0.1:PORT/x",
  "http://127.255.255.254:PORT/x",
  "http://2130706433:PORT/x",
  "http://0x7f000001:PORT/x",
  "http://0X7F.0.0.0x1:PORT/x",
  "http://0177.0.0.1:PORT/x",
  "http://017700000001:PORT/x",
  "http://0x7f.1:PORT/x",
  "http://127.0.0.01:PORT/x",
  "http://%31%32%37.0.0.1:PORT/x",
  "http://127%2e0%2e0%2e1:PORT/x",
  "http://１２７．０．０．１:PORT/x",
  "http://127。0。0。1:PORT/x",
  "http://①②⑦.0.0.1:PORT/x",
  "http://0:PORT/x",
  "http://0.0.0.0:PORT/x",
  "http://[::1]:PORT/x",
  "http://[0:0:0:0:0:0:0:1]:PORT/x",
  "http://[::]:PORT/x",
  "http://[::ffff:127.0.0.1]:PORT/x",
  "http://[::ffff:7f00:1]:PORT/x",
  "http://[0:0:0:0:0:ffff:7f00:0001]:PORT/x",
  "http://[::127.0.0.1]:PORT/x",
  "http://[::ffff:0:127.0.0.1]:PORT/x",
  "http://[64:ff9b::127.0.0.1]:PORT/x",
  "http://[64:ff9b:1::7f00:1]:PORT/x",
  "http://[2002:7f00:1::]:PORT/x",
  "http://[2002:a9fe:a9fe::1]/latest/meta-data",
  "http://[2001:0:5ef5:79fd::1]:PORT/x",
  "http://[2a00:1450::5efe:127.0.0.1]:PORT/x",
  "http://[fe80::1]:PORT/x",
  "http://[fe80::1%25lo]:PORT/x",
  "http://[fec0::1]:PORT/x",
  "http://[fd00:ec2::254]/latest/meta-data",
  "http://[ff02::1]:PORT/x",
  "http://169.254.169.254/latest/meta-data",
  "http://2852039166/latest/meta-data",
  "http://0xa9fea9fe/latest/meta-data",
  "http://[::ffff:a9fe:a9fe]/latest/meta-data",
  "http://192.168.0.1/x",
  "http://10.0.0.1/x",
  "http://0xa.1/x",
  "http://172.31.255.255/x",
  "http://100.100.100.200/x",
  "http://192.0.0.192/x",
  "http://198.18.0.1/x",
  "http://224.0.0.1/x",
  "http://255.255.255.255/x",
  "http://240.0.0.1/x",
];
const names = [
  "http://localhost:PORT/x",
  "http://localhost.:PORT/x",
  "http://LOCALHOST:PORT/x",
  "http://ⓛocalhost:PORT/x",
  "http://loc%61lhost:PORT/x",
  "http://lo\u00adcalhost:PORT/x",
  "http://ip6-localhost:PORT/x",
];
const schemes = [
  "file:///etc/passwd",
  "file://127.0.0.1/etc",
  "/etc/passwd",
  "../x",
  "ext::sh -c id",
  "ext::http://127.0.0.1:PORT/x",
  "fd::17",
  "git://127.0.0.1:PORT/x",
  "ssh://git@127.0.0.1:PORT/x",
  "git+ssh://127.0.0.1/x",
  "git@127.0.0.1:x/y",
  "127.0.0.1:x",
  "ftp://127.0.0.1:PORT/x",
  "gopher://127.0.0.1:PORT/_x",
  "dict://127.0.0.1:PORT/x",
  "ws://127.0.0.1:PORT/x",
  "data:text/plain,x",
  "javascript:alert(1)",
  "blob:http://127.0.0.1:PORT/x",
  "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
  "--upload-pack=id",
];
const parsers = [
  "http:127.0.0.1:PORT/x",
  "http:/127.0.0.1:PORT/x",
  "http:///127.0.0.1:PORT/x",
  "http:\\\\127.0.0.1:PORT\\x",
  "//127.0.0.1:PORT/x",
  "\\\\127.0.0.1\\x",
  "https://example.org\\@127.0.0.1:PORT/x",
  "https://example.org@127.0.0.1:PORT/x",
  "http://example.org:80@127.0.0.1:PORT/x",
  "http://127.0.0.1:PORT#@example.org/x",
  "http://127.0.0.1:PORT?@example.org/x",
  "http://@127.0.0.1:PORT/x",
  "http://a:%zz@example.org/x",
  "http://exam\nple.org@127.0.0.1:PORT/x",
  "http://127.0.0.1\t:PORT/x",
  " http://127.0.0.1:PORT/x",
  "http://127.0.0.1:PORT/x\r\nX-Evil: 1",
  "http://127.0.0.1:PORT/x%0d%0aX-Evil:%201",
  "http://127.0.0.1:PORT/x%00",
  "http://127.0.0.1 example.org:PORT/x",
  "http://127.0.0.1:99999/x",
  "http://example.org/x?service=git-receive-pack",
  "http://example.org/x#main",
  "http://[127.0.0.1]:PORT/x",
  "http://[::1",
  "http://\ud800/x",
  "http://exa\u202emple.org/x",
  `http://${"a".repeat(3_000)}/x`,
];

const all = [...literal, ...names, ...schemes, ...parsers];

test("a hostile address reaches nobody", async () => {
  console.log(`hostile addresses: ${all.length} spellings`);
  expect(all.length).toBeGreaterThanOrEqual(60);
  reached = 0;
  const wrong: string[] = [];
  for (const [kind, list, codes] of [
    ["literal", literal, ["FORBIDDEN", "INVALID"]],
    // Which of the names this machine knows is its own matter; none may lead to it.
    ["name", names, ["FORBIDDEN", "INVALID", "UNAVAILABLE"]],
    ["scheme", schemes, ["INVALID"]],
    ["parser", parsers, ["FORBIDDEN", "INVALID"]],
  ] as const) {
    for (const text of list) {
      const address = text.replaceAll("PORT", String(port));
      const code = await tryToReach(address);
      if (!(codes as readonly string[]).includes(code))
        wrong.push(`${kind} ${JSON.stringify(address)}: ${code}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(reached).toBe(0);
  // The canary would have told.
  await tryToReach(`http://127.0.0.1:${port}/x`, { policy: { allowLoopback: true, allowPrivate: false } });
  expect(reached).toBe(1);
});

test("the same addresses are refused by loading itself, before a process is started", async () => {
  for (const text of [literal[0]!, literal[5]!, literal[22]!, schemes[4]!, parsers[6]!]) {
    const url = text.replaceAll("PORT", String(port));
    const failed = await loadFromGit({ url, ref: "main" }, options).catch((thrown) => thrown);
    expect(["FORBIDDEN", "INVALID"]).toContain(failed.code);
    expect(failed.field).toBe("url");
  }
});

describe("a name", () => {
  type Answer = { address: string; family: number }[];
  /** Answers one list after the other, the last one for ever; `count` tells how often it was asked. */
  function dns(...answers: Answer[]) {
    const asked = { count: 0 };
    const lookUp = ((_host: string, _options: object, done: (error: null, found: Answer) => void) => {
      done(null, answers[Math.min(asked.count++, answers.length - 1)]!);
    }) as unknown as typeof lookup;
    return { asked, lookUp };
  }
  const four = (address: string) => ({ address, family: 4 });
  const allowed = { allowLoopback: true, allowPrivate: false };
  const forbidden: [string, Answer][] = [
    ["this machine", [four("127.0.0.1")]],
    ["the metadata of a cloud", [four("169.254.169.254")]],
    ["a private network", [four("10.1.2.3")]],
    ["a public address and this machine", [four("93.184.215.14"), four("127.0.0.1")]],
    ["a public address and a link-local one", [four("93.184.215.14"), { address: "fe80::1", family: 6 }]],
    ["a mapped address", [{ address: "::ffff:127.0.0.1", family: 6 }]],
    ["a 6to4 address", [{ address: "2002:7f00:1::1", family: 6 }]],
    ["no address", []],
  ];
  test.each(forbidden)("that leads to %s is refused", async (_, answer) => {
    reached = 0;
    const { lookUp } = dns(answer);
    expect(await tryToReach(`http://rebind.test:${port}/x`, { lookUp })).not.toBe("reached");
    expect(reached).toBe(0);
  });

  test("that leads elsewhere once it was checked changes nothing", async () => {
    // Looked up once for each connection, and that very address is connected to.
    const { asked, lookUp } = dns([four("127.0.0.1")], [four("169.254.169.254")]);
    const url = `http://rebind.test:${new URL(git.origin).port}/x.git`;
    const http = createGitHttp({ policy: allowed, ...limits, lookUp });
    await ask(http, url);
    const connections = asked.count;
    expect(connections).toBe(1);
    const second = await ask(http, url).catch((thrown: unknown) => thrown);
    expect(second).toMatchObject({ code: "FORBIDDEN" });
    expect(asked.count).toBe(2);
  });
});

test("no proxy of the environment comes between", async () => {
  const { HTTP_PROXY, http_proxy, ALL_PROXY } = process.env;
  Object.assign(process.env, {
    HTTP_PROXY: `http://127.0.0.1:${port}`,
    http_proxy: `http://127.0.0.1:${port}`,
    ALL_PROXY: `http://127.0.0.1:${port}`,
  });
  try {
    reached = 0;
    const policy = { allowLoopback: true, allowPrivate: false };
    expect(await tryToReach(git.url("x"), { policy })).toBe("reached");
    expect(reached).toBe(0);
  } finally {
    for (const [name, value] of Object.entries({ HTTP_PROXY, http_proxy, ALL_PROXY })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

describe("a redirect", () => {
  const moves: [string, (to: string) => string][] = [
    ["another port", (to) => to],
    ["another host", () => "http://localhost:1"],
    ["another scheme", (to) => to.replace("http:", "https:")],
    ["a scheme that is no web's", () => "file:///etc"],
    ["the metadata of a cloud", () => "http://169.254.169.254"],
    ["credentials in the address", () => `http://a:b@${new URL(git.origin).host}`],
    ["no address", () => "http://[::"],
  ];
  test.each(moves)("to %s is not followed, and takes no credentials along", async (_, to) => {
    const other = await startGitServer();
    await commitDriver(other, "x", { a: "1" });
    const from = await startGitServer();
    from.mode = { kind: "redirect", to: to(other.origin) };
    const policy = { allowLoopback: true, allowPrivate: false };
    const code = await tryToReach(from.url("x"), { policy, authorization: "Basic Z2VoZWlt" });
    expect(code).toBe("INVALID");
    expect(other.requests).toEqual([]);
    expect(from.requests).toHaveLength(1);
    await Promise.all([other.stop(), from.stop()]);
  });
});

test("an address of a machine is checked however it is written", () => {
  for (const each of ["1.2.3.4.5", "1.2.3", "0x7f.0.0.1", "localhost", "::g", "127.0.0.1/8", "", "[]"]) {
    expect(() => checkAddress(each, { allowLoopback: true, allowPrivate: true })).toThrow("no address");
  }
  for (const each of ["93.184.215.14", "2606:4700::1111", "2002:5db8:d70e::1", "[2a00:1450::1]"]) {
    expect(() => checkAddress(each, strict)).not.toThrow();
  }
});
