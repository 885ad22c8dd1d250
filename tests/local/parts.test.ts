import { expect, test } from "bun:test";
import { driverRoots } from "../../local/parts.ts";

test("a folder of drivers may be made after the start: it is handed on all the same", () => {
  const env = { HOME: "/home/nobody", STYRMIN_DRIVER_ROOTS: "/srv/made-later::/srv/drivers" };
  expect(driverRoots({ root: "/opt/styrmin", env })).toBe(
    "/opt/styrmin/drivers:/home/nobody:/srv/made-later:/srv/drivers",
  );
  expect(driverRoots({ root: "/opt/styrmin", env: {} })).toBe("/opt/styrmin/drivers");
});
