import { expect, it } from 'vitest'
import { createId } from '../ids.ts'
import { boundChanges } from './bound-changes.ts'

const toolId = createId('tool')
const change = (pointer: string, length: number) => ({ pointer, before: 'b', after: 'a'.repeat(length) })

it('leaves differences as they are while they are few', () => {
  const updated = [{ toolId, changes: [change('/a', 10), change('/b', 10)] }]
  expect(boundChanges(updated, 1_000)).toEqual(updated)
})

it('leaves out the values from the first that does not fit on, then the fields, and no tool', () => {
  const updated = [
    { toolId, changes: [change('/a', 10), change('/b', 500), change('/c', 1)] },
    { toolId, changes: [change('/d', 1), change(`/${'e'.repeat(200)}`, 1)] },
  ]
  expect(boundChanges(updated, 200)).toEqual([
    { toolId, changes: [change('/a', 10), { pointer: '/b' }, { pointer: '/c' }] },
    { toolId, changes: [{ pointer: '/d' }] },
  ])
})
