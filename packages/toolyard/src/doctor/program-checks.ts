import { version } from '../base/version.ts'
import { unknownVariables } from '../command/unknown-variables.ts'
import { type Check, finding, fine } from './check.ts'

/** Checks the program and its variables. A Node.js that is too old would not have started it. */
export function checkProgram(env: NodeJS.ProcessEnv): readonly Check[] {
  const unknown = unknownVariables(env).map((name) =>
    finding('VARIABLE_UNKNOWN', 'PROGRAM', name, 'nothing reads this variable'),
  )
  return [
    fine('PROGRAM', 'Node.js', `version ${process.versions.node}, which toolyard supports`),
    fine('PROGRAM', 'toolyard', `version ${version}`),
    ...unknown,
  ]
}
