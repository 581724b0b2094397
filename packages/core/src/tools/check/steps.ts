/** The steps of a check are used up; thrown and caught within a check only. */
export class OutOfSteps extends Error {}

// Made once: a stack is of no use, and costs more than the check.
const outOfSteps = new OutOfSteps('out of steps')

/** The steps that one check may take. A step is the work of some 100 ns at most. */
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
  /** Does `work` with the steps that it may take now. */
  spend<T>(work: (steps: Steps) => T): T
}

export function createStepAllowance(
  perCheck: number,
  now: () => number = performance.now.bind(performance),
): StepAllowance {
  const full = burst * perCheck
  let left = full
  let at = now()
  return {
    spend(work) {
      const later = now()
      // `full` of them a second.
      left = Math.min(full, left + (full * (later - at)) / 1_000)
      at = later
      const given = Math.max(Math.ceil(perCheck * assured), Math.min(perCheck, Math.floor(left)))
      const steps = new Steps(given)
      try {
        return work(steps)
      } finally {
        left = Math.max(0, left - (given - steps.left))
      }
    },
  }
}
