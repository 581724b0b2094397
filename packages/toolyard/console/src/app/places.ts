import type { Scope } from '../api/viewer.ts'
import type { IconName } from './icons.tsx'

/** A page that the navigation, the palette and the keys lead to. */
export interface Place {
  readonly href: string
  readonly name: string
  readonly icon: IconName
  /** Pressed after G. */
  readonly key: string
  /** What the page is of no use without. */
  readonly scope?: Scope
}

export const places = [
  { href: '/', name: 'Servers', icon: 'servers', key: 's' },
  { href: '/tools', name: 'Tools', icon: 'tools', key: 't' },
  { href: '/runs', name: 'Runs', icon: 'runs', key: 'r' },
  { href: '/approvals', name: 'Approvals', icon: 'approvals', key: 'a' },
  { href: '/import', name: 'Import', icon: 'import', key: 'i', scope: 'write' },
  { href: '/export', name: 'Export', icon: 'export', key: 'e' },
  { href: '/audit', name: 'Audit', icon: 'audit', key: 'l', scope: 'admin' },
] as const satisfies readonly Place[]
