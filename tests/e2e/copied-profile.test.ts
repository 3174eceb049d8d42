/** A browser profile that was copied, and both copies write: nothing is lost, and the person is told (protocol, sections 6 and 7). */
import { cp } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectKept } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { Person } from './person.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const written: string[] = []
let pair: Pair
let copy: Person

beforeAll(async () => {
  pair = await meet()
  const { alice, aliceNet, app } = pair
  await alice.closeBrowser()
  const folder = `${alice.profile.folder}-copy`
  await cp(alice.profile.folder, folder, { recursive: true, verbatimSymlinks: true })
  const flags = [`--host-resolver-rules=MAP localhost:${app.port} 127.0.0.1:${aliceNet.port}`]
  copy = new Person({ name: 'alice', folder, origin: app.origin, options: { flags } })
})

afterAll(async () => {
  await copy?.closeBrowser()
  await pair?.remove()
})

async function write(person: Person, text: string): Promise<void> {
  written.push(text)
  await person.write(person.name === 'alice' ? 'bob' : 'alice', text)
}

describe('a copied profile', () => {
  test('writes beside its original, and the other side reads both', async () => {
    const { alice, bob } = pair
    for (const person of [alice, copy]) {
      await person.openBrowser()
      await person.openConversation('bob')
    }
    for (const round of [1, 2]) {
      await write(alice, `said ${round} in the original`)
      await bob.waitForText(`said ${round} in the original`)
      await write(copy, `said ${round} in the copy`)
      await bob.waitForText(`said ${round} in the copy`)
    }
    await write(bob, 'said by bob')
    for (const person of [alice, copy, bob]) await expectKept(person.page, 'said', written)
  })

  test('is told of in both copies, in words', async () => {
    for (const person of [pair.alice, copy]) {
      await person.notice('a copy of it is in use').first().waitFor()
      await person.page.getByText('from another browser').first().waitFor()
    }
  })

  test('loses nothing when both wrote without a network', async () => {
    const { alice, bob, aliceNet } = pair
    aliceNet.goDown()
    await alice.write('bob', 'offline in the original')
    await copy.write('bob', 'offline in the copy')
    for (const [person, text] of [[alice, 'original'] as const, [copy, 'copy'] as const])
      await person.waitForState(`offline in the ${text}`, 'Queued')
    aliceNet.mend()
    for (const person of [alice, copy, bob])
      for (const text of ['original', 'copy']) await person.waitForText(`offline in the ${text}`)
    await expect.poll(() => bob.page.locator('.bubble-text', { hasText: 'offline' }).count()).toBe(2)
    expect(await bob.page.locator('.bubble-unreadable').count()).toBe(0)
  })

  test('uses no IV twice under a key', () => {
    const seals = [pair.alice, copy, pair.bob]
      .flatMap(({ profile }) => readCryptoLog(profile.consoleLines))
      .filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThanOrEqual(8)
    expect(repeatedIvs(seals)).toEqual([])
  })
})
