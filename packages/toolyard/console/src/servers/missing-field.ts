import type { Refusal } from '../api/refusal.ts'
import type { ServerDraft } from './server-draft.ts'

type Named = Pick<ServerDraft, 'transport' | 'command' | 'serverUrl' | 'name'>

const isEmpty = (text: string) => text.trim() === ''

/**
 * What a server lacks before it can be saved, at the path of the API's own error; undefined if it lacks nothing. The name
 * comes last, since it follows from the command or the URL.
 */
export function missingField({ transport, command, serverUrl, name }: Named): Refusal | undefined {
  if (transport === 'stdio') {
    if (isEmpty(command)) return { message: 'Enter a command', path: ['config', 'stdio', 'command'] }
  } else if (isEmpty(serverUrl)) return { message: 'Enter a URL', path: ['config', transport, 'serverUrl'] }
  return isEmpty(name) ? { message: 'Enter a name', path: ['name'] } : undefined
}
