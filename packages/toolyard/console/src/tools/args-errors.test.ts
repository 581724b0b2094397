import { describe, expect, it } from 'vitest'
import { errorSchemaOf, pointerSegments } from './args-errors.ts'

describe('an issue of args', () => {
  it('appears where its pointer leads, whatever the members are called', () => {
    expect(pointerSegments('/a~1b/~0c/0')).toEqual(['a/b', '~c', '0'])
    const errors = errorSchemaOf([
      { pointer: '/list/1', message: 'no number' },
      { pointer: '/list/1', message: 'too small' },
      { pointer: '', message: 'too few' },
      { pointer: '/__proto__', message: 'unknown' },
    ])
    expect(errors).toMatchObject({ __errors: ['too few'], list: { 1: { __errors: ['no number', 'too small'] } } })
    expect(Object.keys(errors)).toContain('__proto__')
    expect(Object.getPrototypeOf({})).not.toHaveProperty('__errors')
  })
})
