import { describeReal } from "../helpers/real-cluster.ts";
import { describeZombies } from "./zombie.ts";
import { real } from "./cluster.ts";

describeReal("an agent that was paused on a real cluster", () => describeZombies(real));
