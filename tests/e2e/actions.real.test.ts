import { describeActions } from "./actions.ts";
import { real } from "./cluster.ts";

describeActions(real);
