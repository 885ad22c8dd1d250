import { embedded } from "./cluster.ts";
import { describeRights } from "./rights.ts";

describeRights(embedded);
