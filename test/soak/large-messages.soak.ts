import { describeLargeResults, describeUnaskedMessages } from '../fixtures/mcp/large-messages-suite.ts'

describeLargeResults()
describeUnaskedMessages()
