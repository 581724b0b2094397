import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { durationText, Time } from '../text/time.tsx'
import type { RunRow } from './run-documents.ts'
import { RunStatusMark } from './run-status.tsx'

interface JobCellsProps {
  readonly status: RunRow['status']
  /** Undefined while it goes on. */
  readonly tookMs: number | undefined
  readonly createdAt: string
  /** What it is of. */
  readonly children: ReactNode
}

/** The cells of a run or a refresh in a list. */
export function JobCells({ status, tookMs, createdAt, children }: JobCellsProps) {
  return (
    <>
      <RunStatusMark status={status} />
      <span>{children}</span>
      <Text size="sm" className="quiet number" component="span">
        {tookMs === undefined ? '' : durationText(tookMs)}
      </Text>
      <Text size="sm" className="quiet" component="span">
        <Time at={createdAt} />
      </Text>
    </>
  )
}
