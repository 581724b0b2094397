import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'
import { UsageError } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { printable } from '../output/printable.ts'
import { askedInput } from '../queries/run-documents.ts'

const pausedRun = graphql(
  `query PausedRun($id: ID!) {
    toolRun(id: $id) { id status serverName toolName inputRound pendingInput { ...AskedInput } }
  }`,
  [askedInput],
)

/** A run and what its server asks for by now. */
export type PausedRun = NonNullable<ResultOf<typeof pausedRun>['toolRun']>

/** Rejects with UsageError if there is no such run. */
export async function readPausedRun(
  { client, signal }: Pick<CommandContext, 'client' | 'signal'>,
  id: string,
): Promise<PausedRun> {
  const { toolRun } = await client.request(pausedRun, { id }, { signal })
  if (toolRun) return toolRun
  throw new UsageError(`there is no run "${printable(id.slice(0, 100))}"; toolyard runs shows the latest`)
}
