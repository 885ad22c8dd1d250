import { describeReal } from "../helpers/real-cluster.ts";
import { describeFreshness } from "./freshness.ts";
import { real } from "./cluster.ts";

describeReal("freshness on a real cluster", () => describeFreshness(real));
