/** The steps of a check are used up; thrown and caught within a check only. */
export class OutOfSteps extends Error {}

// Made once: a stack is of no use, and costs more than the check.
const outOfSteps = new OutOfSteps('out of steps')

/** The steps that one check may take, whole numbers of them. A step is the work of some 50 ns, and of 150 ns at most. */
export class Steps {
  #left: number

  constructor(max: number) {
    this.#left = max
  }

  get left(): number {
    return Math.max(0, this.#left)
  }

  /** Throws OutOfSteps once there are none left. */
  take(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw outOfSteps
  }

  /** Takes them if there are as many, before work that cannot be stopped once it has begun. */
  afford(count: number): boolean {
    if (count > this.#left) return false
    this.#left -= count
    return true
  }
}

/** How many checks in a row may take all their steps before they have to wait for more. */
const burst = 5
/** A check may always take this share of its steps, whatever was used before: ordinary ones take far less. */
const assured = 1 / 100

/** The steps that all checks of one owner take in a second: those of a few expensive checks, and no more. */
export interface StepAllowance {
  /** The steps that a check may take now; what it leaves of them is given back. */
  take(): Steps
  giveBack(steps: Steps): void
}

export function createStepAllowance(
  perCheck: number,
  now: () => number = performance.now.bind(performance),
): StepAllowance {
  const full = burst * perCheck
  const least = Math.ceil(perCheck * assured)
  let left = full
  let at = now()

  /** `full` of them a second. */
  function refill(): void {
    const later = now()
    left = Math.min(full, left + Math.floor((full * (later - at)) / 1_000))
    at = later
  }

  return {
    take() {
      if (left < perCheck) refill()
      const steps = new Steps(Math.max(least, Math.min(perCheck, left)))
      left -= steps.left
      return steps
    },
    giveBack(steps) {
      left = Math.max(0, left + steps.left)
    },
  }
}
