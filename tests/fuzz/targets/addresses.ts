import { isIP } from "node:net";
import { AppError } from "../../../lib/errors.ts";
import { checkAddress, parseRepositoryUrl, withoutCredentials } from "../../../server/drivers/address.ts";
import { tidyPath } from "../../../server/drivers/collect.ts";
import { plainUrl, prefixesOf } from "../../../server/drivers/prefix.ts";
import { mutated } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const sound = [
  "https://git.example.org/team/driver.git",
  "https://ann:ca%6eary-7@git.example.org:8443/a/b/",
  "http://127.0.0.1:80/x",
  "http://[::ffff:127.0.0.1]:3000/x.git",
  "https://b%C3%BCcher.example/a/../b",
  "oci://registry.example.org/charts/web",
  "git@github.com:a/b.git",
  "ssh://git@host/x",
];
const dictionary = [
  ..."/:@?#[]\\%.-0x",
  ...["//", "..", "%2f", "%00", "%0a", "::1", "0x7f.1", "2130706433", "169.254.169.254", "localhost"],
  ...[
    "http://",
    "https://",
    "file://",
    "ext::",
    "oci://",
    "\t",
    "\r\n",
    "１２７",
    "。",
    "@127.0.0.1",
    "canary-7@",
  ],
];
const open = { allowLoopback: true, allowPrivate: true };

/** A repository's address, and a folder in it, as anybody may write them. */
export const addresses: FuzzTarget<{ url: string; path: string }> = {
  name: "addresses",
  share: 4,
  limitMs: 50,
  make: (random) => ({
    url: mutated(random, random.pick(sound), dictionary, 4),
    path: mutated(random, "apps/web/driver", ["/", "..", ".", "\\", ".git", "\0", "~"], 4),
  }),
  run({ url, path }) {
    const shown = withoutCredentials(url);
    if (/^[a-z]+:\/\/[^/]*@/i.test(shown)) throw new Error(`credentials are shown: ${shown}`);
    const parsed = refusal(() => parseRepositoryUrl(url));
    if (parsed) checkParsed(parsed.url);
    for (const kind of ["GIT", "HELM"] as const) {
      const plain = refusal(() => plainUrl(url, kind));
      if (plain === undefined) continue;
      if (plainUrl(plain, kind) !== plain) throw new Error(`${plain} is not the one spelling`);
      const [origin, ...rest] = prefixesOf(plain);
      if (rest.some((each) => !each.startsWith(`${origin}/`))) throw new Error("a prefix is of another host");
    }
    const folder = refusal(() => tidyPath(path));
    if (folder?.split("/").includes("..")) throw new Error("a path leads out");
  },
};

function checkParsed(url: string): void {
  const again = new URL(url);
  if (!/^https?:$/.test(again.protocol)) throw new Error("another scheme");
  if (again.username || again.password || again.search || again.hash) throw new Error("more than an address");
  if (parseRepositoryUrl(url).url !== url) throw new Error("read twice, it is another address");
  const host = again.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) === 0) return;
  const isOwn = /^(127\.|0\.|169\.254\.|::1$|::$|::ffff:7f|fe80:)/.test(host);
  const [strictly, openly] = [{ allowLoopback: false, allowPrivate: false }, open].map((policy) =>
    refusal(() => (checkAddress(host, policy), true)),
  );
  if (isOwn && strictly) throw new Error(`${host} is allowed`);
  if (strictly && !openly) throw new Error("what is allowed strictly is not allowed openly");
}

/** What it answers; undefined when it refuses, which it must do by an error of ours. */
function refusal<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof AppError) return undefined;
    throw thrown;
  }
}
