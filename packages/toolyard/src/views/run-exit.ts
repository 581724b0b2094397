import { CommandError, exitCodes } from '../base/command-error.ts'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import type { Run } from '../queries/run-documents.ts'

const meaning: Readonly<Partial<Record<Run['status'], string>>> = {
  OUTCOME_UNKNOWN:
    'the call was sent, and the connection or the process died before an answer came: it may have taken effect, and nothing sends it again',
}

/**
 * The error of a run that did not succeed, after notes of what its server wrote to stderr; undefined for one that did.
 */
export function endOfRun(
  output: Output,
  { id, status, error, result }: Pick<Run, 'id' | 'status' | 'error' | 'result'>,
): CommandError | undefined {
  if (status === 'SUCCEEDED') return undefined
  for (const line of error?.stderrTail ?? []) output.note(output.styleNote('dim', `stderr: ${printable(line)}`))
  const message = error && (error.code === 'CANCELED' ? error.message : `${error.code}: ${error.message}`)
  const reasons = [
    meaning[status],
    message === null ? undefined : printable(message),
    result?.isError ? 'the tool answered with an error' : undefined,
  ].filter((each) => each !== undefined)
  return new CommandError(exitCodes.failed, `${id} ${status}${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`)
}
