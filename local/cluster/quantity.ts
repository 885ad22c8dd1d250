const powers: Record<string, number> = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };

/** The number a resource quantity stands for: `100m` is 0.1, `1Ki` is 1024. */
export function quantityOf(text: string | number): number {
  const [, number = "0", unit = ""] = /^([0-9.eE+-]+?)([A-Za-z]*)$/.exec(String(text)) ?? [];
  const binary = /^([KMGTPE])i$/.exec(unit)?.[1];
  if (binary) return Number(number) * 1024 ** ("KMGTPE".indexOf(binary) + 1);
  return Number(number) * (powers[unit] ?? 1);
}
