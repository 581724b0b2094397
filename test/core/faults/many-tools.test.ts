import { join } from 'node:path'
import { memoryStorage } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describeManyTools } from '../../fixtures/mcp/many-tools-suite.ts'

// The short form of test/soak/many-tools.soak.ts.
describeManyTools(2_500, {
  memory: () => memoryStorage(),
  'SQLite in a file': (folder) => sqliteStorage({ path: join(folder, 'a.db') }),
})
