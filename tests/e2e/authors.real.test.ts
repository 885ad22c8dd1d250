import { describeAuthors } from "./authors.ts";
import { real } from "./cluster.ts";

describeAuthors(real);
