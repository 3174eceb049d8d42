import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { makeOpenapi, OPENAPI_FILE } from '../../server/openapi.ts'

test('openapi.json is what the schemas say: "node server/openapi.ts" writes it', async () => {
  expect(await readFile(OPENAPI_FILE, 'utf8')).toBe(makeOpenapi())
})
