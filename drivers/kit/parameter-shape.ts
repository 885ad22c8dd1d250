import { type ParameterKind, parameterKinds } from "./format.ts";
import { parameterName, printable } from "./rules.ts";
import { any, flag, list, number, object, text, word } from "./shape.ts";

/** Prompts are asked when an action starts, and the answers are recorded: of no kind that is secret. */
export const promptKinds = parameterKinds.filter((kind) => kind !== "secret");

const length = { whole: true, min: 0, max: 65_536 };
const only = (...of: ParameterKind[]) => ({
  of,
  else: `means nothing for kind KIND; it is for ${of.join(", ")}`,
});

const keysWith = <const K extends ParameterKind>(kinds: readonly K[]) => ({
  name: text("The name by which it is set, and which templates use.", parameterName),
  kind: word("What its values are.", kinds),
  label: text("What people call it; the name by default.", { maxLength: 200 }),
  description: text("What it does, for the person who fills it in."),
  group: text("The heading under which a form shows it.", { maxLength: 200 }),
  advanced: flag("Whether a form hides it until it is asked for more."),
  default: any("The value when none is given; without it a value must be given."),
  required: flag("Whether a value must be given; by default if there is no default (and none is generated)."),
  min: number("The least value, of a number or of each number of a list."),
  max: number("The greatest value, of a number or of each number of a list."),
  min_length: number("The fewest characters of a text, or items of a list.", length),
  max_length: number("The most characters of a text, or items of a list.", length),
  pattern: text(
    "A regular expression (RE2) that a text, or each text of a list, must match; anchor it with ^ and $.",
    {
      maxLength: 500,
    },
  ),
  values: list("The words of an enum.", text("A word that can be chosen.", { maxLength: 200 })),
  items: word("What the items of a list are; string by default.", ["string", "integer", "number", "boolean"]),
  generate: object("How a secret that is not given is made.", {
    length: number("Its characters; 32 by default.", { whole: true, min: 8, max: 1024 }),
    alphabet: text("The characters it is made of; letters and digits by default.", printable),
  }),
});

/** Which keys mean something for which kinds. */
const kinds = {
  default: {
    of: promptKinds,
    else: "cannot be set for a secret, since everybody could read it; use generate",
  },
  min: only("integer", "number", "list"),
  max: only("integer", "number", "list"),
  min_length: only("string", "secret", "list"),
  max_length: only("string", "secret", "list"),
  pattern: only("string", "secret", "list"),
  values: only("enum"),
  items: only("list"),
  generate: only("secret"),
};

const when = (kind: ParameterKind, then: object) => ({
  if: { properties: { kind: { const: kind } }, required: ["kind"] },
  then,
});
/** What the reader checks in `readParameter`, as far as JSON Schema can say it. */
const schema = {
  allOf: [
    when("enum", { required: ["values"], properties: { values: { type: "array", minItems: 1 } } }),
    when("integer", {
      properties: {
        default: { type: ["integer", "null"] },
        min: { type: ["integer", "null"] },
        max: { type: ["integer", "null"] },
      },
    }),
    when("number", { properties: { default: { type: ["number", "null"] } } }),
    when("boolean", { properties: { default: { type: ["boolean", "null"] } } }),
    when("string", { properties: { default: { type: ["string", "number", "null"] } } }),
    when("list", { properties: { default: { type: ["array", "null"] } } }),
  ],
};

export const parameterShape = object("A typed input of the driver.", keysWith(parameterKinds), {
  required: ["name", "kind"],
  kinds,
  schema,
});

export const promptShape = object("What an action asks for when it is started.", keysWith(promptKinds), {
  required: ["name", "kind"],
  kinds,
  schema,
});
