import { managers, type StyrminDeployment } from "./styrmin-deployment.ts";

/**
 * On the resource: the test that is asked for, as JSON. An annotation and no field of the spec, since a new generation
 * would have everything applied again, and a test is to change nothing.
 */
export const testAnnotation = "styrmin.io/test";

/** A wish to have the tests of the current Release run, once. */
export interface TestRequest {
  /** Of the task; the same is run once. */
  id: string;
  /** The tests that are wanted; all when there is none. */
  names: string[];
}

export const testRequestText = ({ id, names }: TestRequest): string => JSON.stringify({ id, names });

/** The test that a flow asks for; undefined when none does. What others write there is nothing. Pure. */
export function testRequestOf({ metadata }: Pick<StyrminDeployment, "metadata">): TestRequest | undefined {
  const text = metadata.annotations?.[testAnnotation];
  const isOurs = metadata.managedFields?.some(
    ({ manager, operation }) => manager === managers.test && operation === "Apply",
  );
  if (text === undefined || !isOurs) return undefined;
  try {
    const { id, names = [] } = JSON.parse(text) as Partial<TestRequest>;
    const isName = (name: unknown) => typeof name === "string" && name.length <= 253;
    const isSound = typeof id === "string" && id !== "" && id.length <= 63;
    return isSound && Array.isArray(names) && names.every(isName) ? { id, names } : undefined;
  } catch {
    return undefined;
  }
}
