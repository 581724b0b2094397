import { describe, expect, it } from 'vitest'
import { isPressOf, labelsOf, nothingBegun, pressOf, take } from './press.ts'
import { shortcuts } from './shortcuts.ts'

const plain = { ctrlKey: false, metaKey: false, altKey: false }

describe('the keys of the console', () => {
  it('are different, and none begins as another one is', () => {
    for (const one of shortcuts)
      for (const other of shortcuts)
        if (one !== other) expect(other.presses.slice(0, one.presses.length)).not.toEqual(one.presses)
  })

  it('are read with their modifier, whatever the case', () => {
    expect(pressOf({ ...plain, key: 'k' })).toBe('k')
    expect(pressOf({ ...plain, key: 'K', ctrlKey: true })).toBe('Mod+k')
    expect(pressOf({ ...plain, key: '?' })).toBe('?')
    expect(pressOf({ ...plain, key: 'Control', ctrlKey: true })).toBeUndefined()
    expect(pressOf({ ...plain, key: 'k', ctrlKey: true, altKey: true })).toBeUndefined()
    expect(isPressOf('RUN', { ...plain, key: 'Enter', ctrlKey: true })).toBe(true)
    expect(isPressOf('RUN', { ...plain, key: 'Enter' })).toBe(false)
  })

  it('may be several, one soon after another', () => {
    const first = take(nothingBegun, 'g', 1_000)
    expect(first.found).toBeUndefined()
    expect(take(first.begun, 't', 1_400).found?.deed).toEqual({ type: 'GO', href: '/tools' })
    expect(take(first.begun, 't', 9_000).found).toBeUndefined()
    // The second press begins anew.
    const again = take(first.begun, 'g', 1_400)
    expect(take(again.begun, 'r', 1_500).found?.deed).toEqual({ type: 'GO', href: '/runs' })
    expect(take(first.begun, '?', 1_400).found?.deed).toEqual({ type: 'KEYS' })
    expect(take(first.begun, 'x', 1_400)).toEqual({ begun: nothingBegun, found: undefined })
  })

  it('are labelled as on the keyboard', () => {
    expect(labelsOf('Mod+k')).toEqual(['Ctrl', 'K'])
    expect(labelsOf('Mod+Enter')).toEqual(['Ctrl', 'Enter'])
  })
})
