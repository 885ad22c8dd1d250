import { real } from "./cluster.ts";
import { describeSecrets } from "./secrets.ts";

describeSecrets(real);
