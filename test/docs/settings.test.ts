import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { settingGroups } from '../../packages/toolyard/src/settings/setting-groups.ts'
import { variables } from '../../packages/toolyard/src/settings/settings.ts'
import { settingsPage } from '../../scripts/settings-page.ts'

it('docs/settings.md is what npm run docs:settings prints', () => {
  expect(readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')).toBe(settingsPage())
})

it('has each setting once', () => {
  const shown = settingGroups().flatMap(({ settings }) => settings.map(({ variable }) => variable))
  expect(shown.toSorted()).toEqual([...variables].toSorted())
})
