import type {
  ImportConflictPolicy,
  ImportEntry,
  ImportFormat,
  ImportOutcome,
  ImportReport,
  ImportSource,
  ImportVariable,
  ServerExport,
} from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import { publicCode } from '../errors/public-code.ts'
import { builder } from './builder.ts'
import { given, longListCost } from './connections.ts'
import { McpServerFilter, toServerFilter } from './filters.ts'
import { long } from './long-fields.ts'
import { McpServerUnion } from './refs.ts'
import { SecretInput, secrets } from './server-inputs.ts'
import { InputError, resultType } from './user-errors.ts'

const ImportFormatEnum = builder.enumType('ImportFormat', {
  description: [
    'A configuration format. MCP_SERVERS_JSON: Claude Desktop, Claude Code, Cursor, Windsurf, Cline, Roo, LM Studio.',
    'SERVER_JSON: the official registry. LETTA_JSON: the seed API. AUTO detects the format.',
  ].join('\n'),
  values: [
    'AUTO',
    'MCP_SERVERS_JSON',
    'VSCODE_JSON',
    'ZED_JSON',
    'CODEX_TOML',
    'GEMINI_JSON',
    'SERVER_JSON',
    'LETTA_JSON',
    'CONTINUE_YAML',
    'GOOSE_YAML',
  ] as const satisfies ImportFormat[],
})
const ImportConflictPolicyEnum = builder.enumType('ImportConflictPolicy', {
  description:
    'Treatment of an entry whose name exists, as a server or an earlier entry. RENAME appends -2, -3 and so on',
  values: ['SKIP', 'OVERWRITE', 'RENAME'] as const satisfies ImportConflictPolicy[],
})

const ImportTextInput = builder.inputType('ImportTextInput', {
  fields: (t) => ({
    text: t.string({ required: true, description: 'At most 1 MiB' }),
    format: t.field({ type: ImportFormatEnum, defaultValue: 'AUTO' }),
  }),
})
const RegistryEntryInput = builder.inputType('RegistryEntryInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    version: t.string({ defaultValue: 'latest' }),
    baseUrl: t.field({ type: 'URL', description: 'Default: the official registry' }),
  }),
})
const ImportSourceInput = builder.inputType('ImportSourceInput', {
  isOneOf: true,
  fields: (t) => ({
    json: t.field({ type: 'JSON' }),
    text: t.field({ type: ImportTextInput }),
    registry: t.field({ type: RegistryEntryInput }),
  }),
})
const ImportMcpServersInput = builder.inputType('ImportMcpServersInput', {
  fields: (t) => ({
    source: t.field({ type: ImportSourceInput, required: true }),
    dryRun: t.boolean({ defaultValue: false, description: 'Reports the outcome without writing or connecting' }),
    onConflict: t.field({ type: ImportConflictPolicyEnum, defaultValue: 'SKIP' }),
    variables: t.field({
      type: [SecretInput],
      description: 'env and provider are allowed only if the variable is a whole secret',
    }),
  }),
})

const ImportOutcomeEnum = builder.enumType('ImportOutcome', {
  values: [
    'CREATED',
    'UPDATED',
    'SKIPPED',
    'WOULD_CREATE',
    'WOULD_UPDATE',
    'FAILED',
  ] as const satisfies ImportOutcome[],
})
const ImportEntryType = builder.objectRef<ImportEntry>('ImportEntry').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    outcome: t.field({ type: ImportOutcomeEnum, resolve: ({ outcome }) => outcome }),
    server: t.field({ type: McpServerUnion, nullable: true, resolve: ({ server }) => server ?? null }),
    error: t.field({
      type: InputError,
      nullable: true,
      description: 'Its path refers to the imported document',
      resolve: ({ error }) =>
        error ? ({ __typename: 'InputError', ...error, code: publicCode(error.code) } as const) : null,
    }),
    target: t.string({
      nullable: true,
      description:
        'The command line or the URL that the entry names; its variables as names, never as values. Null if the entry could not be read',
      resolve: ({ target }) => target ?? null,
    }),
    ignored: t.stringList({
      description: 'Members of the entry without a counterpart, which were dropped',
      resolve: ({ ignored }) => [...ignored],
    }),
    notes: t.stringList({
      description: 'Values whose meaning was inferred, such as a time-out below 1,000, which is read as seconds',
      resolve: ({ notes }) => [...notes],
    }),
  }),
})
const ImportVariableType = builder.objectRef<ImportVariable>('ImportVariable').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    required: t.exposeBoolean('required'),
    secret: t.exposeBoolean('secret'),
    default: t.exposeString('default', { nullable: true, description: 'Also null if the default is a secret' }),
  }),
})
const ImportMcpServersPayload = builder.objectRef<ImportReport>('ImportMcpServersPayload').implement({
  fields: (t) => ({
    entries: t.field({ type: [ImportEntryType], complexity: longListCost, resolve: ({ entries }) => [...entries] }),
    requiredVariables: t.field({
      type: [ImportVariableType],
      description: 'Missing variables of the entries that were not skipped',
      resolve: ({ requiredVariables }) => [...requiredVariables],
    }),
    detectedFormat: t.field({ type: ImportFormatEnum, resolve: ({ detectedFormat }) => detectedFormat }),
  }),
})
const importResult = resultType('ImportMcpServers', ImportMcpServersPayload, ['InputError'])

