import type { CheckRun } from './check-run.ts'

/** The properties and items of one value that keywords have evaluated (JSON Schema 2020-12, 11). */
export class Evaluated {
  #allProperties = false
  readonly #properties = new Set<string>()
  /** The items before this index are evaluated. */
  #itemsBelow = 0
  readonly #items = new Set<number>()

  property(name: string, run: CheckRun): void {
    run.steps.take(2)
    this.#properties.add(name)
  }

  allProperties(): void {
    this.#allProperties = true
  }

  item(index: number): void {
    this.#items.add(index)
  }

  itemsBelow(end: number): void {
    this.#itemsBelow = Math.max(this.#itemsBelow, end)
  }

  /** Marks everything as evaluated: a part that cannot be checked may have evaluated anything. */
  everything(): void {
    this.#allProperties = true
    this.#itemsBelow = Number.POSITIVE_INFINITY
  }

  hasProperty(name: string): boolean {
    return this.#allProperties || this.#properties.has(name)
  }

  hasItem(index: number): boolean {
    return index < this.#itemsBelow || this.#items.has(index)
  }

  /** Adds what a fitting, or possibly fitting, subschema has evaluated; each member takes two steps. */
  add(other: Evaluated, run: CheckRun): void {
    run.steps.take(2 * (other.#properties.size + other.#items.size))
    if (other.#allProperties) this.#allProperties = true
    for (const name of other.#properties) this.#properties.add(name)
    this.#itemsBelow = Math.max(this.#itemsBelow, other.#itemsBelow)
    for (const index of other.#items) this.#items.add(index)
  }
}
