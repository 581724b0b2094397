import { z } from 'zod'
import { RegistryError } from '../../base/errors.ts'
import { issueInWords } from '../../base/input-issues.ts'
import type { SecretInput } from '../../servers/secret-input.ts'
import type { ClientFormatName } from '../formats/client-format.ts'
import { formats } from '../formats/formats.ts'

/** The format of a file; AUTO detects it. */
export type ImportFormat = 'AUTO' | ClientFormatName

/** The handling of an entry whose name a server or an earlier entry has. */
export type ImportConflictPolicy = 'SKIP' | 'OVERWRITE' | 'RENAME'

export type ImportSource =
  /** The parsed content of a JSON file; its format is detected. */
  | { readonly json: unknown }
  /** The text of a file, at most 1 MiB. @default format AUTO */
  | { readonly text: string; readonly format?: ImportFormat }
  /** An entry of the official MCP registry, or of another one with its API. @default version latest */
  | { readonly registry: { readonly name: string; readonly version?: string; readonly baseUrl?: string } }

export interface ImportInput {
  readonly source: ImportSource
  /** Answers what an import would do, and writes and dials nothing. @default false */
  readonly dryRun?: boolean
  /** @default SKIP */
  readonly onConflict?: ImportConflictPolicy
  /** Values for the variables of the file. `{ env }` and `{ provider }` are allowed if the variable is a whole secret. */
  readonly variables?: Readonly<Record<string, SecretInput>>
}

const officialRegistry = 'https://registry.modelcontextprotocol.io'

const formatNames = ['AUTO', ...Object.keys(formats)]
const format = z.custom<ImportFormat>(
  (value) => typeof value === 'string' && formatNames.includes(value),
  `expected one of ${formatNames.join(', ')}`,
)

const name = z
  .string()
  .max(1_000)
  .refine((value) => value.trim() !== '', 'expected a non-empty string')
const baseUrl = z
  .string()
  .max(4_096)
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    return /^https?:$/.test(url?.protocol ?? '') && url?.username === '' && url.password === ''
  }, 'expected a URL with the scheme http or https, without user name and password')

const source = z.union(
  [
    z.strictObject({ text: z.string(), format: format.default('AUTO') }),
    z.strictObject({
      registry: z.strictObject({
        name,
        version: name.nullish().transform((version) => version ?? 'latest'),
        baseUrl: baseUrl.nullish().transform((url) => url ?? officialRegistry),
      }),
    }),
    z.strictObject({ json: z.unknown() }),
  ],
  { error: 'expected one of { json }, { text, format } and { registry: { name, version, baseUrl } }' },
)

const secret = z.union(
  [
    z.string(),
    z.strictObject({ literal: z.string() }),
    z.strictObject({ env: z.string() }),
    z.strictObject({ provider: z.string() }),
  ],
  { error: 'expected a string, or one of { literal }, { env } and { provider } with one' },
)

const importInput = z.strictObject({
  source,
  dryRun: z.boolean().default(false),
  onConflict: z.enum(['SKIP', 'OVERWRITE', 'RENAME']).default('SKIP'),
  variables: z.record(z.string(), secret).default({}),
})

export type ParsedImport = z.output<typeof importInput>
export type ParsedSource = ParsedImport['source']

/** @throws INVALID_INPUT; its messages name what was expected, and never quote a value */
export function parseImportInput(value: unknown): ParsedImport {
  const result = importInput.safeParse(value, { error: issueInWords })
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message }))
  const message = issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ')
  throw new RegistryError('INVALID_INPUT', message, { path: issues[0]?.path ?? [] })
}
