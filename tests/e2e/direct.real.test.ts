import { real } from "./cluster.ts";
import { describeMainJob } from "./main-job.ts";

describeMainJob("direct", real);
