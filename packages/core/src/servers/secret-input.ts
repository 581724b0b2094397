import { z } from 'zod'
import { issueInWords } from '../base/input-issues.ts'
import { plaintextLiteral, type SecretValue } from '../model/secret-value.ts'

/** A secret's text, or the source from which each connection reads it. */
export type SecretInput =
  | string
  | { readonly literal: string }
  | { readonly env: string }
  | { readonly provider: string }

export const text = (maxLength: number) => z.string().max(maxLength)
export const noNul = (value: string) => !value.includes('\0')
export const processString = text(32_768).refine(noNul, 'expected no NUL character')

export const variableName = text(1_024).refine(
  (value) => value !== '' && noNul(value) && !value.includes('='),
  'expected a variable name without "=" or NUL',
)
const sources = {
  env: { schema: variableName, toValue: (name: string): SecretValue => ({ source: 'ENV', name }) },
  provider: {
    schema: text(4_096).refine((value) => value.trim() !== '', 'expected a non-empty string'),
    toValue: (reference: string): SecretValue => ({ source: 'PROVIDER', reference }),
  },
} as const
const expectedSecret = 'expected a string, or one of { literal }, { env } and { provider } with one'

/** A secret whose literals must fit `literal`. It is wrapped at once, so that nothing prints it from here on. */
export function secret(literal: z.ZodType<string>) {
  return z
    .custom<SecretInput>(() => true)
    .transform((given: unknown, context): SecretValue => {
      const check = (schema: z.ZodType<string>, value: unknown, path: readonly string[]): string => {
        const result = schema.safeParse(value, { error: issueInWords })
        if (result.success) return result.data
        for (const { message } of result.error.issues) context.addIssue({ code: 'custom', message, path: [...path] })
        return ''
      }
      if (typeof given === 'string') return plaintextLiteral(check(literal, given, []))
      const [[key, value] = [undefined, undefined], ...others] =
        typeof given === 'object' && given !== null ? Object.entries(given) : []
      if (others.length === 0 && key === 'literal') return plaintextLiteral(check(literal, value, [key]))
      if (others.length === 0 && (key === 'env' || key === 'provider')) {
        const { schema, toValue } = sources[key]
        return toValue(check(schema, value, [key]))
      }
      context.addIssue({ code: 'custom', message: expectedSecret })
      return plaintextLiteral('')
    })
}
