import { describeServerCrash } from "./server-crash.ts";
import { embedded } from "./cluster.ts";

describeServerCrash(embedded, { lanes: 3 });
