import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPrekey } from '../../server/commands/draw-prekey.ts'
import { publishIdentity } from '../../server/commands/publish-identity.ts'
import { publishPrekeys } from '../../server/commands/publish-prekeys.ts'
import type { Database } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { activateAccount, insertPendingAccount } from '../../server/stores/accounts.ts'
import { type OpenDatabase, openers } from './databases.ts'
import { randomText } from './entries.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS

const makePrekeys = (count: number) =>
  Array.from({ length: count }, () => ({ id: randomText(16), key: randomText(97) }))

describe.each(Object.entries(openers))('prekeys on %s', (_engine, open) => {
  let opened: OpenDatabase | undefined
  let db: Database
  let nowMs = 1_790_000_000_000
  const clock = () => nowMs

  beforeAll(async () => {
    opened = await open()
    db = opened.db
  })
  afterAll(() => opened?.remove())

  async function makeAccount(): Promise<number> {
    const id = randomId(randomBytes)
    await insertPendingAccount(db, id, 1)
    await activateAccount(db, { id, username: `user-${id}`, now: 1 })
    return id
  }

  /** An account that has published an identity and prekeys of it. */
  async function makeOwner(count: number) {
    const account = await makeAccount()
    const identity = randomText(97)
    await publishIdentity({ db, clock }, { account, identity, replaces: null })
    const prekeys = makePrekeys(count)
    if (count > 0) await publish({ account, identity }, prekeys)
    return { account, identity, prekeys }
  }

  const publish = (
    { account, identity }: { account: number; identity: string },
    prekeys: readonly { id: string; key: string }[],
    isWholeStock = false,
  ) => publishPrekeys({ db, clock }, { account, identity, prekeys, isWholeStock })
  const draw = (account: number, contact: number) => drawPrekey({ db, clock }, { account, contact })

  test('are handed out once each, with their identity, also to many at once', async () => {
    const owner = await makeOwner(20)
    const others = await Promise.all(Array.from({ length: 24 }, makeAccount))
    const drawn = await Promise.all(others.map((other) => draw(other, owner.account)))
    const handedOut = drawn.flatMap(({ prekey }) => (prekey ? [prekey] : []))
    expect(drawn.every(({ identity }) => identity === owner.identity)).toBe(true)
    expect(handedOut.map(({ id }) => id).toSorted()).toEqual(owner.prekeys.map(({ id }) => id).toSorted())
    expect(new Map(handedOut.map(({ id, key }) => [id, key]))).toEqual(
      new Map(owner.prekeys.map(({ id, key }) => [id, key])),
    )
  })

  test('two who draw from each other at once both get one', async () => {
    const [one, other] = [await makeOwner(5), await makeOwner(5)]
    const drawn = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        index % 2 ? draw(one.account, other.account) : draw(other.account, one.account),
      ),
    )
    expect(new Set(drawn.map(({ prekey }) => prekey?.id)).size).toBe(4)
  })

  test('a delivery sent twice brings no drawn one back', async () => {
    const owner = await makeOwner(1)
    const { prekey } = await draw(await makeAccount(), owner.account)
    expect(prekey).toEqual(owner.prekeys[0])
    expect(await publish(owner, owner.prekeys)).toMatchObject({ stock: 0 })
    expect((await draw(await makeAccount(), owner.account)).prekey).toBeNull()
  })

  test('are at most 100; those that do not fit are left out', async () => {
    const owner = await makeOwner(60)
    expect(await publish(owner, makePrekeys(60))).toEqual({ identity: owner.identity, stock: 100 })
    expect(await publish(owner, makePrekeys(1))).toMatchObject({ stock: 100 })
  })

  test('deliveries at once do not exceed the stock together', async () => {
    const owner = await makeOwner(60)
    await Promise.all([publish(owner, makePrekeys(30)), publish(owner, makePrekeys(30))])
    expect(await publish(owner, makePrekeys(1))).toMatchObject({ stock: 100 })
  })

  test('are replaced by a whole stock', async () => {
    const owner = await makeOwner(3)
    const fresh = makePrekeys(1)
    expect(await publish(owner, fresh, true)).toMatchObject({ stock: 1 })
    expect((await draw(await makeAccount(), owner.account)).prekey).toEqual(fresh[0])
  })

  test('go with their identity, and belong to the published one only', async () => {
    const owner = await makeOwner(3)
    const next = randomText(97)
    await publishIdentity({ db, clock }, { account: owner.account, identity: next, replaces: owner.identity })
    const drawn = await draw(await makeAccount(), owner.account)
    expect(drawn).toEqual({ account: owner.account, identity: next, prekey: null })
    await expect(publish(owner, makePrekeys(1))).rejects.toMatchObject({ code: 'identity_conflict' })
  })

  test('are handed out for 21 days', async () => {
    const owner = await makeOwner(2)
    nowMs += 21 * DAY_MS
    expect((await draw(await makeAccount(), owner.account)).prekey).not.toBeNull()
    nowMs += 1
    expect((await draw(await makeAccount(), owner.account)).prekey).toBeNull()
    expect(await publish(owner, makePrekeys(100))).toMatchObject({ stock: 100 })
  })

  test('one account draws 5 of another within an hour', async () => {
    const owner = await makeOwner(20)
    const other = await makeAccount()
    for (let count = 0; count < 5; count++) expect((await draw(other, owner.account)).prekey).not.toBeNull()
    nowMs += HOUR_MS - 1000
    await expect(draw(other, owner.account)).rejects.toMatchObject({
      code: 'too_many_draws',
      retryAfterSeconds: 1,
    })
    nowMs += 1000
    expect((await draw(other, owner.account)).prekey).not.toBeNull()
  })

  test('one account draws 30 of all others within an hour', async () => {
    const owners = await Promise.all(Array.from({ length: 7 }, () => makeOwner(5)))
    const other = await makeAccount()
    for (const { account } of owners.slice(0, 6))
      for (let count = 0; count < 5; count++) await draw(other, account)
    await expect(draw(other, owners[6]?.account ?? 0)).rejects.toMatchObject({ code: 'too_many_draws' })
  })

  test('all others together draw 60 of one account within an hour', async () => {
    const owner = await makeOwner(100)
    for (let round = 0; round < 12; round++) {
      const other = await makeAccount()
      for (let count = 0; count < 5; count++) await draw(other, owner.account)
    }
    const late = await makeAccount()
    await expect(draw(late, owner.account)).rejects.toMatchObject({ code: 'too_many_draws' })
    nowMs += HOUR_MS
    expect((await draw(late, owner.account)).prekey).not.toBeNull()
  })

  test('are none of an account that is not', async () => {
    await expect(draw(await makeAccount(), 12_345)).rejects.toMatchObject({ code: 'account_not_found' })
  })
})
