import { describe, expect, it } from 'vitest'
import { faultsOf } from './fault-at.ts'

describe('an error of the API', () => {
  it('appears at the nearest field that is shown, and nowhere else', () => {
    const refusal = { message: 'too long', path: ['config', 'stdio', 'env', '1', 'name'] }
    const faults = faultsOf(refusal, ['name', 'config.stdio.env', 'config.stdio.env.1', 'config.stdio.env.10'])
    expect(faults.at('config.stdio.env.1')).toBe('too long')
    expect(faults.at('config.stdio.env')).toBeUndefined()
    expect(faults.at('config.stdio.env.10')).toBeUndefined()
    expect(faults.rest).toBeUndefined()
  })

  it('stands alone if no field is shown for it', () => {
    expect(faultsOf({ message: 'no', path: ['timeouts', 'requestMs'] }, ['name']).rest).toBe('no')
    expect(faultsOf({ message: 'no', path: [] }, ['name']).rest).toBe('no')
    expect(faultsOf(undefined, ['name']).rest).toBeUndefined()
  })
})
