/** The value below which so much of the sorted list lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** One contender's share of one round. */
export interface Sample {
  /** Of each operation, in ms. */
  readonly latencies: readonly number[]
  readonly cpuMs: number
}

export interface Figures {
  readonly name: string
  readonly operations: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Per operation, in ms. */
  readonly cpu: number
  /** Medians over the rounds of this contender's figure by the first contender's of the same round. */
  readonly p50Ratio: number
  readonly cpuRatio: number
  /** The same as a difference, in ms. */
  readonly p50Difference: number
}

export interface Measured {
  readonly name: string
  sample(round: number): Promise<Sample>
}

/** Lets the contenders take turns, in another order each round; the first is what the others are compared with. */
export async function inRounds(
  contenders: readonly Measured[],
  rounds: number,
  warmups = 2,
): Promise<readonly Figures[]> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]]))
  for (let round = 0; round < rounds + warmups; round += 1) {
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(place + round) % contenders.length]
      if (!contender) continue
      const sample = await contender.sample(round)
      if (round >= warmups) samples.get(contender.name)?.push(sample)
    }
  }
  const [base = []] = samples.values()
  return [...samples].map(([name, own]) => figuresOf(name, own, base))
}

function figuresOf(name: string, own: readonly Sample[], base: readonly Sample[]): Figures {
  const all = own.flatMap(({ latencies }) => latencies)
  const p50s = own.map(({ latencies }) => median(latencies))
  const cpus = own.map(({ cpuMs, latencies }) => cpuMs / latencies.length)
  const baseP50s = base.map(({ latencies }) => median(latencies))
  const baseCpus = base.map(({ cpuMs, latencies }) => cpuMs / latencies.length)
  const against = (values: readonly number[], others: readonly number[], by: (a: number, b: number) => number) =>
    median(values.map((value, round) => by(value, others[round] ?? Number.NaN)))
  return {
    name,
    operations: all.length,
    p50: quantile(all, 0.5),
    p95: quantile(all, 0.95),
    p99: quantile(all, 0.99),
    cpu: cpus.reduce((sum, cpu) => sum + cpu, 0) / cpus.length,
    p50Ratio: against(p50s, baseP50s, (a, b) => a / b),
    cpuRatio: cpus.reduce((sum, cpu) => sum + cpu, 0) / baseCpus.reduce((sum, cpu) => sum + cpu, 0),
    p50Difference: against(p50s, baseP50s, (a, b) => a - b),
  }
}

/** `count` operations by so many workers at a time; each latency, in ms. */
export async function timed(
  count: number,
  concurrency: number,
  operation: (n: number) => Promise<void>,
): Promise<number[]> {
  const latencies: number[] = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const n = next
      next += 1
      const startedAt = performance.now()
      await operation(n)
      latencies.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return latencies
}
