import { expect, test } from "bun:test";
import { canonicalQuantity, quantityOf } from "../../../local/cluster/quantity.ts";

/** As a real node stored them. */
test.each([
  ["0.5", "500m"],
  [0.1, "100m"],
  [1, "1"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["1024Ki", "1Mi"],
  ["1.5Gi", "1536Mi"],
  ["0.5Ki", "512"],
  ["1000Ki", "1000Ki"],
  ["1000k", "1M"],
  ["1e3", "1e3"],
  ["2E2", "200"],
  ["0", "0"],
  ["0Gi", "0"],
  ["-1.0", "-1"],
  ["half", "half"],
])("%p is stored as %p", (given, stored) => {
  expect(canonicalQuantity(given)).toBe(stored);
});

test("a quantity stands for a number", () => {
  expect(["100m", "1Ki", "2", 3, "1e3", "half"].map(quantityOf)).toEqual([0.1, 1024, 2, 3, 1000, 0]);
});
