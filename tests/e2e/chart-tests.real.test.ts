import { describeChartTests } from "./chart-tests.ts";
import { real } from "./cluster.ts";

describeChartTests(real, "direct");
