import { type ChartPin, type DriverFiles, readChartLock, unpackBundle } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { bundleOfDigest, chartOfDigest, type DriverVersionRow } from "../db/drivers.ts";
import type { Deps } from "../deps.ts";

/** All that a driver version is rendered from. */
export interface DriverContent {
  files: DriverFiles;
  /** The packed charts that it pins, by digest. */
  charts: Record<string, Uint8Array>;
}

/** What was used last: the server renders it again with every change. */
const recent = new Map<string, DriverContent>();

/** The files of a driver version, and its charts. Throws CONFLICT when it was deleted meanwhile. */
export async function readDriverContent(
  { sql }: Pick<Deps, "sql">,
  { digest, charts: pinned }: Pick<DriverVersionRow, "digest" | "charts">,
): Promise<DriverContent> {
  const known = recent.get(digest);
  if (known) return known;
  const gone = () => new AppError("CONFLICT", "The driver version was deleted meanwhile; choose another.");
  const files = await filesOfDigest(sql, digest);
  if (!files) throw gone();
  const charts: DriverContent["charts"] = {};
  for (const one of pinned) {
    const archive = await chartOfDigest(sql, one);
    if (!archive) throw gone();
    charts[one] = archive;
  }
  const content = { files, charts };
  if (recent.size >= 20) recent.delete(recent.keys().next().value!);
  recent.set(digest, content);
  return content;
}

/** What the lock among a version's files says, by their digest: lists of versions need not unpack them each time. */
const pins = new Map<string, ChartPin[]>();

/** The charts that a driver version pins, as its lock names them; null when it was deleted meanwhile. */
export async function readChartPins(
  { sql }: Pick<Deps, "sql">,
  { digest, charts }: Pick<DriverVersionRow, "digest" | "charts">,
): Promise<ChartPin[] | null> {
  if (charts.length === 0) return [];
  const known = pins.get(digest);
  if (known) return known;
  const files = recent.get(digest)?.files ?? (await filesOfDigest(sql, digest));
  if (!files) return null;
  const read = readChartLock(files);
  if (pins.size >= 1_000) pins.delete(pins.keys().next().value!);
  pins.set(digest, read);
  return read;
}

async function filesOfDigest(sql: Deps["sql"], digest: string): Promise<DriverFiles | undefined> {
  const bundle = await bundleOfDigest(sql, digest);
  return bundle && unpackBundle(bundle, digest);
}
