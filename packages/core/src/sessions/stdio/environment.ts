import { delimiter, isAbsolute } from 'node:path'
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js'

const isWindows = process.platform === 'win32'

/**
 * The environment of a child. Variables of its server win over those that every child gets, and these over those that
 * the operator lets children inherit. Windows takes Path and PATH for one name.
 */
export function environmentOf(
  inherited: Readonly<Record<string, string>>,
  own: readonly { readonly name: string; readonly value: string }[],
): Readonly<Record<string, string>> {
  const always = childEnvironment()
  const isAlways = (name: string) => Object.hasOwn(always, isWindows ? name.toUpperCase() : name)
  const rest = Object.entries(inherited).filter(([name]) => !isAlways(name))
  return {
    ...Object.fromEntries(rest),
    ...always,
    ...Object.fromEntries(own.map(({ name, value }) => [name, value])),
  }
}

/**
 * The variables of this process that every child gets: PATH, HOME and the like. PATH has no relative entries: in the
 * child they would lie below the folder that a server's configuration chooses.
 */
export function childEnvironment(): Readonly<Record<string, string>> {
  const { PATH, ...rest } = getDefaultEnvironment()
  if (PATH === undefined) return rest
  return { ...rest, PATH: PATH.split(delimiter).filter(isAbsolute).join(delimiter) }
}
