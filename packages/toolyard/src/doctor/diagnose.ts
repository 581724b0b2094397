import { CommandError, exitCodes, UnreachableError, UsageError } from '../base/command-error.ts'
import {
  type Connection,
  type ConnectionFlags,
  type ConnectOptions,
  connect,
  serverUrlOf,
} from '../command/connection.ts'
import { findServer, readServers } from '../queries/servers.ts'
import { readDatabase } from '../settings/database-settings.ts'
import { checkApiServer, checkRefusingServer } from './api-server-checks.ts'
import { type Check, finding, fine } from './check.ts'
import { type CheckedDatabase, checkDatabase } from './database-checks.ts'
import { inOrder } from './in-order.ts'
import { checkPolicies } from './policy-checks.ts'
import { checkProgram } from './program-checks.ts'
import { checkSecretKey } from './secret-key-checks.ts'
import { checkServer } from './server-checks.ts'
import { checkSettings } from './settings-checks.ts'

export interface DiagnoseOptions extends Omit<ConnectOptions, 'reads'> {
  readonly flags: ConnectionFlags
  /** Names of the servers to ask; all if empty. */
  readonly names: readonly string[]
}

const serversAtATime = 4
const nothingAsked = finding('SERVERS_NOT_ASKED', 'MCP_SERVERS', 'servers', 'they were not asked')

/**
 * Yields each check as it is made; a fault is a check like any other. Rejects with UsageError for invalid flags and
 * unknown names, and with GraphQLClientError if the API becomes unreachable.
 */
export async function* diagnose(options: DiagnoseOptions): AsyncGenerator<Check, void, undefined> {
  const url = serverUrlOf(options.flags, options.env)
  yield* checkProgram(options.env)
  yield* url === undefined ? diagnoseDatabase(options) : diagnoseServer(url, options)
}

async function* diagnoseServer(url: string, options: DiagnoseOptions): AsyncGenerator<Check, void, undefined> {
  let connection: Connection
  try {
    connection = await connect(options.flags, { ...options, reads: true })
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof UsageError) throw error
    const isRefused = error.exitCode === exitCodes.notAllowed
    yield finding(isRefused ? 'KEY_REFUSED' : 'SERVER_UNREACHABLE', 'SERVER', url, error.message)
    if (isRefused) yield* await checkRefusingServer(url, options)
    return
  }
  await using open = connection
  yield* await checkApiServer(open.client, url, options)
  yield* checkServers(open, options)
}

async function* diagnoseDatabase(options: DiagnoseOptions): AsyncGenerator<Check, void, undefined> {
  const { flags, env, signal, names } = options
  const { databaseUrl } = flags
  const { checks, settings } = await checkSettings(databaseUrl === undefined ? {} : { databaseUrl }, env, signal)
  yield* checks
  const database = await checkKeyedDatabase(options)
  yield* database.checks
  const policies = settings ? await checkPolicies(settings, env, Date.now()) : []
  yield* policies
  const isOfUse = settings && database.isOfUse && policies.every(({ code }) => code !== 'PRLIMIT_MISSING')
  if (!isOfUse) yield nothingAsked
  else if (database.isEmpty && names.length === 0) yield fine('MCP_SERVERS', 'servers', 'none is registered')
  else yield* openAndCheckServers(options)
}

interface CheckedKeyedDatabase extends Pick<CheckedDatabase, 'checks'> {
  /** Whether it may be opened as a registry: that would migrate an older one, and make a key for one without. */
  readonly isOfUse: boolean
  readonly isEmpty: boolean
}

async function checkKeyedDatabase({ flags, env }: DiagnoseOptions): Promise<CheckedKeyedDatabase> {
  let where: ReturnType<typeof readDatabase>
  try {
    where = readDatabase(flags.databaseUrl, env)
  } catch (error) {
    // Reported among the settings.
    if (error instanceof UsageError) return { checks: [], isOfUse: false, isEmpty: true }
    throw error
  }
  const { checks, status } = await checkDatabase(where.database)
  if (status?.state === 'CURRENT') {
    const key = await checkSecretKey(where)
    return { checks: [...checks, ...key.checks], isOfUse: key.isOfUse, isEmpty: status.rows.servers === 0 }
  }
  const isUsable = status ? status.state === 'EMPTY' : checks.every((check) => check.status !== 'ERROR')
  return { checks, isOfUse: isUsable, isEmpty: true }
}

async function* openAndCheckServers(options: DiagnoseOptions): AsyncGenerator<Check, void, undefined> {
  let connection: Connection
  try {
    connection = await connect(options.flags, { ...options, reads: true })
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    yield finding('DATABASE_UNREACHABLE', 'MCP_SERVERS', 'servers', error.message)
    return
  }
  await using open = connection
  yield* checkServers(open, options)
}

async function* checkServers(
  { client, isLocal }: Connection,
  { names, signal }: DiagnoseOptions,
): AsyncGenerator<Check, void, undefined> {
  const servers =
    names.length === 0
      ? await readServers(client, null, signal)
      : await Promise.all(names.map((name) => findServer(client, name, signal)))
  if (servers.length === 0) yield fine('MCP_SERVERS', 'servers', 'none is registered')
  for await (const checks of inOrder(servers, serversAtATime, (each) =>
    checkServer(each, { client, isLocal, signal }),
  )) {
    yield* checks
  }
}
