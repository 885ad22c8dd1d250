import { embedded } from "./cluster.ts";
import { describeSecrets } from "./secrets.ts";

describeSecrets(embedded);
