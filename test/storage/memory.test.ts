import { memoryStorage } from '@toolyard/core'
import { describeFeatureSearch } from './feature-search-suite.ts'
import { describeFeatures } from './feature-suite.ts'
import { describeLargeCommits } from './large-commits-suite.ts'
import { describeOAuth } from './oauth-suite.ts'
import { describePauses } from './pause-suite.ts'
import { describeSearch } from './search-suite.ts'
import { describeStorage } from './storage-suite.ts'

describeStorage('the memory storage', memoryStorage)
describeSearch('the memory storage', memoryStorage)
describeLargeCommits('the memory storage', memoryStorage)
describeOAuth('the memory storage', memoryStorage)
describeFeatures('the memory storage', memoryStorage)
describeFeatureSearch('the memory storage', memoryStorage)
describePauses('the memory storage', memoryStorage)
