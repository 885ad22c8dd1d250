import { embedded } from "./cluster.ts";
import { describeHands } from "./hands.ts";

describeHands("direct", embedded);
