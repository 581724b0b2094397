import { memoryStorage } from '@toolyard/core'
import { describeSearch } from './search-suite.ts'
import { describeStorage } from './storage-suite.ts'

describeStorage('the memory storage', memoryStorage)
describeSearch('the memory storage', memoryStorage)
