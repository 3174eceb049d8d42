import { describe, expect, test } from 'vitest'
import { takeTurns } from '../../pwa/client/take-turns.ts'

describe('takeTurns', () => {
  test('runs as many at once as it may, and the others in their order as each one ends', async () => {
    const inTurn = takeTurns(2)
    const begun: number[] = []
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
    const tasks = gates.map((gate, index) =>
      inTurn(async () => {
        begun.push(index)
        await gate.promise
        return index
      }),
    )
    await new Promise(setImmediate)
    expect(begun).toEqual([0, 1])
    gates[1]?.resolve()
    await tasks[1]
    await new Promise(setImmediate)
    expect(begun).toEqual([0, 1, 2])
    for (const gate of gates) gate.resolve()
    expect(await Promise.all(tasks)).toEqual([0, 1, 2, 3])
  })

  test('goes on after a task that fails', async () => {
    const inTurn = takeTurns(1)
    const failing = inTurn(() => Promise.reject(new Error('broken')))
    const next = inTurn(() => Promise.resolve('next'))
    await expect(failing).rejects.toThrow('broken')
    expect(await next).toBe('next')
  })
})
