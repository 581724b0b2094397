import { delimiter, isAbsolute } from 'node:path'
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js'

/**
 * What every child gets of this process's environment: PATH, HOME and the like. PATH is without places that are relative:
 * in the child they would be below the folder that a server's owner chooses.
 */
export function childEnvironment(): Readonly<Record<string, string>> {
  const { PATH, ...rest } = getDefaultEnvironment()
  if (PATH === undefined) return rest
  return { ...rest, PATH: PATH.split(delimiter).filter(isAbsolute).join(delimiter) }
}
