import type { CommandContext } from '../command/command.ts'
import type { PauseWatch } from '../jobs/perform-run.ts'
import { createApprovalWatch } from './await-approval.ts'
import { createInputWatch } from './await-input.ts'
import type { PauseNotes } from './pause-notes.ts'

/** Watches a run for all that it may wait for: an approval, and input. */
export function watchPauses(context: CommandContext, notes: PauseNotes): PauseWatch {
  const approval = createApprovalWatch(context, notes)
  const input = createInputWatch(context, notes)
  return {
    failed: Promise.race([approval.failed, input.failed]),
    follow(event) {
      approval.follow(event)
      input.follow(event)
    },
    [Symbol.dispose]() {
      approval[Symbol.dispose]()
      input[Symbol.dispose]()
    },
  }
}
