import type { ConnectionState } from '@toolyard/graphql/client'

export function connectionInWords(state: ConnectionState, name: string): string {
  return state === 'LOST' ? `connection to ${name} lost, trying again` : `connected to ${name} again`
}
