import { setFlagsFromString } from 'node:v8'

/** Garbage that V8 lets accumulate, in percent of the memory in use. */
const heapGrowingPercent = 50
/** By how much V8 enlarges the young generation whenever much of it survives: its default. */
const usualGrowth = 2

/**
 * Keeps the young generation at its first size while the program loads. V8 would enlarge it to 32 MB, as much of what a start
 * allocates survives, and an idle server would hold that memory for good.
 */
export function beginStart(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  // By default V8 lets garbage grow with the memory of the machine, to several times what is in use.
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`)
}

/** Lets the young generation grow with the requests. */
export function endStart(): void {
  setFlagsFromString(`--semi-space-growth-factor=${usualGrowth}`)
}
