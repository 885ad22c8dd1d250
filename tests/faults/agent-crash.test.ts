import { describeAgentCrash } from "./agent-crash.ts";
import { embedded } from "./cluster.ts";

describeAgentCrash(embedded, { lanes: 3 });
