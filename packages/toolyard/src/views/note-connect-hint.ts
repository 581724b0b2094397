import type { CommandContext } from '../command/command.ts'
import { findServers } from '../queries/servers.ts'
import { connectHint, wantsOAuth } from './connect-hint.ts'

/**
 * Notes what to do after an error that only the owner of the server can end, by OAuth; other errors are not noted. The
 * server is read for it, which may be connected by a browser or by credentials.
 */
export async function noteConnectHint(
  { client, output, signal }: Pick<CommandContext, 'client' | 'output' | 'signal'>,
  serverId: string | undefined,
  error: Parameters<typeof wantsOAuth>[1],
): Promise<void> {
  if (serverId === undefined || error?.code !== 'AUTH_REQUIRED') return
  const [server] = await findServers(client, [serverId], signal)
  if (server && wantsOAuth(server, error)) output.note(connectHint(server))
}
