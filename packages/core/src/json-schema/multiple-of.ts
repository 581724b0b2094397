import { type Decimal, decimalOf } from '../base/decimal.ts'

/**
 * Whether `value` is an integer times `divisor`, which is not 0, as both are written: 0.07 is 7 times 0.01, though no
 * binary fraction is either of them.
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0
  if (!Number.isFinite(value) || !Number.isFinite(divisor)) return false
  const [a, b] = [decimalOf(String(value)), decimalOf(String(divisor))]
  const exponent = Math.min(a.exponent, b.exponent)
  // Exponents of finite numbers are some 650 apart at most.
  const scaled = ({ digits, exponent: own }: Decimal) => BigInt(digits) * 10n ** BigInt(own - exponent)
  return scaled(a) % scaled(b) === 0n
}
