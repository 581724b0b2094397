import type { Registry, RunJob, ToolRun } from '@toolyard/core'

/** Decides or answers what a run waits for. A real program shows it to a person. */
async function attend(registry: Registry, { id, status, toolName, pendingInput }: ToolRun): Promise<void> {
  if (status === 'AWAITING_APPROVAL') {
    const args = (await registry.runs.pausedArgs([id])).get(id)
    console.log(`library: ${toolName} ${JSON.stringify(args)} needs an approval, and gets it`)
    await registry.runs.decide(id, { decision: 'APPROVED', reason: 'it was merged', actor: 'ada' })
  }
  for (const request of pendingInput) {
    console.log(`library: ${toolName} asks: ${request.kind === 'FORM' ? request.message : request.kind}`)
    // A member with a default may be left out.
    const accepted = { key: request.key, action: 'ACCEPT', content: { branch: 'main' } } as const
    const response = request.kind === 'FORM' ? accepted : ({ key: request.key, action: 'DECLINE' } as const)
    await registry.runs.answer(id, { responses: [response], actor: 'ada' })
  }
}

/** Follows a run through all its waits. */
async function follow(registry: Registry, job: RunJob): Promise<void> {
  for await (const event of job.events()) {
    const isAsked = event.type === 'ToolRunApprovalRequested' || event.type === 'ToolRunInputRequested'
    const run = isAsked ? await registry.runs.get(job.id) : undefined
    if (run) await attend(registry, run)
  }
  const { toolName, status, result } = await job.result()
  console.log(`library: ${toolName} ${status}: ${result?.funcReturn}`)
}

export async function withLibrary(registry: Registry, server: string): Promise<void> {
  await follow(registry, await registry.tools.start({ server, tool: 'delete_branch' }, { name: 'old' }))
  await follow(registry, await registry.tools.start({ server, tool: 'release' }))

  // Answers that do not fit are refused, and the run waits on.
  const job = await registry.tools.start({ server, tool: 'release' })
  const { pendingInput } = await job.result({ untilPaused: true })
  for (const { key } of pendingInput) {
    const wrong = { key, action: 'ACCEPT', content: { branch: 'none' } } as const
    const refused = await registry.runs.answer(job.id, { responses: [wrong] }).catch((error: unknown) => error)
    console.log(`library: refused: ${refused instanceof Error ? refused.message : 'expected an error'}`)
    await registry.runs.answer(job.id, { responses: [{ key, action: 'DECLINE' }] })
  }
  console.log(`library: release ${(await job.result()).status}`)
}
