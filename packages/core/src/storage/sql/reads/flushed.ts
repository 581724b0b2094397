import type { RunWriteAheadLog } from '../run-write-ahead-log.ts'

/** Flushes the write-ahead log before each read of runs and logs: the runs of `idsOf`, or all. */
export function createFlushed(writeAheadLog: RunWriteAheadLog) {
  return <Args extends unknown[], Answer>(
    read: (...args: Args) => Promise<Answer>,
    idsOf?: (...args: Args) => readonly string[],
  ) =>
    async (...args: Args): Promise<Answer> => {
      await writeAheadLog.flush(idsOf ? idsOf(...args) : 'ALL')
      return read(...args)
    }
}
