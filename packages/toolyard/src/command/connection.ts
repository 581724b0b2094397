import { existsSync } from 'node:fs'
import { createGraphQLClient, type GraphQLClient, GraphQLClientError } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { Command } from 'commander'
import { UnreachableError, UsageError } from '../base/command-error.ts'
import { asCommandError } from '../queries/exit-codes.ts'
import { nameOfDatabase } from '../settings/database.ts'
import { reader } from '../settings/read-setting.ts'
import type { Setting } from '../settings/setting.ts'
import { openFetch } from '../storage/proxy-env.ts'

/** Flags that say where the registry is. */
export interface ConnectionFlags {
  readonly url?: string
  readonly key?: string
  readonly databaseUrl?: string
  readonly tenant?: string
}

/** A registry as commands see it: the GraphQL API of a server, or the same API over the database, in this process. */
export interface Connection extends AsyncDisposable {
  readonly client: GraphQLClient
  /** The server's address or the database, as it may be shown. */
  readonly name: string
  /** Whether the registry is open in this process, so that its jobs end with the process. */
  readonly isLocal: boolean
}

export interface ConnectOptions {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Whether the command only reads: then a missing database is not created. */
  readonly reads: boolean
  /** Receives errors of background work. */
  readonly onError: (error: unknown) => void
}

/** Time for the first answer of a server, in ms. */
const reachMs = 2_500

const clientSettings = {
  url: {
    flag: 'url',
    variable: 'TOOLYARD_URL',
    placeholder: 'url',
    fallback: '',
    description: 'a server to work on, instead of the database',
    takes: 'an address such as http://127.0.0.1:4000',
    parse: (text) => (text === '' ? { url: undefined } : parseServerUrl(text)),
  } satisfies Setting<{ readonly url: string | undefined }>,
  key: {
    flag: 'key',
    variable: 'TOOLYARD_KEY',
    placeholder: 'key',
    fallback: '',
    description: 'API key (prefer TOOLYARD_KEY: flags are visible to other users)',
    takes: 'one line of printable characters',
    parse: (text) => (/^[\x21-\x7e]*$/.test(text) ? text : undefined),
    show: () => '…',
  } satisfies Setting<string>,
}

/** The variables that commands read, beside those of the registry. */
export const clientVariables: readonly string[] = Object.values(clientSettings).map(({ variable }) => variable)

/** Parses the address of a server, and adds the path of the GraphQL API if it is missing. */
function parseServerUrl(text: string): { readonly url: string } | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith('/graphql') ? path : `${path}/graphql`
  return { url: url.href }
}

/** Adds the flags that name a server, and `--json`, to `command`. */
export function addServerFlags(command: Command): Command {
  const { url, key } = clientSettings
  return command
    .option('--url <url>', `${url.description} [${url.variable}]`)
    .option('--key <key>', `${key.description} [${key.variable}]`)
    .option('--json', 'print JSON')
}

/** Adds the flags that say where the registry is, and `--json`, to `command`. */
export function addConnectionOptions(command: Command): Command {
  return addServerFlags(command)
    .option('--database-url <url>', 'where the registry is kept [TOOLYARD_DATABASE_URL, default sqlite:toolyard.db]')
    .option('--tenant <name>', 'whose servers, in the database (default "default"); a key says so itself')
}

type Reaching = Pick<ConnectOptions, 'env' | 'signal'>

const reached = graphql(`query Reached { __typename }`)

/** Rejects with CommandError if the server does not answer. */
async function assertReached(client: GraphQLClient, url: string, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(reachMs)
  try {
    await client.request(reached, {}, { signal: AbortSignal.any([signal, late]) })
  } catch (error) {
    if (late.aborted && !signal.aborted) {
      throw new UnreachableError(`${url} did not answer within ${reachMs} ms`, { cause: error })
    }
    throw error instanceof GraphQLClientError ? asCommandError(error) : error
  }
}

