/**
 * The absolute value of a decimal text: its digits, without zeros at either end, times ten to the power of `exponent`.
 */
export interface Decimal {
  /** Empty for 0. */
  readonly digits: string
  readonly exponent: number
}

const zero = 0x30

/** Parses a finite number as JSON, JavaScript or a person writes it; drops its sign. */
export function decimalOf(text: string): Decimal {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const digits = whole + fraction
  let [start, end] = [0, digits.length]
  while (start < end && digits.charCodeAt(start) === zero) start += 1
  while (end > start && digits.charCodeAt(end - 1) === zero) end -= 1
  return { digits: digits.slice(start, end), exponent: Number(power) - fraction.length + digits.length - end }
}
