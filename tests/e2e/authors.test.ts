import { describeAuthors } from "./authors.ts";
import { embedded } from "./cluster.ts";

describeAuthors(embedded);
