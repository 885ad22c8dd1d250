import { fullDriver, specText } from "./sample.ts";

/** Sound driver files of every shape the format allows, the ones that look odd among them. */
export const goodFiles: [what: string, text: string][] = [
  ["the smallest one", specText()],
  ["every key but manifests", fullDriver],
  ["manifests in a folder of their own", specText("  manifests: ./deploy/objects/\n")],
  [
    "a chart from a repository",
    specText("  helm: { main: { location: https://charts.example.org, chart: app } }\n"),
  ],
  ["a chart of its own", specText("  helm: { main: { location: ./chart, values: ./values.j2.yml } }\n")],
  ["keys with nothing behind them", specText("  info:\n  services:\n  parameters:\n  helm:\n  manifests:\n")],
  ["a version that looks like a number", specText().replace('version: "1"', "version: 1.10")],
  ["a range that looks like a number", specText().replace('">=1.2,<2.0"', "15")],
  ["an npm range", specText().replace('">=1.2,<2.0"', '"^1.2 || 2.x"')],
  ["a range of pre-releases", specText('  default_version: "1.5.0-rc.1"\n')],
  [
    "labels that look like numbers",
    specText('  components: { web: { identifier: { label: { app.kubernetes.io/part: 15, b: "" } } } }\n'),
  ],
  [
    "options of a backup",
    specText(
      "  components: { db: { identifier: { label: { a: b } }, backup: { kind: action, deep: { list: [1, x, true, null] } } } }\n",
    ),
  ],
  [
    "parameters with a merged part",
    specText(
      "  parameters:\n    - &text { name: a, kind: string, max_length: 20 }\n    - { <<: *text, name: b, label: B }\n    - { <<: [*text, { name: c, kind: list }], name: c, label: C }\n",
    ),
  ],
  [
    "an alias for a whole list",
    specText(
      "  components: { web: &web { identifier: { label: &l { a: b } } }, other: { identifier: { label: *l } } }\n",
    ),
  ],
  [
    "texts over several lines",
    specText("  info:\n    description: |\n      One\n      two\n    license: >-\n      MIT\n      or not\n"),
  ],
  ["a byte order mark", `\uFEFF${specText()}`],
  ["lines that end with CR LF", specText("  info: { license: MIT }\n").replaceAll("\n", "\r\n")],
  ["a comment and a document's begin and end", `# mine\n---\n${specText()}...\n`],
  [
    "JSON",
    JSON.stringify({
      apiVersion: "styrmin.io/v1",
      kind: "ApplicationDriver",
      metadata: { name: "a" },
      spec: { version: "1", supported_versions: "*" },
    }),
  ],
  [
    "a default of every kind",
    specText(`  parameters:
    - { name: a, kind: string, default: 1.10 }
    - { name: b, kind: enum, values: [1, x], default: 1 }
    - { name: c, kind: list, items: boolean, default: [true] }
    - { name: d, kind: list, default: [] }
    - { name: e, kind: number, default: 1e3, min: -0.5 }
    - { name: f, kind: boolean, default: false }
    - { name: g, kind: secret, generate: }
    - { name: h, kind: secret, generate: {} }
`),
  ],
];
