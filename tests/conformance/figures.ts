/** `equal`, `different` (with a reason), `wrong`: the embedded cluster; `fresh`, `stale`: the record. */
const columns = ["equal", "different", "wrong", "fresh", "stale"] as const;
type Column = (typeof columns)[number];

/** Counts how the answers compare, and prints them as a table. */
export function createFigures() {
  const counts = new Map<string, number>();
  const of = (area: string, column: Column) => counts.get(`${area} ${column}`) ?? 0;
  return {
    count(area: string, column: Column): void {
      counts.set(`${area} ${column}`, of(area, column) + 1);
    },
    /** Cases are those that were asked; `withReal` adds what the real cluster said. */
    table(areas: string[], withReal: boolean): string {
      const shown = columns.slice(0, withReal ? 5 : 3);
      const numbers = (names: string[]) =>
        shown.map((column) => names.reduce((sum, area) => sum + of(area, column), 0));
      const row = (name: string, cells: (string | number)[]) =>
        name.padEnd(16) + cells.map((cell) => String(cell).padStart(11)).join("");
      const line = (name: string, names: string[]) => {
        const [equal = 0, different = 0, wrong = 0, ...rest] = numbers(names);
        return row(name, [equal + different + wrong, equal, different, wrong, ...rest]);
      };
      return [
        row("conformance", ["cases", ...shown]),
        ...areas.map((area) => line(area, [area])),
        line("all", areas),
      ].join("\n");
    },
  };
}