const McpServerExport = builder.objectRef<ServerExport>('McpServerExport').implement({
  description: 'Every secret is a variable in the notation of the client; values are never exported',
  fields: (t) => ({
    text: t.exposeString('text', { ...long, description: 'The whole file' }),
    variables: t.field({
      type: [ImportVariableType],
      description: 'Variables to fill in for the secrets',
      resolve: ({ variables }) => [...variables],
    }),
    skipped: t.field({
      type: [
        builder.objectRef<ServerExport['skipped'][number]>('McpServerExportSkip').implement({
          fields: (f) => ({ name: f.exposeString('name'), reason: f.exposeString('reason') }),
        }),
      ],
      description: 'Servers that the format cannot express, which are not in the text',
      resolve: ({ skipped }) => [...skipped],
    }),
    omitted: t.field({
      type: [
        builder.objectRef<ServerExport['omitted'][number]>('McpServerExportOmission').implement({
          fields: (f) => ({
            name: f.exposeString('name'),
            members: f.stringList({ resolve: ({ members }) => [...members] }),
          }),
        }),
      ],
      description: 'Members that the format cannot express, of servers in the text',
      resolve: ({ omitted }) => [...omitted],
    }),
  }),
})

/** GraphQL guarantees one member of the oneOf input. */
function toSource({ json, text, registry }: typeof ImportSourceInput.$inferInput): ImportSource {
  if (text) return { text: text.text, format: text.format ?? 'AUTO' }
  if (!registry) return { json }
  return { registry: { name: registry.name, ...given({ version: registry.version, baseUrl: registry.baseUrl }) } }
}

type Variables = (typeof ImportMcpServersInput.$inferInput)['variables']

/** Maps a path to the mutation's input: the registry has variables by name, the mutation as a list. */
function toVariablePath(path: readonly string[], variables: Variables): readonly string[] {
  const [root, name, ...rest] = path
  // The error of a repeated name has the path in the list already.
  if (root !== 'variables' || name === undefined || rest[0] === 'name') return path
  const index = variables?.findIndex((variable) => variable.name === name) ?? -1
  return index === -1 ? ['variables'] : ['variables', String(index), ...(rest.length > 0 ? rest : ['name'])]
}

builder.mutationField('importMcpServers', (t) =>
  t.field({
    type: importResult.union,
    nullable: true,
    args: { input: t.arg({ type: ImportMcpServersInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      importResult.settle(
        () =>
          registry.servers.import(
            {
              source: toSource(input.source),
              dryRun: input.dryRun ?? false,
              onConflict: input.onConflict ?? 'SKIP',
              variables: secrets(input.variables, ['variables']),
            },
            { actor: caller.id },
          ),
        (path) => toVariablePath(path, input.variables),
      ),
  }),
)

builder.queryField('exportMcpServers', (t) =>
  t.field({
    type: McpServerExport,
    description: 'Servers in the configuration format of a client, at most 1,000',
    args: { format: t.arg({ type: ImportFormatEnum, required: true }), filter: t.arg({ type: McpServerFilter }) },
    complexity: longListCost,
    resolve: (_, { format, filter }, { registry }) => {
      if (format !== 'AUTO') return registry.servers.export({ format, filter: toServerFilter(filter) })
      throw new RegistryError('INVALID_INPUT', 'format: expected a format to write, got AUTO', { path: ['format'] })
    },
  }),
)
