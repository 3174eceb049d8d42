import { describe, expect, test } from 'vitest'
import { tryNames } from '../campaigns/enumeration.ts'
import { startTestServer } from './test-server.ts'

describe('a login that fails', () => {
  test('has one answer for names that are known and unknown, to the last header', async () => {
    const server = await startTestServer()
    try {
      const answers = await tryNames(server.origin, 60)
      expect(new Set(answers.map(({ kind }) => kind)).size).toBe(3)
      expect([...new Set(answers.map(({ text }) => text))]).toEqual([
        expect.stringMatching(/^\[401,.*invalid_credentials/),
      ])
    } finally {
      await server.remove()
    }
  }, 60_000)
})
