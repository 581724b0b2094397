import { describe, expect, it } from 'vitest'
import { limitSettings } from './limit-settings.ts'
import { reader, renamedValuesOf } from './read-setting.ts'

const { introspection } = limitSettings

describe('who may ask for the types of the schema', () => {
  it.each([
    ['all', 'ALL'],
    ['everybody', 'ALL'],
    ['authenticated', 'AUTHENTICATED'],
    ['none', 'NONE'],
    ['nobody', 'NONE'],
  ])('is %s, by a flag and by a variable', (text, policy) => {
    expect(reader({ introspection: text }, {}, true)(introspection)).toBe(policy)
    expect(reader({}, { TOOLYARD_INTROSPECTION: text }, true)(introspection)).toBe(policy)
  })

  it.each(['me', 'constructor', ' all'])('is not "%s"', (text) => {
    expect(() => reader({ introspection: text }, {}, true)(introspection)).toThrow(
      `--introspection is "${text}", takes all, authenticated, none`,
    )
  })

  it('is told by its new name if it is given by an old one', () => {
    const renamed = renamedValuesOf([introspection], {}, { TOOLYARD_INTROSPECTION: 'nobody' })
    expect(renamed).toEqual([{ name: 'TOOLYARD_INTROSPECTION', text: 'nobody', newName: 'none' }])
    const byFlag = renamedValuesOf(
      [introspection],
      { introspection: 'everybody' },
      { TOOLYARD_INTROSPECTION: 'nobody' },
    )
    expect(byFlag).toEqual([{ name: '--introspection', text: 'everybody', newName: 'all' }])
    for (const text of ['all', 'authenticated', 'none', 'constructor']) {
      expect(renamedValuesOf([introspection], { introspection: text }, {})).toEqual([])
    }
    expect(renamedValuesOf([introspection], {}, {})).toEqual([])
  })
})
