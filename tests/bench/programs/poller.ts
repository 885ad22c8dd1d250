// The server's poller in a process of its own.
import { createSealing } from "../../../server/deploy/sealing.ts";
import { createDeps } from "../../../server/deps.ts";
import { connect } from "../../../server/db/sql.ts";
import { listRefs } from "../../../server/drivers/ls-refs.ts";
import { createPoller } from "../../../server/drivers/poller.ts";
import { silentLog } from "../../../lib/log.ts";
import { serve } from "../child.ts";

const sql = connect(process.env.DATABASE_URL!);
const unused = () => Promise.reject(new Error("not in this bench"));
const deps = createDeps({
  sql,
  log: silentLog,
  sealing: createSealing(new Uint8Array(32)),
  loadDriver: unused,
  readNewCommits: unused,
  scanDrivers: unused,
  render: unused,
  checkManifests: unused,
  listRefs: (asked, signal) =>
    listRefs(asked, { policy: { allowLoopback: true, allowPrivate: false }, ...(signal ? { signal } : {}) }),
});
const poller = createPoller(deps);
const signal = new AbortController().signal;

serve(
  {
    /** Asks all repositories once. Answers the processor time and the time it took, milliseconds. */
    async round() {
      await sql`update followed_repositories set due_at = now()`;
      const [from, cpu] = [performance.now(), process.cpuUsage()];
      do {
        await poller.once(signal);
        await poller.idle();
      } while ((await sql`select 1 from followed_repositories where due_at <= now() limit 1`).length > 0);
      const { user, system } = process.cpuUsage(cpu);
      return { cpuMs: (user + system) / 1000, ms: performance.now() - from };
    },
  },
  async () => {
    await deps.close();
    await sql.end({ timeout: 1 });
  },
);
