import type { AuthAnswer } from '@toolyard/core'
import { awaitAuthorization, UnusedAnswerError } from '../authorization/await-authorization.ts'
import { type CallbackListener, listenForCallback } from '../authorization/callback-listener.ts'
import { browserUrl, openBrowser } from '../authorization/open-browser.ts'
import { readPastedLines } from '../authorization/pasted-lines.ts'
import { CommandError, type ExitCode, exitCodes } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { exitCodeOfRefreshes, followRefreshes } from '../jobs/follow-refresh.ts'
import { printable } from '../output/printable.ts'
import { beginAuthMutation, completeAuthMutation } from '../queries/auth-mutations.ts'
import type { ServerFields } from '../queries/documents.ts'
import { payloadOf } from '../queries/exit-codes.ts'
import { oauthOf } from '../queries/oauth-fields.ts'
import { findServer } from '../queries/servers.ts'
import { failureOf } from '../views/refresh-lines.ts'

export interface ConnectServerOptions {
  readonly scopes: readonly string[]
  /** Whether the answer may also be pasted, and no browser is opened. */
  readonly isPasted: boolean
}

interface Connected {
  readonly server: ServerFields
  /** The refresh that the connection has started; undefined for a disabled server. */
  readonly refreshId: string | undefined
}

async function begin(
  { client, signal }: CommandContext,
  { id }: ServerFields,
  { redirectUri }: CallbackListener,
  scopes: readonly string[],
) {
  const input = { serverId: id, redirectUri, ...(scopes.length > 0 ? { scopes: [...scopes] } : {}) }
  const answer = await client.request(beginAuthMutation, { input }, { signal })
  const { authorizationUrl, state, expiresAt } = payloadOf(answer.beginMcpAuth)
  const url = browserUrl(authorizationUrl)
  if (url !== undefined) return { authorizationUrl: url, state, expiresAt }
  throw new CommandError(exitCodes.failed, 'The address of the authorization is not http or https; it is not opened')
}

/** Without the signal of the command: a code is used once, and what it bought should be stored. */
async function complete({ client }: CommandContext, { state, code, iss, error }: AuthAnswer): Promise<Connected> {
  const input = { state, code: code ?? null, iss: iss ?? null, error: error ?? null }
  const { completeMcpAuth: result } = await client.request(completeAuthMutation, { input })
  if (result?.__typename === 'InputError') {
    // A wrong issuer uses nothing up; a state that is used or late does.
    if (result.path?.includes('iss')) throw new UnusedAnswerError(result.message)
    throw new CommandError(exitCodes.failed, result.message)
  }
  const { latestRefresh, ...server } = payloadOf(result).server
  return { server, refreshId: server.enabled ? latestRefresh?.id : undefined }
}

function showAddress(context: CommandContext, begun: Awaited<ReturnType<typeof begin>>, redirectUri: string): void {
  const { output } = context
  const { authorizationUrl, expiresAt } = begun
  if (output.isJson) output.printJson({ authorizationUrl, redirectUri, expiresAt })
  else {
    output.note('Open this address in a browser, and allow the access:')
    output.print(authorizationUrl)
  }
  output.note(output.styleNote('dim', `Waiting for the browser at ${redirectUri} for 10 minutes; Ctrl-C ends it`))
}

/** Sends the owner to the authorization server, and waits until the server is connected. */
async function authorize(
  context: CommandContext,
  server: ServerFields,
  { scopes, isPasted }: ConnectServerOptions,
): Promise<Connected> {
  const { output, process, signal } = context
  await using listener = await listenForCallback()
  const begun = await begin(context, server, listener, scopes)
  showAddress(context, begun, listener.redirectUri)
  if (output.isLive && !isPasted) {
    const onFailure = (reason: string) => output.note(`No browser was opened (${printable(reason)}); open the address`)
    openBrowser(begun.authorizationUrl, { env: process.env, onFailure })
  }
  using pasted = isPasted ? readPastedLines(process) : undefined
  return await awaitAuthorization({
    state: begun.state,
    serverName: server.name,
    listener,
    pasted,
    complete: (answer) => complete(context, answer),
    onUnusable: (problem) => output.note(output.styleNote('red', printable(problem))),
    signal,
  })
}

function connectedInWords(server: ServerFields): string {
  const { issuer = null, scopes = [] } = oauthOf(server) ?? {}
  const where = issuer === null ? '' : ` by ${printable(issuer)}`
  const allowed = scopes.length > 0 ? ` with the scopes ${printable(scopes.join(' '))}` : ''
  return `Connected ${printable(server.name)}${where}${allowed}`
}

/** Connects a server by OAuth, and waits for the refresh that this starts. */
export async function connectServer(
  context: CommandContext,
  server: ServerFields,
  options: ConnectServerOptions,
): Promise<ExitCode> {
  const { client, output, signal } = context
  const connected = await authorize(context, server, options)
  if (!output.isJson) output.print(connectedInWords(connected.server))
  const { refreshId } = connected
  const started = refreshId === undefined ? [] : [{ refreshId, serverName: server.name }]
  const outcomes = await followRefreshes(context, started)
  const [refresh] = outcomes.map((outcome) => outcome.refresh)
  const name = printable(server.name)
  const current = await findServer(client, server.id, signal)
  if (output.isJson) output.printJson({ server: current, refresh: refresh ?? null })
  else if (refresh?.status === 'SUCCEEDED') output.print(`It has ${current.tools.totalCount} tools`)
  else if (refresh) {
    output.note(`Its tools could not be read: ${failureOf(refresh)}; try again with: toolyard refresh ${name}`)
  } else output.note(`It is disabled, and not refreshed; toolyard update ${name} --enable allows that`)
  return exitCodeOfRefreshes(outcomes)
}
