import type { FormatDefinition } from 'ajv'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { JsonValue } from '../base/json.ts'
import type { CheckRun, TextTest } from './check-run.ts'
import { FITS, type Verdict, verdictOf } from './verdict.ts'

type Format = (typeof fullFormats)[keyof typeof fullFormats]
type FormatCheck = (value: JsonValue, run: CheckRun) => Verdict

/** Steps of a test by the square of the length, as the slowest one (`url`) takes. */
const squareSteps = (length: number) => 2 + (length * length) / 400
const linearSteps = (length: number) => 2 + length / 8

/** Formats whose test is one walk: base64 may be a whole file. */
const linearFormats = new Set(['byte'])

const isInt32 = (value: number) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31

function isOfTexts(format: Format): format is FormatDefinition<string> {
  return typeof format === 'object' && !(format instanceof RegExp) && format.type !== 'number' && format.async !== true
}

function textTest(format: Format): ((text: string) => boolean) | undefined {
  if (format instanceof RegExp) return (text) => format.test(text)
  if (typeof format === 'function') return format
  if (!isOfTexts(format)) return undefined
  const { validate } = format
  if (validate instanceof RegExp) return (text) => validate.test(text)
  return typeof validate === 'function' ? validate : undefined
}

function createChecks(): ReadonlyMap<string, FormatCheck> {
  const checks = new Map<string, FormatCheck>([
    ['int32', (value) => verdictOf(typeof value !== 'number' || isInt32(value))],
    ['int64', (value) => verdictOf(typeof value !== 'number' || Number.isInteger(value))],
  ])
  for (const [name, format] of Object.entries(fullFormats)) {
    const ofText = textTest(format)
    const steps = linearFormats.has(name) ? linearSteps : squareSteps
    if (!ofText) continue
    const test: TextTest = { test: ofText, name: `the format ${name}` }
    checks.set(name, (value, run) => (typeof value === 'string' ? run.match(test, value, steps(value.length)) : FITS))
  }
  return checks
}

/** Checks by format; any value fits an unknown one. */
export const formatChecks = createChecks()
