import { real } from "./cluster.ts";
import { describeRights } from "./rights.ts";

describeRights(real);
