import type { SystemWrite, TenantWrite, Write } from './write.ts'

/** Definitions of the largest commit in one piece, and their characters. */
const largeCount = 1_000
const largeChars = 2 * 1024 * 1024
/** Size of a portion, which takes a few ms: tools, characters of their definitions, and events. */
const portionCount = 200
const portionChars = 256 * 1024
const portionEvents = 1_000

type AnyWrite = Write | TenantWrite | SystemWrite

function charsOf(tool: { readonly definitionText?: string; readonly quarantine: unknown }): number {
  const { definitionText = '', quarantine } = tool
  const isText = typeof quarantine === 'object' && quarantine !== null && 'definitionText' in quarantine
  return definitionText.length + (isText ? String(quarantine.definitionText).length : 0)
}

const textLength = ({ definitionText }: { readonly definitionText: string }) => definitionText.length

/** Whether so many definitions are written that it would block the event loop for long. */
export function isLarge(writes: readonly AnyWrite[]): boolean {
  let count = 0
  let chars = 0
  for (const write of writes) {
    if (write.kind === 'removeTools') count += write.toolIds.length
    else if (write.kind === 'removeFeatures') count += write.ids.length
    else if (write.kind === 'insertFeatures' || write.kind === 'redefineFeatures') {
      count += write.features.length
      for (const { definitionText } of write.features) chars += definitionText.length
    } else if (write.kind === 'insertTools' || write.kind === 'redefineTools') {
      count += write.tools.length
      for (const tool of write.tools) chars += charsOf(tool)
    }
  }
  return count > largeCount || chars > largeChars
}

function* cut<Item>(items: readonly Item[], count: number, sizeOf: (item: Item) => number): Generator<readonly Item[]> {
  let start = 0
  let size = 0
  for (const [index, item] of items.entries()) {
    size += sizeOf(item)
    if (index + 1 - start < count && size < portionChars) continue
    yield items.slice(start, index + 1)
    start = index + 1
    size = 0
  }
  if (start < items.length) yield items.slice(start)
}

/** Cuts writes into smaller ones, in the same order: each can be prepared and executed in one piece. */
export function* portionsOf<Of extends AnyWrite>(writes: readonly Of[]): Generator<Of> {
  for (const write of writes) {
    switch (write.kind) {
      case 'insertTools':
        for (const tools of cut(write.tools, portionCount, charsOf)) yield { ...write, tools }
        break
      case 'redefineTools':
        for (const tools of cut(write.tools, portionCount, charsOf)) yield { ...write, tools }
        break
      case 'removeTools':
        for (const toolIds of cut(write.toolIds, portionCount, () => 0)) yield { ...write, toolIds }
        break
      case 'insertFeatures':
        for (const features of cut(write.features, portionCount, textLength)) yield { ...write, features }
        break
      case 'redefineFeatures':
        for (const features of cut(write.features, portionCount, textLength)) yield { ...write, features }
        break
      case 'removeFeatures':
        for (const ids of cut(write.ids, portionCount, () => 0)) yield { ...write, ids }
        break
      case 'appendJobEvents':
        for (const events of cut(write.events, portionEvents, () => 0)) yield { ...write, events }
        break
      default:
        yield write
    }
  }
}
