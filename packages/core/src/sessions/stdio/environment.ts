import { delimiter, isAbsolute } from 'node:path'
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js'

const isWindows = process.platform === 'win32'

/**
 * The environment of a child: what all get, over what the operator lets them inherit, and under what its server sets.
 * Windows takes Path and PATH for one name.
 */
export function environmentOf(
  inherited: Readonly<Record<string, string>>,
  own: readonly { readonly name: string; readonly value: string }[],
): Readonly<Record<string, string>> {
  const always = childEnvironment()
  const isAlways = (name: string) => Object.hasOwn(always, isWindows ? name.toUpperCase() : name)
  const others = Object.entries(inherited).filter(([name]) => !isAlways(name))
  return {
    ...Object.fromEntries(others),
    ...always,
    ...Object.fromEntries(own.map(({ name, value }) => [name, value])),
  }
}

/**
 * What every child gets of this process's environment: PATH, HOME and the like. PATH is without places that are relative:
 * in the child they would be below the folder that a server's owner chooses.
 */
export function childEnvironment(): Readonly<Record<string, string>> {
  const { PATH, ...rest } = getDefaultEnvironment()
  if (PATH === undefined) return rest
  return { ...rest, PATH: PATH.split(delimiter).filter(isAbsolute).join(delimiter) }
}
