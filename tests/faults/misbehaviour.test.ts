import { embedded } from "./cluster.ts";
import { describeMisbehaviour } from "./misbehaviour.ts";

describeMisbehaviour(embedded);
