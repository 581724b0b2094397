import type { RejectedTool } from '@toolyard/core'
import { builder } from './builder.ts'

export const Rejected = builder.objectRef<RejectedTool>('RejectedTool').implement({
  fields: (t) => ({ name: t.exposeString('name'), reason: t.exposeString('reason') }),
})
