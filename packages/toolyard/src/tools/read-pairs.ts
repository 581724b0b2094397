import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'

/** Reads `key=value` texts whose values are strings. Throws UsageError. */
export function readPairs(texts: readonly string[]): readonly (readonly [string, string])[] {
  return texts.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw new UsageError(`expected key=value, got "${printable(text.slice(0, 100))}"`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
}
