import { expect, test } from "bun:test";
import { createHookTimes } from "../../../agent/operator/hook-time.ts";

const minute = 60_000;
const limitMs = 5 * minute;
const since = Date.parse("2026-01-02T03:04:00Z");

/** An operator that looks at a hook; `at` is how long ago that began, and the clock may be wrong by `wrongMs`. */
function operator() {
  let [at, wrongMs] = [0, 0];
  const times = createHookTimes({ now: () => since + at + wrongMs, tick: () => 7 + at });
  const look = (ms: number, uid = "a") => {
    at = ms;
    const { until, isOver } = times.look("web", { uid, since }, limitMs);
    return isOver ? "over" : (until.getTime() - since) / 1000;
  };
  /** Looks every second until then, and answers what the last look said. */
  const watch = (toMs: number) => {
    while (at + 1000 < toMs) look(at + 1000);
    return look(toMs);
  };
  return { look, watch, setClock: (ms: number) => void (wrongMs = ms), forget: () => times.forget("web") };
}

test("a hook that is looked at has its five minutes", () => {
  const { look, watch } = operator();
  expect(look(0)).toBe(300);
  expect(watch(limitMs)).toBe(300);
  expect(look(limitMs + 1)).toBe("over");
});

test("one that could not be looked at meanwhile has half a minute for its end to be seen", () => {
  const { look, watch } = operator();
  watch(2 * minute);
  expect(look(6 * minute)).toBe(390);
  expect(watch(6.5 * minute)).toBe(390);
  expect(look(6.5 * minute + 1)).toBe("over");
});

test("so has one whose agent was started anew, and no more than that", () => {
  expect(operator().look(6 * minute)).toBe(390);
  const { look, watch } = operator();
  expect(look(minute)).toBe(300);
  expect(watch(limitMs)).toBe(300);
  expect(look(limitMs + 1)).toBe("over");
});

test("a clock that is set while it is looked at gives it no less", () => {
  const { look, watch, setClock } = operator();
  watch(minute);
  setClock(6 * minute);
  expect(watch(limitMs)).toBe(300);
  expect(look(limitMs + 1)).toBe("over");
});

test("the next hook has its own time", () => {
  const { look, watch, forget } = operator();
  watch(limitMs);
  expect(look(limitMs + 1)).toBe("over");
  expect(look(limitMs + 2, "b")).not.toBe("over");
  forget();
  expect(look(limitMs + 3)).not.toBe("over");
});