async function reach(url: string, key: string, { env, signal }: Reaching): Promise<Connection> {
  const process = await openFetch(env)
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` }
  const client = createGraphQLClient({ url, headers, fetch: process.fetch })
  try {
    await assertReached(client, url, signal)
  } catch (error) {
    await process[Symbol.asyncDispose]()
    throw error
  }
  return { client, name: url, isLocal: false, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}

async function openDatabase(flags: ConnectionFlags, options: ConnectOptions): Promise<Connection> {
  const { env, signal, reads, onError } = options
  // Loaded here: a command on a server needs neither the database nor the schema in this process.
  const [{ readRegistrySettings }, { openRegistry }, { createHandler }, { anonymous }] = await Promise.all([
    import('../settings/settings.ts'),
    import('../storage/open-registry.ts'),
    import('@toolyard/graphql'),
    import('@toolyard/graphql/internal/caller'),
  ])
  const { databaseUrl, tenant = anonymous.tenant } = flags
  const settings = readRegistrySettings(databaseUrl === undefined ? {} : { databaseUrl }, env)
  const { database } = settings
  const name = nameOfDatabase(database)
  const isMissing = database.kind === 'SQLITE' && database.path !== ':memory:' && !existsSync(database.path)
  const registry = await openRegistry(
    // A missing database reads as empty. A person wants an error at once, not a wait for the database.
    {
      ...settings,
      databaseWaitMs: 0,
      // There are no keys here: all commands are the same caller.
      selfApproval: true,
      ...(isMissing && reads ? { database: { kind: 'SQLITE', path: ':memory:' } } : {}),
    },
    { env, signal, onError, onWaiting: () => undefined },
  )
  try {
    registry.tenant(tenant)
  } catch (error) {
    await registry.close()
    throw new UsageError(`--tenant: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  let isClosing = false
  const handler = createHandler(registry, {
    authenticate: () => ({ ...anonymous, tenant, id: 'command line' }),
    graphiql: false,
    limits: { rate: null },
    // A read that a command has left running fails when the database closes.
    onError: (error) => isClosing || onError(error),
  })
  return {
    client: createGraphQLClient({ url: 'http://localhost/graphql', fetch: handler }),
    name,
    isLocal: true,
    async [Symbol.asyncDispose]() {
      isClosing = true
      await registry.close()
    },
  }
}

/**
 * Returns the address of the API of the server that the flags and variables name; undefined if they name none. Throws
 * UsageError.
 */
export function serverUrlOf({ url = '' }: ConnectionFlags, env: NodeJS.ProcessEnv): string | undefined {
  return reader(url === '' ? {} : { url }, env, true)(clientSettings.url).url
}

/**
 * Connects to the server that the flags and variables name; undefined if they name none. Rejects with UsageError, and
 * with CommandError if the server cannot be reached or rejects the key.
 */
export async function connectToServer(
  { url = '', key = '' }: ConnectionFlags,
  options: Reaching,
): Promise<Connection | undefined> {
  const { env } = options
  const server = serverUrlOf({ url }, env)
  if (server !== undefined)
    return reach(server, reader(key === '' ? {} : { key }, env, true)(clientSettings.key), options)
  if (key !== '') throw new UsageError('--key is for a server: give its address with --url')
  return undefined
}

/**
 * Connects to the registry that the flags and variables name: a server if there is a URL, else the database. The caller
 * disposes of the connection. Rejects with CommandError.
 */
export async function connect(flags: ConnectionFlags, options: ConnectOptions): Promise<Connection> {
  const { url = '', databaseUrl, tenant } = flags
  if (url !== '' && databaseUrl !== undefined) throw new UsageError('--url and --database-url: expected one of them')
  // The flag of a database beats the variable of a server.
  if (databaseUrl !== undefined) return openDatabase(flags, options)
  const server = await connectToServer(flags, options)
  if (!server) return openDatabase(flags, options)
  if (tenant !== undefined) throw new UsageError('--tenant is for a database; on a server the key says whose it is')
  return server
}
