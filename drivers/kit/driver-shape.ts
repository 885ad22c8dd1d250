import { actionHooks, actionModes, actionWhens, backupKinds, serviceKinds, serviceScopes } from "./format.ts";
import { parameterShape, promptShape } from "./parameter-shape.ts";
import {
  actionLocation,
  actionName,
  anyVersion,
  chartLocation,
  dnsLabel,
  filePath,
  labelName,
  labelValue,
  variableName,
  webAddress,
} from "./rules.ts";
import { flag, list, number, object, record, text, word } from "./shape.ts";

const info = object("What people are told about the application.", {
  description: text("What the application is, as Markdown.", { maxLength: 16_384 }),
  authors: list("Who wrote the driver.", text("A person or a team.")),
  license: text("The driver's license, such as Apache-2.0."),
  links: list(
    "Where to read more.",
    object(
      "One link.",
      { link: text("What the link says."), url: text("Where it leads.", webAddress) },
      { required: ["link", "url"] },
    ),
  ),
});

const main = object(
  "The chart.",
  {
    location: text(
      "oci://…, the https:// address of a repository, or a folder of the driver (./chart).",
      chartLocation,
    ),
    version: text("The chart's version.", anyVersion),
    chart: text("The chart's name, when the location is a repository."),
    values: text("The template of the chart's values, a file of the driver (values.j2.yml).", filePath),
  },
  {
    required: ["location"],
    schema: {
      if: { properties: { location: { type: "string", pattern: "^https?:" } }, required: ["location"] },
      then: { required: ["chart"], properties: { chart: { type: ["string", "number"] } } },
    },
  },
);

const component = object(
  "A logical part of the application: the unit of status, scale and backup.",
  {
    description: text("What the component does."),
    identifier: object(
      "How its pods are known.",
      {
        label: record("The labels that its pods have.", labelName, text("The label's value.", labelValue), {
          filled: true,
        }),
      },
      { required: ["label"] },
    ),
    backup: object(
      "How its data is backed up; other keys are options of the kind.",
      {
        kind: word("The strategy.", backupKinds),
        volume: text("The volume to back up."),
        volumes: list("The volumes to back up.", text("A volume's name.")),
      },
      { required: ["kind"], open: true },
    ),
  },
  { required: ["identifier"] },
);

const service = object(
  "A network endpoint of a component.",
  {
    name: text("Its name; host names begin with it.", dnsLabel),
    kind: word("What is spoken there.", serviceKinds),
    scope: word("Whether it is for people outside of the cluster; internal by default.", serviceScopes),
    port: number("Its port.", { whole: true, min: 1, max: 65_535 }),
    component: text("The component that answers.", dnsLabel),
    description: text("What it is for."),
  },
  { required: ["name", "kind", "port", "component"] },
);

const envVar = object(
  "A variable that can be set for a deployment.",
  {
    name: text("The variable's name.", variableName),
    description: text("What it does."),
    level: word("Where it is set; for a component.", ["component"]),
    components: list("The components that know it; all by default.", text("A component's name.", dnsLabel)),
  },
  { required: ["name"] },
);

const containerOverride = object(
  "A container whose command or arguments can be overridden for a deployment.",
  {
    component: text("The component it is of.", dnsLabel),
    container: text("The container's name.", dnsLabel),
    command: flag("Whether its command can be overridden."),
    args: flag("Whether its arguments can be overridden."),
    description: text("What that is good for."),
  },
  { required: ["component", "container"] },
);

const action = object(
  "A function of the driver that is run at a point of a flow.",
  {
    name: text("Its name.", actionName),
    hook: word("The flow.", actionHooks),
    mode: word("Before, at or after the core of the flow; core by default.", actionModes),
    when: word(
      "Which version must change for an upgrade to run it; any of the two without this.",
      actionWhens,
    ),
    location: text("The file and its function: actions.ts::migrate.", actionLocation),
    description: text("What it does."),
    prompts: list("What it asks for when it is started.", promptShape),
  },
  { required: ["name", "hook", "location"] },
);

const spec = object(
  "How the application is deployed.",
  {
    version: text("The driver's own version; the highest one is the latest.", anyVersion),
    supported_versions: text('The versions of the application: ">=1.2,<2.0" or an npm range.', {
      maxLength: 256,
    }),
    default_version: text("The version of the application that is proposed.", { maxLength: 64 }),
    info,
    helm: object("The Helm chart that is installed, instead of manifests.", { main }, { required: ["main"] }),
    manifests: text('The folder with the templates of Kubernetes objects; "manifests" by default.', filePath),
    components: record("The parts of the application, by name.", dnsLabel, component),
    services: list("The application's network endpoints.", service),
    parameters: list("The driver's typed inputs.", parameterShape),
    env_vars: list("The variables that can be set for a deployment.", envVar),
    container_overrides: list("The overrides that can be set for a deployment.", containerOverride),
    actions: list("Functions that are run inside of flows, in this order.", action),
  },
  {
    required: ["version", "supported_versions"],
    schema: {
      not: {
        required: ["helm", "manifests"],
        properties: { helm: { type: "object" }, manifests: { type: ["string", "number"] } },
      },
    },
  },
);

/** The whole format: every key of a `driver.styrmin.yml`. */
export const driverShape = object(
  "A driver of Styrmin: how one application is deployed and operated.",
  {
    apiVersion: word("The version of the format.", ["styrmin.io/v1"]),
    kind: word("What the file is.", ["ApplicationDriver"]),
    metadata: object(
      "What the driver is called.",
      { name: text("The driver's name.", dnsLabel) },
      { required: ["name"] },
    ),
    spec,
  },
  { required: ["apiVersion", "kind", "metadata", "spec"] },
);
