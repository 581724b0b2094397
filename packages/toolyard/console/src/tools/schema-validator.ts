import { Validator } from '@cfworker/json-schema'
import type { RJSFSchema, ValidatorType } from '@rjsf/utils'

/** Removes patterns: matching a foreign one could block the page, while the API matches in linear time. */
function withoutPatterns(schema: object): object {
  const text = JSON.stringify(schema, (name, value: unknown) =>
    name === 'pattern' && typeof value === 'string' ? undefined : value,
  )
  const copy: unknown = JSON.parse(text)
  return typeof copy === 'object' && copy !== null ? copy : {}
}

function isValid(schema: RJSFSchema, data: unknown, root: RJSFSchema): boolean {
  try {
    const { $defs, definitions } = root
    const whole = withoutPatterns({ ...(definitions && { definitions }), ...($defs && { $defs }), ...schema })
    return new Validator(whole, '2020-12').validate(data).valid
  } catch {
    // Data never matches an invalid schema; the API reports what is wrong with the args.
    return false
  }
}

/**
 * Tells rjsf which branch of a schema the data matches. Only the API validates args, and the form shows its errors.
 * Interprets schemas instead of compiling them, so the page's policy can forbid `eval`.
 */
const schemaValidator: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({ errors: [] }),
  isValid,
}

export default schemaValidator
