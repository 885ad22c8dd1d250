/** The time of day, milliseconds with their fractions: the same for all processes of a machine, and for Postgres. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
