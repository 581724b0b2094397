import type { RunsApi } from '../runs/api.ts'
import type { ToolsApi } from './api.ts'
import { createToolChanges, type ToolChangesDeps } from './change-tool.ts'
import { createSearch } from './search-tools.ts'
import { createToolQueries, type ToolQueriesDeps } from './tool-queries.ts'

export interface ToolsDeps extends ToolQueriesDeps, ToolChangesDeps {
  readonly runs: Pick<RunsApi, 'start'>
}

/** The tools of a tenant. */
export function createTools(deps: ToolsDeps): ToolsApi {
  const { storage, runs, views } = deps
  return {
    ...createToolQueries(deps),
    ...createSearch(storage, views),
    ...createToolChanges(deps),
    start: runs.start,
    async run(ref, args, options) {
      return (await runs.start(ref, args, options)).result()
    },
  }
}
