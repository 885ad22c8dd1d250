import { describeReal } from "../helpers/real-cluster.ts";
import { describeAgentCrash } from "./agent-crash.ts";
import { real } from "./cluster.ts";

describeReal("a crash of the agent on a real cluster", () =>
  describeAgentCrash(real, { lanes: 6, isBrief: true }),
);
