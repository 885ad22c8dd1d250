import { describeFreshness } from "./freshness.ts";
import { embedded } from "./cluster.ts";

describeFreshness(embedded);
