import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadFromGit } from "../../server/drivers/git.ts";
import { specText } from "../drivers/sample.ts";
import { commitDriver, startGitServer } from "../helpers/git-server.ts";
import type { Section } from "./figure.ts";
import { spreadOf } from "./statistics.ts";

const [warmUps, rounds] = [1, 12];
const policy = { allowLoopback: true, allowPrivate: false };

/** Reading a driver from git, beside `git clone --depth 1` of the same repository into an empty folder, in turns. */
export async function measureLoads(): Promise<Section> {
  const server = await startGitServer();
  const folder = await mkdtemp(join(tmpdir(), "styrmin-bench-"));
  try {
    const driver = { "driver.styrmin.yml": specText(), "manifests/a.yaml": "a: 1\n" };
    await commitDriver(server, "small", driver);
    const below = Object.entries(driver).map(([path, text]) => [`apps/web/${path}`, text] as const);
    const others = Array.from({ length: 500 }, (_, n) => [`lib/${n % 20}/file-${n}.txt`, textOf(n)] as const);
    await commitDriver(server, "large", Object.fromEntries([...below, ...others]));
    const small = await compare(server.url("small"), undefined, folder);
    const large = await compare(server.url("large"), "apps/web", folder);
    const figure = (name: string, { own, git }: Compared, atMost: number) => [
      {
        ...{ name: `${name}, times git clone --depth 1`, unit: "", digits: 2 },
        value: spreadOf(own.map((one, n) => one / git[n]!)),
        target: { atMost },
      },
      {
        ...{ name, unit: "ms", digits: 0, value: spreadOf(own) },
        baseline: { name: "git clone --depth 1", value: spreadOf(git) },
      },
    ];
    return {
      title: "Load of a driver from git, with a process of its own and every object checked",
      figures: [
        ...figure("a repository of one driver", small, 3),
        ...figure("one driver among 500 files of 3 MB", large, 3),
      ],
      quotes: [],
    };
  } finally {
    await Promise.all([server.stop(), rm(folder, { recursive: true, force: true })]);
  }
}

interface Compared {
  own: number[];
  git: number[];
}

async function compare(url: string, path: string | undefined, folder: string): Promise<Compared> {
  const found: Compared = { own: [], git: [] };
  for (let round = -warmUps; round < rounds; round++) {
    const own = await timed(async () => {
      const { files } = await loadFromGit({ url, ref: "main", ...(path ? { path } : {}) }, { policy });
      if (Object.keys(files).length !== 2) throw new Error("the driver has other files");
    });
    const into = join(folder, `${round}`);
    const git = await timed(() => clone(url, into));
    await rm(into, { recursive: true, force: true });
    if (round < 0) continue;
    found.own.push(own);
    found.git.push(git);
  }
  return found;
}

async function clone(url: string, into: string): Promise<void> {
  const env = { PATH: process.env.PATH ?? "", GIT_CONFIG_NOSYSTEM: "1", HOME: tmpdir() };
  const child = Bun.spawn(["git", "clone", "--quiet", "--depth", "1", url, into], { env });
  if ((await child.exited) !== 0) throw new Error("git clone failed");
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** About 6 kB that do not compress away. */
function textOf(number: number): string {
  const words = Array.from({ length: 700 }, (_, n) => Bun.hash.xxHash32(`${number} ${n}`).toString(36));
  return `${words.join(" ")}\n`;
}
