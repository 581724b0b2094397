import type { ConnectionState } from '@toolyard/graphql/client'

export function connectionInWords(state: ConnectionState, name: string): string {
  return state === 'LOST' ? `lost the connection to ${name}; reconnecting` : `reconnected to ${name}`
}
