import type { CreateServerInput, Registry } from '@toolyard/core'

declare const registry: Registry
declare const config: CreateServerInput['config']
declare const cursor: string
