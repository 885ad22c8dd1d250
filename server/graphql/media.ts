export const mediaTypes = ["application/graphql-response+json", "application/json"] as const;
export type MediaType = (typeof mediaTypes)[number];

/**
 * The media type of an answer, by the `Accept` header: the accepted one with the highest quality, and of
 * equal ones the first named. Without a header, or for any type, application/json: clients that do not
 * know better expect it. Undefined when neither is accepted.
 */
export function chooseMediaType(accept: string | null): MediaType | undefined {
  if (accept === null || accept.trim() === "") return "application/json";
  // What nearly every client sends needs no parsing.
  if (accept === "application/json" || accept === "*/*") return "application/json";
  const ranges = accept.split(",").map((range, position) => {
    const [type = "", ...parameters] = range
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice(8);
    return { type, position, quality: quality === undefined ? 1 : Number(quality) || 0, charset };
  });
  const usable = ranges
    .filter(({ quality, charset }) => quality > 0 && (charset === undefined || /^"?utf-?8"?$/.test(charset)))
    .sort((a, b) => b.quality - a.quality || a.position - b.position);
  for (const { type } of usable) {
    if (type === "*/*" || type === "application/*") return "application/json";
    const exact = mediaTypes.find((media) => media === type);
    if (exact) return exact;
  }
  return undefined;
}
