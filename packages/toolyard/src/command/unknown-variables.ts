import { variables } from '../settings/settings.ts'
import { clientVariables } from './connection.ts'

/** The variables `TOOLYARD_*` in the environment that nothing reads. */
export function unknownVariables(env: NodeJS.ProcessEnv): readonly string[] {
  const known = new Set([...variables, ...clientVariables])
  return Object.keys(env).filter((name) => name.startsWith('TOOLYARD_') && !known.has(name))
}
