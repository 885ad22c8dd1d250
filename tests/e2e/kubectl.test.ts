import { embedded } from "./cluster.ts";
import { describeKubectl } from "./kubectl.ts";

describeKubectl(embedded);
