import { describeLostAnswers } from "./lost-answers.ts";
import { embedded } from "./cluster.ts";

describeLostAnswers(embedded, { lanes: 2 });
