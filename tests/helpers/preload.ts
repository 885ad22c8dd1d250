import { afterAll, setDefaultTimeout } from "bun:test";
import { endTestPostgres } from "./postgres.ts";

// Every test process: failures must show, and no test may reach a cluster or a database of the user's.
delete process.env.KUBECONFIG;
delete process.env.DATABASE_URL;
process.env.NO_COLOR = "1";

// A busy machine is no reason to fail. bunfig.toml cannot say it: Bun 1.4.5 does not read `timeout` there.
setDefaultTimeout(600_000);

afterAll(endTestPostgres);
