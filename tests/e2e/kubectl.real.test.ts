import { real } from "./cluster.ts";
import { describeKubectl } from "./kubectl.ts";

describeKubectl(real);
