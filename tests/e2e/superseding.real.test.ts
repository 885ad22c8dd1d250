import { real } from "./cluster.ts";
import { describeSuperseding } from "./superseding.ts";

describeSuperseding(real);
