import type { AnsweredInputs } from './answered.ts'
import { AnsweredRequests } from './answered-requests.tsx'
import type { PausedRun } from './pause-documents.ts'
import { PauseRequest } from './paused-run-card.tsx'

interface RunPauseProps {
  readonly id: string
  /** Undefined while it is not known, and once the run goes on. */
  readonly run: PausedRun | undefined
  readonly answered: AnsweredInputs
  readonly onDecided: () => void
}

/** What a run waits for where its progress is shown, below what was answered before. */
export default function RunPause({ id, run, answered, onDecided }: RunPauseProps) {
  return (
    <>
      <AnsweredRequests answers={answered.of(id)} takesFocus />
      {run && <PauseRequest run={run} answered={answered} onDecided={onDecided} />}
    </>
  )
}
