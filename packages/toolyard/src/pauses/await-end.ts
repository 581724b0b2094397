import type { CommandContext } from '../command/command.ts'
import { followRun } from '../jobs/follow-run.ts'
import type { Run } from '../queries/run-documents.ts'
import { connectionInWords } from '../views/describe-connection.ts'
import { watchPauses } from './watch-pauses.ts'

/**
 * Waits for the end of a run that goes on in this process, as there is no server, and has a person answer what it asks for
 * meanwhile. Ctrl-C cancels the run.
 */
export async function awaitEnd(context: CommandContext, runId: string): Promise<Run> {
  const { output, name } = context
  using pauses = watchPauses(context, { note: (text) => output.note(text), hold: () => undefined })
  const followed = followRun(context, runId, {
    onEvent: (event) => pauses.follow(event),
    onConnection: (state) => output.note(connectionInWords(state, name)),
  })
  return await Promise.race([followed, pauses.failed])
}
