import { afterAll } from "bun:test";
import { endTestPostgres } from "./postgres.ts";

// Every test process: failures must show, and no test may reach a cluster or a database of the user's.
delete process.env.KUBECONFIG;
delete process.env.DATABASE_URL;
process.env.NO_COLOR = "1";

afterAll(endTestPostgres);
