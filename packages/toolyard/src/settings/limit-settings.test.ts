import { defaultLimits, defaultRate } from '@toolyard/graphql'
import { expect, it } from 'vitest'
import { defaultConnectionLimits } from '../server/connection-limits.ts'
import { readLimits } from './limit-settings.ts'
import { reader } from './read-setting.ts'

it.each([
  ['without keys', true, null],
  ['with keys', false, defaultRate],
])('limits that are not set are those of the library, %s', (_, isOpen, rate) => {
  expect(readLimits(reader({}, {}, isOpen))).toEqual({ ...defaultLimits, ...defaultConnectionLimits, rate })
})
