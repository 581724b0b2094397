import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'

declare const vault: {
  read(reference: string, options: { readonly signal: AbortSignal }): Promise<string>
}
declare const serverUrl: string
