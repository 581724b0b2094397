import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js'

/** What every child gets of this process's environment: PATH, HOME and the like. */
export function childEnvironment(): Readonly<Record<string, string>> {
  return getDefaultEnvironment()
}
