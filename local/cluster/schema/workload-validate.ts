import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../types.ts";
import { selects } from "./label-selector.ts";
import { validateLabels } from "./metadata-validate.ts";
import { isRecord, records } from "./pod-defaults.ts";
import { validatePodSpec, wholeNumber } from "./pod-validate.ts";
import { type FieldProblem, forbidden, invalid, required, unsupported, wrongType } from "./problem.ts";

const strategies: Record<string, readonly string[]> = {
  Deployment: ["Recreate", "RollingUpdate"],
  StatefulSet: ["OnDelete", "RollingUpdate"],
  DaemonSet: ["OnDelete", "RollingUpdate"],
};

/** The fields of a StatefulSet that may change after it was made. */
const statefulSetMayChange = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

/** Checks a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job. */
export function validateWorkload(object: KubeObject, before?: KubeObject): FieldProblem[] {
  const { kind, spec } = object;
  const problems: FieldProblem[] = [];
  for (const key of ["replicas", "minReadySeconds", "revisionHistoryLimit", "parallelism", "completions"]) {
    problems.push(...wholeNumber(spec[key], `spec.${key}`));
  }
  for (const key of ["backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"]) {
    problems.push(...wholeNumber(spec[key], `spec.${key}`));
  }
  problems.push(...validateTemplate(object));
  problems.push(...validateStrategy(object));
  if (kind === "Deployment") {
    problems.push(...wholeNumber(spec.progressDeadlineSeconds, "spec.progressDeadlineSeconds"));
    const deadline = spec.progressDeadlineSeconds;
    if (typeof deadline === "number" && deadline <= (spec.minReadySeconds ?? 0)) {
      problems.push(
        invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"),
      );
    }
  }
  for (const [index, template] of records(spec.volumeClaimTemplates).entries()) {
    if (!template.metadata?.name) {
      problems.push(required(`spec.volumeClaimTemplates[${index}].metadata.name`));
    }
  }
  return before ? [...problems, ...validateUpdate(object, before)] : problems;
}

/** Checks a CronJob's schedule as far as its number of fields. */
export function validateCronJob({ spec }: KubeObject): FieldProblem[] {
  const schedule = String(spec.schedule ?? "");
  const words = schedule.trim().split(/\s+/);
  if (/^@(\w+|every .+)$/.test(schedule) || words.length === 5) return [];
  const why = `expected exactly 5 fields, found ${words.length}: [${words.join(" ")}]`;
  return [invalid("spec.schedule", schedule, why)];
}

function validateTemplate({ kind, spec, metadata }: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const job = kind === "Job";
  if (!isRecord(spec.template)) return [required("spec.template")];
  const labels = spec.template.metadata?.labels;
  problems.push(...validateLabels(labels, "spec.template.metadata.labels"));
  const policies = job ? ["OnFailure", "Never"] : ["Always"];
  problems.push(...validatePodSpec(withClaims(spec), "spec.template.spec", policies));
  // A Job's selector is generated at creation, when its uid is known.
  if (job && !spec.manualSelector && (!spec.selector || !metadata.uid)) return problems;
  if (!isRecord(spec.selector)) return [...problems, required("spec.selector")];
  const { matchLabels, matchExpressions } = spec.selector;
  if (matchLabels !== undefined && !isRecord(matchLabels)) {
    return [...problems, wrongType("spec.selector.matchLabels", matchLabels, "object")];
  }
  if (Object.keys(matchLabels ?? {}).length + records(matchExpressions).length === 0) {
    problems.push(invalid("spec.selector", spec.selector, `empty selector is invalid for ${kind}`));
  } else if (!selects(spec.selector, isRecord(labels) ? labels : {})) {
    const detail = "`selector` does not match template `labels`";
    problems.push(invalid("spec.template.metadata.labels", labels ?? {}, detail));
  }
  return problems;
}

/** A StatefulSet's template may mount its claim templates as if they were volumes. */
function withClaims(spec: KubeObject["spec"]): unknown {
  const claims = records(spec.volumeClaimTemplates);
  if (claims.length === 0 || !isRecord(spec.template.spec)) return spec.template.spec;
  const names = claims.map((claim) => claim.metadata?.name);
  const volumes = records(spec.template.spec.volumes).filter((volume) => !names.includes(volume.name));
  return {
    ...spec.template.spec,
    volumes: [...volumes, ...names.filter(Boolean).map((name) => ({ name, emptyDir: {} }))],
  };
}

function validateStrategy({ kind, spec }: KubeObject): FieldProblem[] {
  const allowed = strategies[kind];
  if (!allowed) return [];
  const name = kind === "Deployment" ? "strategy" : "updateStrategy";
  const strategy = spec[name];
  if (!isRecord(strategy)) return [required(`spec.${name}`)];
  if (!allowed.includes(strategy.type)) return [unsupported(`spec.${name}.type`, strategy.type, allowed)];
  const rolling = strategy.rollingUpdate;
  if (strategy.type !== "RollingUpdate") {
    return rolling
      ? [
          forbidden(
            `spec.${name}.rollingUpdate`,
            "may not be specified when strategy `type` is '" + strategy.type + "'",
          ),
        ]
      : [];
  }
  if (kind !== "Deployment" || !isRecord(rolling)) return [];
  const problems: FieldProblem[] = [];
  for (const key of ["maxUnavailable", "maxSurge"]) {
    const value = rolling[key];
    const fine =
      typeof value === "number" ? Number.isInteger(value) && value >= 0 : /^\d+%$/.test(String(value));
    if (!fine) {
      problems.push(
        invalid(`spec.strategy.rollingUpdate.${key}`, value, "must be a whole number or a percentage"),
      );
    }
  }
  if (
    Number.parseInt(String(rolling.maxUnavailable)) === 0 &&
    Number.parseInt(String(rolling.maxSurge)) === 0
  ) {
    const field = "spec.strategy.rollingUpdate.maxUnavailable";
    problems.push(invalid(field, rolling.maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  return problems;
}

function validateUpdate({ kind, spec }: KubeObject, before: KubeObject): FieldProblem[] {
  const had = before.spec ?? {};
  if (kind === "StatefulSet") {
    const changed = Object.keys({ ...had, ...spec }).filter(
      (key) => !statefulSetMayChange.includes(key) && !isDeepStrictEqual(spec[key], had[key]),
    );
    if (changed.length === 0) return [];
    const may = statefulSetMayChange.map((key) => `'${key}'`).join(", ");
    return [forbidden("spec", `updates to statefulset spec for fields other than ${may} are forbidden`)];
  }
  const fixed = kind === "Job" ? ["selector", "template", "completionMode"] : ["selector"];
  if (kind === "Job" && had.completionMode !== "Indexed") fixed.push("completions");
  return fixed
    .filter((key) => had[key] !== undefined && !isDeepStrictEqual(spec[key], had[key]))
    .map((key) => {
      const field = key === "template" ? "spec.template.spec" : `spec.${key}`;
      return invalid(field, spec[key] ?? null, "field is immutable");
    });
}
