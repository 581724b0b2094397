/** A mistake in how the program was called: one line for a person, exit code 2. */
export class UsageError extends Error {}

export interface Setting<Value> {
  readonly flag: string
  readonly variable: string
  readonly placeholder: string
  readonly fallback: string
  /** Instead of `fallback` where the server asks for API keys. */
  readonly keyedFallback?: string
  readonly description: string
  /** As it reads after "takes". */
  readonly takes: string
  /** Undefined for what is not understood. */
  readonly parse: (text: string) => Value | undefined
}

export function integer(max: number) {
  return (text: string): number | undefined => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    return value <= max ? value : undefined
  }
}

export function atLeastOne(max: number, factor: number) {
  const parse = integer(max)
  return (text: string): number | undefined => {
    if (text === 'all') return Number.POSITIVE_INFINITY
    const value = parse(text)
    return value === undefined || value < 1 ? undefined : value * factor
  }
}

/** Undefined where there is nothing between two commas. */
export function listOf(text: string): readonly string[] | undefined {
  const items = text === '' ? [] : text.split(',').map((item) => item.trim())
  return items.includes('') ? undefined : items
}
