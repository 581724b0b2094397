import { Ajv, type AnySchema, type ErrorObject, type KeywordDefinition, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { LRUCache } from 'lru-cache'
import { canonicalJson } from '../canonical-json.ts'
import type { ToolArgsIssue } from '../errors.ts'
import { type JsonObject, type JsonValue, pointerToken } from '../json.ts'
import { linearPatterns } from './linear-patterns.ts'
import type { ToolRecord } from './tool.ts'

const compiledKept = 1_000

/** Checks args against input schemas; keeps what it compiled. */
export interface ArgumentChecker {
  check(tool: Pick<ToolRecord, 'definition' | 'definitionText'>, args: JsonObject): ArgumentCheck
}

export interface ArgumentCheck {
  /** Every fault found; empty where the args fit as far as they could be checked. */
  readonly issues: readonly ToolArgsIssue[]
  /** What could not be checked, and is left to the server; undefined where all was. */
  readonly unchecked: string | undefined
}

type Compiled =
  | { readonly validate: ValidateFunction; readonly skipped: readonly string[] }
  | { readonly reason: string }

// ownProperties: an argument named `constructor` is missing where it is not given, whatever Object has.
const sharedOptions: Options = {
  strict: false,
  allErrors: true,
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
}

/** By canonical text, in one walk: ajv compares objects with each other, which takes the square of their number. */
const uniqueItems: KeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must NOT have duplicate items' },
  validate: (isUnique: boolean, items: readonly JsonValue[]) =>
    !isUnique || new Set(items.map(canonicalJson)).size === items.length,
}

function createCompilers(onSkipped: (reason: string) => void) {
  const options: Options = { ...sharedOptions, code: { regExp: linearPatterns(onSkipped) } }

  // Made when first needed: each compiles its meta-schema.
  const made = new Map<string, Ajv>()
  return (dialect: '2020-12' | '2019-09' | 'draft-07'): Ajv => {
    const existing = made.get(dialect)
    if (existing) return existing
    const ajv =
      dialect === '2020-12' ? new Ajv2020(options) : dialect === '2019-09' ? new Ajv2019(options) : new Ajv(options)
    // The package is CommonJS: under nodenext its function is the member `default` of what is imported.
    formats.default(ajv)
    ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems)
    made.set(dialect, ajv)
    return ajv
  }
}

/** MCP 2025-11-25: 2020-12 unless `$schema` says otherwise. Drafts before 2019-09 are read as draft-07. */
function dialectOf(schema: JsonObject): '2020-12' | '2019-09' | 'draft-07' {
  const { $schema } = schema
  if (typeof $schema !== 'string' || $schema.includes('2020-12')) return '2020-12'
  return $schema.includes('2019-09') ? '2019-09' : $schema.includes('draft-0') ? 'draft-07' : '2020-12'
}

/** The property that a keyword complains of, where it stands one step below the place that failed. */
function blamedProperty({ params }: ErrorObject): string | undefined {
  for (const key of ['missingProperty', 'additionalProperty', 'unevaluatedProperty', 'propertyName']) {
    const name: unknown = params[key]
    if (typeof name === 'string') return name
  }
  return undefined
}

function toIssue(error: ErrorObject): ToolArgsIssue {
  const property = blamedProperty(error)
  const pointer = property === undefined ? error.instancePath : `${error.instancePath}/${pointerToken(property)}`
  const message = error.message ?? `does not fit ${error.keyword}`
  const allowed: unknown = error.params.allowedValues
  return {
    pointer,
    keyword: error.keyword,
    message: Array.isArray(allowed) ? `${message}: ${JSON.stringify(allowed).slice(0, 500)}` : message,
  }
}

export function createArgumentChecker(): ArgumentChecker {
  // Checking does not wait for anything: what is skipped meanwhile is of the one schema at hand.
  let skipped: string[] = []
  const compilerFor = createCompilers((reason) => skipped.push(reason))
  const compiled = new LRUCache<string, Compiled>({ max: compiledKept })

  function compile({ definition, definitionText }: Parameters<ArgumentChecker['check']>[0]): Compiled {
    const known = compiled.get(definitionText)
    if (known) return known
    const schema = definition.inputSchema
    // The dialect is chosen here; a `$schema` or `$id` of the server must not name a document that ajv looks for.
    const { $schema: _dialect, $id: _id, ...own } = schema
    let entry: Compiled
    skipped = []
    try {
      const root: AnySchema = { type: 'object', ...own }
      const validate = compilerFor(dialectOf(schema)).compile(root)
      entry = { validate, skipped }
    } catch (error) {
      entry = { reason: error instanceof Error ? error.message : String(error) }
    }
    compiled.set(definitionText, entry)
    return entry
  }

  return {
    check(tool, args) {
      const entry = compile(tool)
      if ('reason' in entry) {
        return { issues: [], unchecked: `the args, as the input schema does not compile: ${entry.reason}` }
      }
      const { validate } = entry
      skipped = [...entry.skipped]
      const issues = validate(args) ? [] : (validate.errors ?? []).map(toIssue)
      return { issues, unchecked: skipped.length > 0 ? skipped.join('; ') : undefined }
    },
  }
}
