import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createPageLocks } from '../../pwa/environment/page-locks.ts'

/** The same facts of the stand-in and of the real thing. */
describe.each([
  ['createPageLocks', createPageLocks],
  ['navigator.locks', () => navigator.locks],
] as const)('%s', (kind, make) => {
  const nameOf = (name: string): string => `${kind} ${name}`

  test('runs one holder after the other, and passes on what each returns', async () => {
    const locks = make()
    const steps: string[] = []
    const hold = (who: string) =>
      locks.request(nameOf('turns'), async () => {
        steps.push(`${who} in`)
        await delay(5)
        steps.push(`${who} out`)
        return who
      })
    expect(await Promise.all([hold('a'), hold('b')])).toEqual(['a', 'b'])
    expect(steps).toEqual(['a in', 'a out', 'b in', 'b out'])
  })

  test('lets shared holders in together, and one that wants it alone after them', async () => {
    const locks = make()
    let inside = 0
    let most = 0
    const hold = (mode: LockMode) =>
      locks.request(nameOf('shared'), { mode }, async () => {
        inside += 1
        most = Math.max(most, inside)
        await delay(5)
        inside -= 1
        return most
      })
    await Promise.all([hold('shared'), hold('shared')])
    expect(most).toBe(2)
    most = 0
    await Promise.all([hold('shared'), hold('exclusive')])
    expect(most).toBe(1)
  })

  test('frees the lock when the work fails, and tells the failure', async () => {
    const locks = make()
    const failing = locks.request(nameOf('fails'), () => Promise.reject(new Error('on purpose')))
    await expect(failing).rejects.toThrow('on purpose')
    expect(await locks.request(nameOf('fails'), () => 'free')).toBe('free')
  })

  test('ends the waiting, not the work, on a signal', async () => {
    const locks = make()
    const stop = new AbortController()
    let end = (): void => undefined
    const holding = locks.request(nameOf('signal'), { signal: stop.signal }, () => {
      stop.abort(new Error('no more'))
      return new Promise<string>((resolve) => (end = () => resolve('done')))
    })
    await delay(5)
    const waiting = locks.request(nameOf('signal'), { signal: AbortSignal.timeout(5) }, () => 'never')
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' })
    end()
    expect(await holding).toBe('done')
  })

  test('gives it to whoever steals it, and says so to the holder', async () => {
    const locks = make()
    const holding = locks.request(nameOf('stolen'), () => new Promise<never>(() => undefined))
    const caught = holding.catch((error: unknown) => error)
    await delay(5)
    expect(await locks.request(nameOf('stolen'), { steal: true }, () => 'mine')).toBe('mine')
    expect(await caught).toMatchObject({ name: 'AbortError' })
  })

  test('lists who holds a lock and who waits', async () => {
    const locks = make()
    let end = (): void => undefined
    const holding = locks.request(nameOf('list'), () => new Promise<void>((resolve) => (end = resolve)))
    const waiting = locks.request(nameOf('list'), () => undefined)
    await delay(5)
    const { held = [], pending = [] } = await locks.query()
    expect(held.filter(({ name }) => name === nameOf('list'))).toHaveLength(1)
    expect(pending.filter(({ name }) => name === nameOf('list'))).toHaveLength(1)
    end()
    await Promise.all([holding, waiting])
  })
})
