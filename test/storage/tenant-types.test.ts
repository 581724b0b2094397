import { expectTypeOf, it } from 'vitest'
import type { Storage, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { TenantWrite, Write } from '../../packages/core/src/storage/write.ts'

it('nothing of a tenant is read or written without saying which one', () => {
  expectTypeOf<Storage>().not.toHaveProperty('servers')
  expectTypeOf<Storage>().not.toHaveProperty('tools')
  expectTypeOf<Storage>().not.toHaveProperty('refreshes')
  expectTypeOf<Storage>().not.toHaveProperty('runs')
  expectTypeOf<Storage>().not.toHaveProperty('log')
  expectTypeOf<Storage>().not.toHaveProperty('audit')
  expectTypeOf<Write>().not.toExtend<Parameters<Storage['commit']>[0][number]>()
  expectTypeOf<TenantWrite>().toExtend<Parameters<Storage['commit']>[0][number]>()
  expectTypeOf<string>().not.toExtend<Parameters<Storage['tenant']>[0]>()
  expectTypeOf<ReturnType<Storage['tenant']>>().toEqualTypeOf<TenantStorage>()
})
