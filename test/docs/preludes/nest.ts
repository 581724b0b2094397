import 'reflect-metadata'
import { Module } from '@nestjs/common'

// Node.js strips types, and leaves decorators: applied as the function that it is.
class AppModule {}
Module({})(AppModule)
