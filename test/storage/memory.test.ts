import { memoryStorage } from '@toolyard/core'
import { describeStorage } from './storage-suite.ts'

describeStorage('the memory storage', memoryStorage)
