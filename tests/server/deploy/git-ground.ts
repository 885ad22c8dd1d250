import { commitDriver, type GitServer, startGitServer } from "../../helpers/git-server.ts";
import { startWorld, type World } from "../world.ts";

/** A server's inside, and a git server that wants a password: for what is recorded of repositories. */
export interface GitGround {
  world: World;
  server: GitServer;
  /** Commits files; answers the commit's id. */
  commit: (repository: string, ...more: Rest) => Promise<string>;
  /** Records the git server with its password. */
  record: (name: string) => Promise<void>;
  end: () => Promise<void>;
}

type Rest = Parameters<typeof commitDriver> extends [unknown, unknown, ...infer R] ? R : never;

export async function startGitGround(password: string): Promise<GitGround> {
  const [world, server] = await Promise.all([
    startWorld(),
    startGitServer({ auth: { user: "git", password } }),
  ]);
  return {
    world,
    server,
    commit: (repository, ...more) => commitDriver(server, repository, ...more),
    async record(name) {
      const create = "mutation ($i: CreateRepositoryInput!) { createRepository(input: $i) { id } }";
      await world.ask(create, { i: { name, url: server.origin, token: password } });
    },
    async end() {
      await world.end();
      await server.stop();
    },
  };
}

/** What a promise is refused with; the code `none` when it is not. */
export const refusal = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => ({ code: "none" }),
    (thrown) => thrown,
  );
