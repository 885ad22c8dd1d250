import { describeActions } from "./actions.ts";
import { embedded } from "./cluster.ts";

describeActions(embedded, "pull");
