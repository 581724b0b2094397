/** The steps of a check are used up; thrown and caught within a check only. */
export class OutOfSteps extends Error {}

// Made once: its stack is of no use, and would cost more than the check.
const outOfSteps = new OutOfSteps('out of steps')

/** The steps that one check may take, a whole number. A step is the work of about 50 ns, and of 150 ns at most. */
export class Steps {
  #left: number

  constructor(max: number) {
    this.#left = max
  }

  /** Gives as many steps as a new one has. */
  restart(max: number): void {
    this.#left = max
  }

  get left(): number {
    return Math.max(0, this.#left)
  }

  /** Takes steps. Throws OutOfSteps once none are left. */
  take(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw outOfSteps
  }

  /** Takes steps if as many are left, before work that cannot be interrupted. */
  afford(count: number): boolean {
    if (count > this.#left) return false
    this.#left -= count
    return true
  }
}

/** Number of checks in a row that may take all their steps before the allowance is used up. */
const burst = 5
/** Share of its steps that a check may always take: ordinary checks take far less. */
const assured = 1 / 100

/** Bounds the steps that all checks of one tenant take in a second to those of a few expensive checks. */
export interface StepAllowance {
  /** The steps that a check may take now; `giveBack` returns those it leaves. */
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

  /** Refills `full` steps a second. */
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
