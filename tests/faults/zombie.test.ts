import { describeZombies } from "./zombie.ts";
import { embedded } from "./cluster.ts";

describeZombies(embedded);
