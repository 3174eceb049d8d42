import { describe, expect, test } from 'vitest'
import { judgePassword } from '../../pwa/ui/account/password-strength.ts'

describe('judgePassword', () => {
  test.each(['password', 'qwertyuiop', 'abcdefgh', 'aaaaaaaa', 'letterlock'])(
    'finds %s weak',
    async (password) => {
      expect((await judgePassword(password, 'alice')).score).toBeLessThan(2)
    },
  )

  test('finds unrelated words strong', async () => {
    expect((await judgePassword('plum ocean kettle forty maps', 'alice')).score).toBe(4)
  })

  test('counts the username as known to everybody', async () => {
    const name = 'xk7qvbtz'
    const [own, other] = await Promise.all([judgePassword(name, name), judgePassword(name, 'alice')])
    expect(own.score).toBeLessThan(other.score)
    expect(own.advice).toContain('username')
  })

  test('says in words what makes a password weak', async () => {
    expect((await judgePassword('qwertyuiop', 'alice')).advice).toMatch(/\w+ .*\.$/)
  })

  test('judges a very long one without delay', async () => {
    const startedAt = performance.now()
    await judgePassword('plum ocean kettle '.repeat(200), 'alice')
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })
})
