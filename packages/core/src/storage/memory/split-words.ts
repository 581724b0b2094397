import { featureWordsOf } from './features.ts'
import type { Tables } from './tables.ts'
import { wordsOf } from './tool-reads.ts'

/** Longest time between two yields, in ms. */
const stepMs = 4
/** Definitions between two looks at the clock. */
const atOnce = 64

function* splits(all: Iterable<Tables>): Generator<void> {
  for (const { tools, features } of all) {
    for (const { definition } of tools.values()) yield void wordsOf(definition)
    for (const { definition } of features.values()) yield void featureWordsOf(definition)
  }
}

/** Splits all definitions into the words that searches compare, each once, and yields every few ms. */
export async function* splitAllWords(all: Iterable<Tables>): AsyncGenerator<void> {
  let begunAt = performance.now()
  let count = 0
  for (const _ of splits(all)) {
    count += 1
    if (count % atOnce > 0 || performance.now() - begunAt < stepMs) continue
    yield
    begunAt = performance.now()
  }
}
