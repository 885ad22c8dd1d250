import { describeReal } from "../helpers/real-cluster.ts";
import { describeServerCrash } from "./server-crash.ts";
import { real } from "./cluster.ts";

describeReal("a crash of the server on a real cluster", () =>
  describeServerCrash(real, { lanes: 6, isBrief: true }),
);
