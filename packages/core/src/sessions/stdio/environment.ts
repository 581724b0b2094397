import { delimiter, isAbsolute } from 'node:path'

const isWindows = process.platform === 'win32'

/** The variables that the SDKs' clients let children inherit. */
export const inheritedVariables: readonly string[] = isWindows
  ? [
      'APPDATA',
      'HOMEDRIVE',
      'HOMEPATH',
      'LOCALAPPDATA',
      'PATH',
      'PROCESSOR_ARCHITECTURE',
      'SYSTEMDRIVE',
      'SYSTEMROOT',
      'TEMP',
      'USERNAME',
      'USERPROFILE',
      'PROGRAMFILES',
    ]
  : ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER']

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
  const given = inheritedVariables.flatMap((name) => {
    const value = process.env[name]
    // A function that a shell has exported.
    return value === undefined || value.startsWith('()') ? [] : [[name, value] as const]
  })
  const { PATH, ...rest }: Record<string, string> = Object.fromEntries(given)
  if (PATH === undefined) return rest
  return { ...rest, PATH: PATH.split(delimiter).filter(isAbsolute).join(delimiter) }
}
