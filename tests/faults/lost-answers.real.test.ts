import { describeReal } from "../helpers/real-cluster.ts";
import { describeLostAnswers } from "./lost-answers.ts";
import { real } from "./cluster.ts";

describeReal("a connection that breaks on a real cluster", () =>
  describeLostAnswers(real, { lanes: 6, isBrief: true }),
);
