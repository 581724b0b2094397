import { InvalidArgumentError } from 'commander'

/** Collects the texts of a flag that may be repeated. */
export const collect = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text]

/** Parses a flag that takes one of the names in `values`. */
export function oneOf<Value extends string>(values: Readonly<Record<string, Value>>) {
  return (text: string): Value => {
    const value = Object.hasOwn(values, text) ? values[text] : undefined
    if (value !== undefined) return value
    throw new InvalidArgumentError(`Expected one of ${Object.keys(values).join(', ')}.`)
  }
}
