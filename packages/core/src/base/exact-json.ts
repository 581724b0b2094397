import { decimalOf } from './decimal.ts'

/**
 * Whether JavaScript keeps the number as it is: a double holds no odd integer over 2^53, and silently rounds those that
 * it does not hold. Fractions below that are approximations everywhere.
 */
export function isExactNumber(text: string): boolean {
  const value = Number(text)
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return true
  if (!Number.isFinite(value)) return false
  const [given, kept] = [decimalOf(text), decimalOf(String(value))]
  return given.digits === kept.digits && given.exponent === kept.exponent
}

/**
 * Matches every text with a number over 2^53, and some without. Linear, as a number begins only behind one of these.
 */
const mayBeLarge = /(?:^|[[,:\s])-?(?:\d{16}|\d[\d.]*[eE]\+?\d)/
const minLength = 16

/** The end of the string that begins at `start`; -1 if it has no end. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at
    while (json[before - 1] === '\\') before -= 1
    if ((at - before) % 2 === 0) return at
  }
  return -1
}

/** The first number of a JSON text that JavaScript would round, as written; see {@link isExactNumber}. */
export function inexactNumber(json: string): string | undefined {
  if (!mayBeLarge.test(json)) return undefined
  const tokens = /"|-?\d[\d.eE+-]*/g
  for (let found = tokens.exec(json); found; found = tokens.exec(json)) {
    const [token] = found
    if (token === '"') {
      const end = endOfString(json, found.index)
      if (end === -1) return undefined
      tokens.lastIndex = end + 1
    } else if ((token.length >= minLength || /e/i.test(token)) && !isExactNumber(token)) return token
  }
  return undefined
}

const maxShown = 60

/** Describes a number that would be rounded, and what to do. */
export function describeInexact(number: string): string {
  const shown = number.length > maxShown ? `${number.slice(0, maxShown)}…` : number
  return `the number ${shown} would be rounded to ${Number(number)}; give it as a string`
}

/** A JSON text with a number that would be rounded. */
export class InexactNumberError extends SyntaxError {
  constructor(number: string) {
    super(describeInexact(number))
    this.name = 'InexactNumberError'
  }
}

/** @throws InexactNumberError */
export function assertExactNumbers(json: string): void {
  const number = inexactNumber(json)
  if (number !== undefined) throw new InexactNumberError(number)
}

/**
 * JSON.parse that rounds no integer.
 * @throws InexactNumberError, SyntaxError
 */
export function parseExactJson(json: string): unknown {
  assertExactNumbers(json)
  return JSON.parse(json)
}
