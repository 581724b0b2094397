import { UsageError } from '../base/command-error.ts'
import type { Setting } from './setting.ts'

export type ReadSetting = <Value>(setting: Setting<Value>) => Value

function camelCase(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** Reads settings; `isOpen`: where nobody is asked for an API key. Throws UsageError. */
export function reader(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv, isOpen: boolean): ReadSetting {
  return <Value>(setting: Setting<Value>): Value => {
    const { flag, variable, fallback, keyedFallback = fallback, takes, parse, show } = setting
    const given = flag === undefined ? undefined : flags[camelCase(flag)]
    const text = given ?? (env[variable] || (isOpen ? fallback : keyedFallback))
    const value = parse(text)
    if (value !== undefined) return value
    // What is no flag is a secret, and stays one when it is misspelt.
    const got = flag === undefined ? 'is something else' : `is "${show ? show(text) : text}"`
    throw new UsageError(`${given === undefined ? variable : `--${flag}`} ${got}, takes ${takes}`)
  }
}
