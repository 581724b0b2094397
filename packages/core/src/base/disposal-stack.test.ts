import { describe, expect, it } from 'vitest'
import { DisposalStack } from './disposal-stack.ts'

const stackOf = (...ends: readonly (() => void | Promise<void>)[]) => {
  const stack = new DisposalStack()
  for (const end of ends) stack.defer(end)
  return stack
}

const failing = (message: string) => () => {
  throw new Error(message)
}

describe('a stack of what is to be ended', () => {
  it('ends the last first, each once the one before it has ended, and all of it once', async () => {
    const ended: string[] = []
    const stack = stackOf(
      () => void ended.push('storage'),
      async () => {
        await new Promise(setImmediate)
        ended.push('pool')
      },
    )
    await stack[Symbol.asyncDispose]()
    await stack[Symbol.asyncDispose]()
    expect(ended).toEqual(['pool', 'storage'])
  })

  it('ends everything though some parts fail, and loses no failure', async () => {
    const ended: string[] = []
    const note = () => void ended.push('storage')
    await expect(stackOf(note, failing('pool'))[Symbol.asyncDispose]()).rejects.toThrow('pool')
    const both = stackOf(note, failing('pool'), failing('bus'))[Symbol.asyncDispose]()
    await expect(both).rejects.toMatchObject({ errors: [new Error('bus'), new Error('pool')] })
    expect(ended).toEqual(['storage', 'storage'])
  })
})
