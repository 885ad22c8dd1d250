import { sleep } from "../../../lib/loop.ts";
import { type Image, pull } from "./image.ts";

/** What an image is waited for with. */
interface Context {
  /** Milliseconds: the first wait, doubled up to the longest. */
  pace: { backoffMs: number; backoffCapMs: number };
  event(type: "Normal" | "Warning", reason: string, message: string): void;
}

/** What to say while a container waits for its image. */
type Waiting = (reason: string, message: string) => void;

const reference =
  /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@[a-z0-9]+:[0-9a-f]+)?$/;

/**
 * Waits until an image can be had, as long as it takes, and says what stands in the way as a real node does.
 * `unknown`: there may be such an image, but not here.
 */
export async function pulled(
  { event, pace }: Context,
  { image, imagePullPolicy }: { image: string; imagePullPolicy?: string },
  waiting: Waiting,
  signal: AbortSignal,
): Promise<Image | "unknown"> {
  for (let tries = 0; ; tries++) {
    const found = reference.test(image) ? pull(image) : "invalid";
    if (found === "unknown") return found;
    if (typeof found !== "string") {
      const message = `Container image "${image}" already present on machine and can be accessed by the pod`;
      event("Normal", "Pulled", message);
      return found.known;
    }
    if (found === "invalid") {
      const why = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
      event("Warning", "InspectFailed", why);
      event("Warning", "Failed", "Error: InvalidImageName");
      waiting("InvalidImageName", why);
    } else if (imagePullPolicy === "Never") {
      const why = `Container image "${image}" is not present with pull policy of Never`;
      event("Warning", "ErrImageNeverPull", why);
      event("Warning", "Failed", "Error: ErrImageNeverPull");
      waiting("ErrImageNeverPull", why);
    } else {
      const why = `failed to pull and unpack image "${image}": not found`;
      event("Normal", "Pulling", `Pulling image "${image}"`);
      event("Warning", "Failed", `Failed to pull image "${image}": ${why}`);
      event("Warning", "Failed", "Error: ErrImagePull");
      waiting("ErrImagePull", why);
      await sleep(Math.min(1000, backoffMs(pace, tries) / 2), signal);
      event("Normal", "BackOff", `Back-off pulling image "${image}"`);
      event("Warning", "Failed", "Error: ImagePullBackOff");
      waiting("ImagePullBackOff", `Back-off pulling image "${image}": ErrImagePull: ${why}`);
    }
    await sleep(backoffMs(pace, tries), signal);
  }
}

const backoffMs = (pace: Context["pace"], tries: number) =>
  Math.min(pace.backoffCapMs, pace.backoffMs * 2 ** tries);
