import { UsageError } from '../base/command-error.ts'
import type { Setting } from './setting.ts'

export type ReadSetting = <Value>(setting: Setting<Value>) => Value

function camelCase(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export type GivenFlags = Readonly<Record<string, string>>

interface GivenText {
  /** The flag, or the variable if there is no flag. */
  readonly name: string
  readonly text: string
}

/** The text that a flag or a variable gives; an empty variable counts as unset. */
function givenText(
  { flag, variable }: Setting<unknown>,
  flags: GivenFlags,
  env: NodeJS.ProcessEnv,
): GivenText | undefined {
  const text = flag === undefined ? undefined : flags[camelCase(flag)]
  if (text !== undefined) return { name: `--${flag}`, text }
  return env[variable] ? { name: variable, text: env[variable] } : undefined
}

/** The name that replaces a value of an earlier version; undefined for any other text. */
function newNameOf({ renamedValues = {} }: Setting<unknown>, text: string): string | undefined {
  return Object.hasOwn(renamedValues, text) ? renamedValues[text] : undefined
}

/** Returns a reader of settings; `isOpen`: the server asks for no API keys. The reader throws UsageError. */
export function reader(flags: GivenFlags, env: NodeJS.ProcessEnv, isOpen: boolean): ReadSetting {
  return <Value>(setting: Setting<Value>): Value => {
    const { flag, variable, fallback, keyedFallback = fallback, takes, parse, show } = setting
    const { name, text } = givenText(setting, flags, env) ?? {
      name: variable,
      text: isOpen ? fallback : keyedFallback,
    }
    const value = parse(newNameOf(setting, text) ?? text)
    if (value !== undefined) return value
    // A setting without a flag is a secret, and stays one when it is malformed.
    const got = flag === undefined ? 'is something else' : `is "${show ? show(text) : text}"`
    throw new UsageError(`${name} ${got}, takes ${takes}`)
  }
}

/** A value that is given by its name of an earlier version. */
export interface RenamedValue extends GivenText {
  readonly newName: string
}

/** The values among the settings that have another name since an earlier version. */
export function renamedValuesOf(
  settings: readonly Setting<unknown>[],
  flags: GivenFlags,
  env: NodeJS.ProcessEnv,
): readonly RenamedValue[] {
  return settings.flatMap((setting) => {
    const given = givenText(setting, flags, env)
    const newName = given && newNameOf(setting, given.text)
    return given && newName !== undefined ? [{ ...given, newName }] : []
  })
}
