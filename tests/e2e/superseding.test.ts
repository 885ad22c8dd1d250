import { embedded } from "./cluster.ts";
import { describeSuperseding } from "./superseding.ts";

describeSuperseding(embedded);
