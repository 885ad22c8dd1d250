import { describeChartTests } from "./chart-tests.ts";
import { embedded } from "./cluster.ts";

describeChartTests(embedded, "pull");
