import { clientVariables } from './connection.ts'
import { variables } from './settings.ts'

/** The variables that are named as ours, and that nothing reads. */
export function unknownVariables(env: NodeJS.ProcessEnv): readonly string[] {
  const known = new Set([...variables, ...clientVariables])
  return Object.keys(env).filter((name) => name.startsWith('TOOLYARD_') && !known.has(name))
}
