import { describeLargeResults, describeUnaskedMessages } from '../fixtures/large-messages-suite.ts'

describeLargeResults()
describeUnaskedMessages()
