import { real } from "./cluster.ts";
import { describeHands } from "./hands.ts";

describeHands("pull", real);
