import { RE2JS } from "re2js";

const maxPatternLength = 500;
const compiled = new Map<string, RE2JS>();

/**
 * Why a text is no pattern; undefined when it is one. Patterns are RE2's: they take time linear in the text,
 * so that no driver can hang the server with one, and know neither look-around nor back-references.
 */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > maxPatternLength) return `must have ${maxPatternLength} characters at most`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return `is no regular expression that Styrmin understands (RE2's syntax, without look-around and back-references): ${reason}`;
  }
}

/** Whether the pattern matches anywhere in the text; anchor it with `^` and `$` to match the whole. */
export function matches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    expression = RE2JS.compile(pattern);
    if (compiled.size >= 200) compiled.clear();
    compiled.set(pattern, expression);
  }
  return expression.matcher(text).find();
}
